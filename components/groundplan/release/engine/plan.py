"""What a release is going to do: decided once, written into the lock, and followed to
its end, by whomever."""

import base64
import datetime
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from groundplan.problems import Problem, report
from groundplan.release.engine import live, registry
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import Refused
from groundplan.release.engine.model_request import model_request
from groundplan.release.engine.target import Target

DEPLOY, ROLLBACK = "deploy", "rollback"
NAME_LENGTH = 63
"""Characters in the name of a model or an endpoint configuration (botocore, sagemaker
service-2.json)."""
PAYLOAD_LIMIT = 262_144
"""Bytes of a smoke test's payload, which the lock carries along."""

# What belongs to the running variant and no release decides: the settings of its
# containers and its fleet. They are taken over from the live configuration, unless the
# target says otherwise in `variant_settings`.
KEPT_OF_VARIANT = (
    "ContainerStartupHealthCheckTimeoutInSeconds",
    "CoreDumpConfig",
    "EnableSSMAccess",
    "InferenceAmiVersion",
    "ManagedInstanceScaling",
    "ModelDataDownloadTimeoutInSeconds",
    "RoutingConfig",
    "ServerlessConfig",
    "VolumeSizeInGB",
)
KEPT_OF_CONFIG = ("AsyncInferenceConfig", "ExplainerConfig", "MetricsConfig")


@dataclass(frozen=True)
class Smoke:
    """A request that the new model must answer before the release counts."""

    body: str
    """The payload in base64."""
    content_type: str = "application/json"
    accept: str = ""

    @classmethod
    def of(
        cls, payload: bytes, content_type: str = "application/json", accept: str = ""
    ) -> "Smoke":
        """A smoke test from a payload, which should hold nobody's data: the lock in S3
        carries it."""
        if not 0 < len(payload) <= PAYLOAD_LIMIT:
            allowed = f"1 to {PAYLOAD_LIMIT} bytes"
            raise Refused(
                report(
                    "The smoke test can't run",
                    [Problem("payload", f"{len(payload)} bytes", allowed)],
                )
            )
        return cls(base64.b64encode(payload).decode(), content_type, accept)

    @property
    def payload(self) -> bytes:
        return base64.b64decode(self.body)


@dataclass(frozen=True)
class Plan:
    """One release."""

    release: str
    """Its name: when by the clock of who began it, what, and a random end."""
    kind: str
    """`deploy` or `rollback`."""
    endpoint: str
    version: int | None
    """None for a model that no registry knows: the one that the endpoint was created
    with."""
    package_arn: str | None
    artifacts: list[Mapping[str, str]]
    approval: Mapping[str, str]
    model: str
    config: str
    model_request: Mapping[str, Any] | None
    """What creates the model; None where it exists: for a rollback."""
    config_request: Mapping[str, Any] | None
    from_config: str
    from_package: str | None
    update_request: Mapping[str, Any]
    """What moves the endpoint there."""
    revert_request: Mapping[str, Any]
    """What moves it back if it arrives and does not answer."""
    patience_seconds: int
    """Returns the longest duration of the update, as SageMaker has it."""
    started_at: str
    started_by: str
    smoke: Smoke | None = None
    reason: str = ""
    gates: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As the lock keeps it."""
        return asdict(self)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Plan":
        """From what the lock keeps. Raises `ValueError` if it is not the plan of this
        version of the code: to leave out what it does not know could be wrong."""
        try:
            smoke = data.get("smoke")
            found = cls(**{**data, "smoke": Smoke(**smoke) if smoke else None})
        except TypeError as error:  # a key too many, or one that is missing
            raise ValueError(str(error).rpartition("__init__() ")[2]) from None
        values = {**{key: getattr(found, key) for key in FORMS}, "smoke": data.get("smoke")}
        wrong = [key for key, value in values.items() if not _has_form(value, FORMS[key])]
        for key in ("update_request", "revert_request"):
            request = values[key] if isinstance(values[key], Mapping) else {}
            if not {"EndpointName", "EndpointConfigName"} <= set(request):
                wrong.append(key)
        if found.kind not in (DEPLOY, ROLLBACK):
            wrong.append("kind")
        if wrong:
            raise ValueError(f"in another form than expected: {', '.join(dict.fromkeys(wrong))}")
        return found

    @property
    def has_recorded_requests(self) -> bool:
        """Whether the gates that a version was judged by send requests to what is live
        then."""
        return self.kind == DEPLOY and bool(self.gates.get("smoke"))

    @property
    def sentence(self) -> str:
        """What is being done, by its version if it has one."""
        return f"the {self.kind} of version {self.version}" if self.version else f"a {self.kind}"


FORMS: Mapping[str, tuple[type, ...]] = {
    **dict.fromkeys(("release", "kind", "endpoint", "model", "config", "from_config"), (str,)),
    **dict.fromkeys(("started_at", "started_by", "reason"), (str,)),
    **dict.fromkeys(("package_arn", "from_package"), (str, type(None))),
    "version": (int, type(None)),
    "patience_seconds": (int,),
    **dict.fromkeys(("approval", "update_request", "revert_request", "gates"), (Mapping,)),
    **dict.fromkeys(("model_request", "config_request", "smoke"), (Mapping, type(None))),
    "artifacts": (list,),
}
"""The members of a plan, and the types that each may have in a lock."""


def _has_form(value: object, allowed: tuple[type, ...]) -> bool:
    return isinstance(value, allowed) and not isinstance(value, bool)


def deploy(
    clients: Clients,
    target: Target,
    version: registry.Version,
    now: datetime.datetime,
    smoke: Smoke | None = None,
    reason: str = "",
) -> Plan:
    """Returns the plan that moves an endpoint to an approved version. Raises `Refused`
    if it can't go there."""
    registry.require_approved(target, version)
    endpoint = live.endpoint(clients, target.endpoint)
    config = live.config(clients, endpoint["EndpointConfigName"])
    variant = _variant(target, endpoint, config)
    model, model_request = _model(target, version)
    config_name, config_request = _config(target, version, model, config, variant)
    return Plan(
        kind=DEPLOY,
        version=version.version,
        package_arn=version.arn,
        artifacts=list(version.artifacts),
        approval={"status": version.approval, "by": version.approved_by, "reason": version.reason},
        model=model,
        config=config_name,
        model_request=model_request,
        config_request=config_request,
        update_request=_update(target, config_name, dict(target.deployment_config)),
        smoke=smoke,
        reason=reason,
        **_origin(clients, target, config, f"{DEPLOY}-v{version.version}", now),
    )


def rollback(
    clients: Clients,
    target: Target,
    to: Mapping[str, Any],
    now: datetime.datetime,
    smoke: Smoke | None = None,
    reason: str = "",
) -> Plan:
    """Returns the plan that moves an endpoint back to a release of its trail
    (`history.Verified` as a dict)."""
    endpoint = live.endpoint(clients, target.endpoint)
    config = live.config(clients, endpoint["EndpointConfigName"])
    wanted = live.config(clients, str(to["config"]))
    _variant(target, endpoint, wanted)
    label = f"{ROLLBACK}-v{to['version']}" if to.get("version") else f"{ROLLBACK}-first"
    return Plan(
        kind=ROLLBACK,
        version=to.get("version"),
        package_arn=to.get("package_arn"),
        artifacts=list(to.get("artifacts", ())),
        approval={},
        model=live.model_of(wanted, target.variant),
        config=str(to["config"]),
        model_request=None,
        config_request=None,
        update_request=_update(target, str(to["config"]), unguarded(target.deployment_config)),
        smoke=smoke,
        reason=reason,
        **_origin(clients, target, config, label, now),
    )


def unguarded(deployment_config: Mapping[str, Any]) -> dict[str, Any]:
    """Returns how an endpoint goes back: at once, and without the alarms.

    The alarms watch the endpoint as a whole. If the bad model set one off, SageMaker
    would stop the way back too (Developer Guide, "Auto-Rollback Configuration and
    Monitoring": an alarm that is on before the update stops it).
    """
    if "RollingUpdatePolicy" in deployment_config:
        return {"RollingUpdatePolicy": dict(deployment_config["RollingUpdatePolicy"])}
    policy = dict(deployment_config.get("BlueGreenUpdatePolicy", {}))
    policy["TrafficRoutingConfiguration"] = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
    return {"BlueGreenUpdatePolicy": policy}


def _origin(
    clients: Clients, target: Target, config: Mapping[str, Any], label: str, now: datetime.datetime
) -> dict[str, Any]:
    package = live.package_of(clients, live.model_of(config, target.variant))
    return {
        "release": f"{now.astimezone(datetime.UTC):%Y%m%dT%H%M%S.%f}Z-{label}-{secrets.token_hex(3)}",  # noqa: E501
        "endpoint": target.endpoint,
        "from_config": str(config["EndpointConfigName"]),
        "from_package": package,
        "revert_request": _update(
            target, str(config["EndpointConfigName"]), unguarded(target.deployment_config)
        ),
        "patience_seconds": target.seconds(),
        "started_at": now.isoformat(timespec="seconds"),
        "started_by": clients.caller(),
        "gates": dict(target.gates),
    }


def _update(target: Target, config: str, deployment_config: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "EndpointName": target.endpoint,
        "EndpointConfigName": config,
        # Instances and weights stay as autoscaling and people have set them
        # (terraform-provider-aws #48990) ...
        "RetainAllVariantProperties": True,
        # ... but what is captured is what the configuration declares.
        "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DataCaptureConfig"}],
        **({"DeploymentConfig": deployment_config} if deployment_config else {}),
    }


def _variant(
    target: Target, endpoint: Mapping[str, Any], config: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Returns the variant of a configuration that a release replaces. SageMaker rolls
    out only between variants of one name."""
    running = [str(variant["VariantName"]) for variant in endpoint.get("ProductionVariants", ())]
    variants = config["ProductionVariants"]
    if len(variants) != 1 or config.get("ShadowProductionVariants"):
        raise Refused(
            f"Endpoint {target.endpoint} has {len(variants)} production variants and "
            f"{len(config.get('ShadowProductionVariants', ()))} shadow variants: a "
            "release moves endpoints of one variant. "
            "Fix: release it by its settings and `pulumi up`"
        )
    names = {*running, str(variants[0]["VariantName"])}
    if names != {target.variant}:
        raise Refused(
            f"Endpoint {target.endpoint} runs the variant "
            f"{', '.join(sorted(names - {target.variant}))}, the stack says "
            f"{target.variant}. Fix: run `pulumi up`, so that both have one name"
        )
    return variants[0]  # type: ignore[no-any-return]


def _model(target: Target, version: registry.Version) -> tuple[str, dict[str, Any]]:
    request = model_request(target, version)
    name = _name(target, version, {"request": request, "artifacts": list(version.artifacts)})
    return name, {"ModelName": name, **request, "Tags": _tags(target, version)}


def _config(
    target: Target,
    version: registry.Version,
    model: str,
    current: Mapping[str, Any],
    running: Mapping[str, Any],
) -> tuple[str, dict[str, Any]]:
    variant: dict[str, Any] = {key: running[key] for key in KEPT_OF_VARIANT if key in running}
    variant |= {"VariantName": target.variant, "ModelName": model, "InitialVariantWeight": 1.0}
    if target.instance_type:
        variant.pop("ServerlessConfig", None)
        variant |= {
            "InstanceType": target.instance_type,
            "InitialInstanceCount": target.instance_count or 1,
        }
    variant |= target.variant_settings
    request: dict[str, Any] = {key: current[key] for key in KEPT_OF_CONFIG if current.get(key)}
    if target.async_inference_config:
        request["AsyncInferenceConfig"] = dict(target.async_inference_config)
    request["ProductionVariants"] = [variant]
    if target.capture:
        request["DataCaptureConfig"] = dict(target.capture)
    if target.kms_key_arn:
        request["KmsKeyId"] = target.kms_key_arn
    name = _name(target, version, request)
    return name, {"EndpointConfigName": name, **request, "Tags": _tags(target, version)}


def _name(target: Target, version: registry.Version, content: Mapping[str, Any]) -> str:
    """Returns the same name for the same content, and another for any other."""
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[
        :12
    ]
    end = f"-v{version.version}-{digest}"
    return f"{target.endpoint[: NAME_LENGTH - len(end)].rstrip('-')}{end}"


def _tags(target: Target, version: registry.Version) -> list[dict[str, str]]:
    tags = {
        **target.tags,
        "groundplan:endpoint": target.endpoint,
        "groundplan:model-package-group": target.model_package_group,
        "groundplan:version": str(version.version),
    }
    return [{"Key": key, "Value": str(value)} for key, value in sorted(tags.items())]
