"""How long AWS and Kubernetes allow names to be, and which names of a manifest are
longer."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.manifest.model import Manifest, Resource

RANDOM = 8
"""A hyphen and the characters that Pulumi appends to a name that the program leaves to
it."""

LIMITS: Mapping[str, int] = {
    # AWS: the quotas of each service, and the API reference of what creates it.
    "aws:appautoscaling/policy:Policy": 256,
    "aws:autoscaling/schedule:Schedule": 255,
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": 255,
    "aws:cloudwatch/dashboard:Dashboard": 255,
    "aws:cloudwatch/eventRule:EventRule": 64,
    "aws:cloudwatch/logGroup:LogGroup": 512,
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": 512,
    "aws:cloudwatch/metricAlarm:MetricAlarm": 255,
    "aws:ec2/launchTemplate:LaunchTemplate": 128,
    "aws:ec2/placementGroup:PlacementGroup": 255,
    "aws:ec2/securityGroup:SecurityGroup": 255,
    "aws:ecr/repository:Repository": 256,
    "aws:eks/cluster:Cluster": 100,
    "aws:eks/nodeGroup:NodeGroup": 63,
    "aws:iam/instanceProfile:InstanceProfile": 128,
    "aws:iam/policy:Policy": 128,
    "aws:iam/role:Role": 64,
    "aws:iam/rolePolicy:RolePolicy": 128,
    "aws:kms/alias:Alias": 256,
    "aws:lambda/function:Function": 64,
    "aws:lambda/permission:Permission": 100,
    "aws:rds/instance:Instance": 63,
    "aws:rds/parameterGroup:ParameterGroup": 255,
    "aws:rds/subnetGroup:SubnetGroup": 255,
    "aws:s3/bucket:Bucket": 63,
    "aws:sagemaker/endpoint:Endpoint": 63,
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": 63,
    "aws:sagemaker/model:Model": 63,
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup": 63,
    "aws:scheduler/schedule:Schedule": 64,
    "aws:sfn/stateMachine:StateMachine": 80,
    "aws:sns/topic:Topic": 256,
    "aws:sqs/queue:Queue": 80,
    # Kubernetes: DNS labels, and what controllers append to names in labels of pods.
    "kubernetes:apps/v1:StatefulSet": 52,
    "kubernetes:batch/v1:CronJob": 52,
    "kubernetes:batch/v1:Job": 63,
    "kubernetes:core/v1:Namespace": 63,
    "kubernetes:core/v1:Service": 63,
    "kubernetes:helm.sh/v3:Release": 53,
    "kubernetes:helm.sh/v4:Chart": 53,
}
DEFAULT_KUBERNETES = 253

NAMES = (
    "name",
    "bucket",
    "endpointName",
    "identifier",
    "nodeGroupName",
    "modelPackageGroupName",
    "statementId",
    "ruleName",
)
"""Inputs with the physical name."""


def too_long(manifest: Manifest) -> Iterator[str]:
    """Returns a text for each name that is longer than its service allows."""
    for resource in manifest.resources:
        if not resource.custom:
            continue
        kubernetes = resource.type.startswith("kubernetes:")
        limit = LIMITS.get(resource.type, DEFAULT_KUBERNETES if kubernetes else None)
        if limit is None:
            continue
        name = _name(resource, kubernetes)
        length = len(resource.name) + RANDOM if name is None else len(name)
        if length > limit:
            what = f"{name or resource.name + '-' + '*' * (RANDOM - 1)}"
            yield f"{resource.type} {what} has {length} characters, more than {limit}"
        yield from _labels(resource)


def _name(resource: Resource, kubernetes: bool) -> str | None:
    inputs: Mapping[str, Any] = resource.inputs
    found = (inputs.get("metadata") or {}) if kubernetes else inputs
    if kubernetes and resource.type.startswith("kubernetes:helm"):
        found = inputs
    return next((str(found[key]) for key in NAMES if isinstance(found.get(key), str)), None)


def _labels(resource: Resource) -> Iterator[str]:
    """Values of labels have up to 63 characters."""
    yield from _in(resource.inputs, resource.name)


def _in(value: Any, where: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in ("labels", "matchLabels", "nodeSelector") and isinstance(inner, Mapping):
                for name, text in inner.items():
                    if isinstance(text, str) and len(text) > 63:
                        yield f"label {name} of {where} has {len(text)} characters: {text}"
            yield from _in(inner, where)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _in(inner, where)
