"""Who releases a new model: this program (`declared`), or the runtime, from the model
registry (`registry`).

With `registry` Pulumi owns the endpoint, its role, its alarms and its scaling, and
leaves the live configuration alone. What the runtime needs in order to make the next
one is the output `release_target`: plain JSON, in the API's own words where it goes to
the API as it is. What isn't used (no capture, no key, no queue) is null; whoever reads
it takes absent for null.
"""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pulumi

from groundplan.problems import MISSING, Problem
from groundplan.serving.model_endpoint import capture, deployment
from groundplan.serving.model_endpoint.choices import ReleaseMode
from groundplan.serving.model_endpoint.kinds import EndpointKind, kind_of
from groundplan.serving.model_endpoint.rollout import Rollout

if TYPE_CHECKING:
    from groundplan.serving.model_endpoint.args import ModelEndpointArgs

# botocore, sagemaker service-2.json, `ListModelPackagesInput`, `ModelPackageGroupName`.
_GROUP = re.compile(
    r"(arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]{9,16}:[0-9]{12}:[\S]{1,2048}/)?[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
)


def from_registry(args: "ModelEndpointArgs") -> bool:
    """Whether the runtime releases new models."""
    return args.get("release") is ReleaseMode.REGISTRY


def problems(args: "ModelEndpointArgs") -> list[Problem]:
    """What doesn't fit the way of releasing."""
    found, group = [], args.get("model_package_group")
    if isinstance(group, str) and not _GROUP.fullmatch(group):
        allowed = "the name of a model package group, or its ARN: 1 to 63 letters, digits and single hyphens"
        found.append(
            Problem("model_package_group", group, allowed, "give the name as the registry has it")
        )
    if not from_registry(args):
        if group is not None:
            allowed = "nothing, unless release is registry"
            found.append(
                Problem(
                    "model_package_group", group, allowed, "remove it or set release to registry"
                )
            )
        return found
    if group is None:
        allowed = "the group whose versions are released"
        found.append(
            Problem(
                "model_package_group", MISSING, allowed, "give its name, or set release to declared"
            )
        )
    for key in ("variants", "shadow"):
        if key in args:
            allowed = "declared with several variants: the registry tells one model to release, not several"
            found.append(
                Problem(
                    "release",
                    args.get("release"),
                    allowed,
                    f"remove {key} or set release to declared",
                )
            )
    return found


def release_target(
    args: "ModelEndpointArgs",
    *,
    endpoint: pulumi.Input[str],
    region: pulumi.Input[str],
    role_arn: pulumi.Input[str],
    security_groups: Sequence[pulumi.Input[str]],
    variant: Mapping[str, Any],
    asynchronous: Mapping[str, Any] | None,
    plan: Rollout,
    alarm_names: Sequence[pulumi.Input[str]],
    tags: Mapping[str, pulumi.Input[str]],
) -> pulumi.Output[Mapping[str, Any]]:
    """What the runtime needs to release a version of the model package group.

    `variant` is the `ProductionVariant` of the next configuration but for its model,
    `asynchronous` the `AsyncInferenceConfig`.
    """
    guarded = kind_of(args) is not EndpointKind.SERVERLESS
    network = args.get("network")
    return pulumi.Output.from_input(
        {
            "endpoint": endpoint,
            "region": region,
            "kind": kind_of(args).value,
            "variant": variant["VariantName"],
            "instance_type": variant.get("InstanceType"),
            "instance_count": variant.get("InitialInstanceCount"),
            "role_arn": role_arn,
            "subnets": network["subnet_ids"] if network else [],
            "security_groups": list(security_groups),
            "network_isolation": args.get("network_isolation", guarded),
            "environment": dict(args.get("environment", {})),
            "capture": capture.api_shape(args),
            "kms_key_arn": args.get("kms_key_arn"),
            "production_variant": dict(variant),
            "async_inference_config": asynchronous,
            "deployment_config": deployment.api_shape(plan, alarm_names) if guarded else None,
            "model_package_group": args.get("model_package_group"),
            "gates": args.get("gates"),
            "alarms": list(alarm_names),
            "tags": dict(tags),
        }
    )
