"""The release target of an endpoint: what the release runtime needs to release a
version from the model registry.

With `registry`, Pulumi manages the endpoint, its role, its alarms and its autoscaling,
and ignores the live configuration. The target is plain JSON, in the API's own words
where the runtime passes it to the API as it is. What the endpoint doesn't have (no
capture, no key, no queue) is null; readers treat null as absent.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from groundplan.serving.model_endpoint import configuration, deployment
from groundplan.serving.model_endpoint.spec import EndpointSpec


def release_target(
    spec: EndpointSpec,
    *,
    endpoint: pulumi.Input[str],
    region: pulumi.Input[str],
    role_arn: pulumi.Input[str],
    security_groups: Sequence[pulumi.Input[str]],
    alarm_names: Sequence[pulumi.Input[str]],
) -> pulumi.Output[Mapping[str, Any]]:
    """Returns the release target of an endpoint."""
    variant = configuration.api_variant(spec)
    return pulumi.Output.from_input(
        {
            "endpoint": endpoint,
            "region": region,
            "kind": spec.kind.value,
            "variant": variant["VariantName"],
            "instance_type": variant.get("InstanceType"),
            "instance_count": variant.get("InitialInstanceCount"),
            "role_arn": role_arn,
            "subnets": spec.network.subnet_ids if spec.network else [],
            "security_groups": list(security_groups),
            "network_isolation": spec.network_isolation,
            "environment": dict(spec.variants[0].environment),
            "capture": configuration.api_capture(spec),
            "kms_key_arn": spec.kms_key_arn,
            "production_variant": variant,
            "async_inference_config": configuration.api_queue(spec),
            "deployment_config": deployment.api_shape(spec.rollout, alarm_names)
            if spec.rollout
            else None,
            "model_package_group": spec.release.model_package_group,
            "gates": spec.release.gates,
            "alarms": list(alarm_names),
            "tags": dict(spec.tags),
        }
    )
