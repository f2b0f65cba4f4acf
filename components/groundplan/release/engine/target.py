"""An endpoint that releases go to, as the stack exports it (`releaseTargets`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from groundplan.problems import MISSING, Problem, report, unknown_key
from groundplan.release.engine.errors import Refused

CLUSTER = "kubernetes"
"""The kind of a target on a cluster (`release.cluster.target`)."""
KEYS: Mapping[str, type] = {
    "endpoint": str,
    "region": str,
    "kind": str,
    "variant": str,
    "role_arn": str,
    "model_package_group": str,
    "instance_type": str,
    "instance_count": int,
    "subnets": list,
    "security_groups": list,
    "network_isolation": bool,
    "environment": dict,
    "capture": dict,
    "kms_key_arn": str,
    "deployment_config": dict,
    "alarms": list,
    "tags": dict,
    "gates": dict,
    "approval": dict,
    "audit": dict,
    "variant_settings": dict,
    "production_variant": dict,
    "async_inference_config": dict,
}
"""The keys of an export and the types of their values. `null` is as good as absent."""
REQUIRED = ("endpoint", "region", "variant", "role_arn", "model_package_group", "audit")


@dataclass(frozen=True)
class Target:
    """Where a release goes, and how. Plain data: it can be written as JSON and read
    back."""

    endpoint: str
    region: str
    variant: str
    role_arn: str
    model_package_group: str
    audit_bucket: str
    audit_prefix: str = ""
    """Ends with a slash, unless it is empty."""
    audit_kms_key_arn: str | None = None
    instance_type: str | None = None
    """None if the variant has no instances of its own: a serverless one."""
    instance_count: int | None = None
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    network_isolation: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)
    capture: Mapping[str, Any] | None = None
    kms_key_arn: str | None = None
    deployment_config: Mapping[str, Any] = field(default_factory=dict)
    alarms: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    gates: Mapping[str, Any] = field(default_factory=dict)
    require_second_approver: bool = False
    """Whether who approves a version must be another than who registered it."""
    variant_settings: Mapping[str, Any] = field(default_factory=dict)
    """Further members of the production variant, in the API's shape, such as its health
    check's timeout."""
    async_inference_config: Mapping[str, Any] | None = None
    """None: as the live configuration says."""

    @classmethod
    def read(cls, name: str, data: object) -> "Target":
        """Returns the target of an export. Raises `Refused` with all that is wrong with
        it."""
        if not isinstance(data, Mapping):
            raise Refused(
                report(
                    f"The release target {name} can't be read", [Problem(name, data, "a mapping")]
                )
            )
        if data.get("kind") == CLUSTER:
            raise Refused(
                f"{name} is on a cluster, where its driver releases what is approved and keeps to "
                "the gates. Fix: see `groundplan release status` and `groundplan retraining show`"
            )
        given = {key: value for key, value in data.items() if value is not None}
        found = [unknown_key(key, given[key], KEYS) for key in given if key not in KEYS]
        found += [
            Problem(key, MISSING, KEYS[key].__name__, "run `pulumi up` first")
            for key in REQUIRED
            if not given.get(key)
        ]
        found += [
            Problem(key, given[key], KEYS[key].__name__)
            for key in given
            if key in KEYS and not isinstance(given[key], KEYS[key])
        ]
        audit = given.get("audit")
        if isinstance(audit, Mapping) and audit and not isinstance(audit.get("bucket"), str):
            found.append(
                Problem("audit.bucket", audit.get("bucket", MISSING), "the name of a bucket")
            )
        if found:
            raise Refused(report(f"The release target {name} can't be read", found))
        return cls._of(given)

    @classmethod
    def _of(cls, given: Mapping[str, Any]) -> "Target":
        audit, approval = given["audit"], given.get("approval", {})
        prefix = str(audit.get("prefix") or "")
        plain = (
            "endpoint",
            "region",
            "variant",
            "role_arn",
            "model_package_group",
            "instance_type",
            "instance_count",
        )
        more = (
            "network_isolation",
            "environment",
            "capture",
            "kms_key_arn",
            "deployment_config",
            "tags",
            "gates",
        )
        return cls(
            audit_bucket=audit["bucket"],
            audit_prefix=prefix if not prefix or prefix.endswith("/") else f"{prefix}/",
            audit_kms_key_arn=audit.get("kms_key_arn"),
            subnets=tuple(given.get("subnets", ())),
            security_groups=tuple(given.get("security_groups", ())),
            alarms=tuple(given.get("alarms", ())),
            require_second_approver=bool(approval.get("required", False)),
            variant_settings={
                **_settings(given.get("production_variant", {})),
                **given.get("variant_settings", {}),
            },
            async_inference_config=given.get("async_inference_config"),
            **{key: given[key] for key in (*plain, *more) if key in given},
        )

    @property
    def rollback_alarms(self) -> tuple[str, ...]:
        """Names of the alarms that roll an update of the endpoint back."""
        automatic = self.deployment_config.get("AutoRollbackConfiguration", {}).get("Alarms", [])
        return tuple(dict.fromkeys([*(alarm["AlarmName"] for alarm in automatic), *self.alarms]))

    def seconds(self) -> int:
        """Returns how long an update may take before SageMaker gives it up."""
        policies = ("BlueGreenUpdatePolicy", "RollingUpdatePolicy")
        limits = [
            self.deployment_config.get(policy, {}).get("MaximumExecutionTimeoutInSeconds")
            for policy in policies
        ]
        return next((int(limit) for limit in limits if limit), 3600)


def _settings(variant: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what a declared variant says beside its name, its model and its fleet,
    which stand in the target on their own."""
    own = (
        "VariantName",
        "ModelName",
        "InstanceType",
        "InitialInstanceCount",
        "InitialVariantWeight",
    )
    return {key: value for key, value in variant.items() if key not in own}
