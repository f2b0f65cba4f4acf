"""Which inputs of common types tell most of a resource, in the order in which a reader
asks for them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

BY_TYPE: Mapping[str, Sequence[str]] = {
    "aws:appautoscaling/policy:Policy": (
        "targetTrackingScalingPolicyConfiguration.targetValue",
        "policyType",
    ),
    "aws:appautoscaling/target:Target": ("capacity=minCapacity-maxCapacity", "resourceId"),
    "aws:autoscaling/group:Group": ("size=minSize-maxSize",),
    "aws:cloudwatch/dashboard:Dashboard": ("dashboardName",),
    "aws:cloudwatch/eventTarget:EventTarget": ("arn", "rule"),
    "aws:cloudwatch/logGroup:LogGroup": ("name", "retentionInDays"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": (
        "metricName",
        "metricQueries[*].metric.metricName",
        "threshold",
    ),
    "aws:dynamodb/table:Table": ("billingMode", "hashKey", "rangeKey"),
    "aws:ec2/instance:Instance": ("instanceType", "ami"),
    "aws:ec2/launchTemplate:LaunchTemplate": (
        "instanceType",
        "imageId",
        "blockDeviceMappings[*].ebs.volumeSize",
        "metadataOptions.httpTokens",
    ),
    "aws:ec2/route:Route": ("destinationCidrBlock", "natGatewayId", "gatewayId"),
    "aws:ec2/subnet:Subnet": ("availabilityZone", "cidrBlock"),
    "aws:ec2/vpc:Vpc": ("cidrBlock",),
    "aws:ec2/vpcEndpoint:VpcEndpoint": ("serviceName", "vpcEndpointType"),
    "aws:ecs/service:Service": ("desiredCount", "launchType"),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": ("policy=policyArn", "principalArn"),
    "aws:eks/addon:Addon": ("addonName", "addonVersion"),
    "aws:eks/cluster:Cluster": ("name", "version", "vpcConfig.endpointPublicAccess"),
    "aws:eks/nodeGroup:NodeGroup": (
        "instanceTypes",
        "size=scalingConfig.minSize-scalingConfig.maxSize",
        "capacityType",
    ),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": ("namespace", "serviceAccount"),
    "aws:elasticache/replicationGroup:ReplicationGroup": ("engine", "nodeType", "numCacheClusters"),
    "aws:iam/role:Role": ("trusts=assumeRolePolicy",),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ("policy=policyArn",),
    "aws:kms/key:Key": ("enableKeyRotation", "deletionWindowInDays"),
    "aws:lambda/function:Function": ("runtime", "memorySize", "timeout", "handler"),
    "aws:rds/cluster:Cluster": ("engine", "engineVersion"),
    "aws:rds/instance:Instance": (
        "engine",
        "engineVersion",
        "instanceClass",
        "allocatedStorage",
        "multiAz",
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        "rules[*].applyServerSideEncryptionByDefault.sseAlgorithm",
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ("rules=rules[*].id",),
    "aws:sagemaker/endpoint:Endpoint": ("name", "endpointConfigName"),
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": ("variants=productionVariants",),
    "aws:sagemaker/model:Model": (
        "primaryContainer.image",
        "primaryContainer.modelDataSource.s3DataSources[*].s3Uri",
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": (
        "cidrIpv4",
        "port=fromPort-toPort",
        "ipProtocol",
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": (
        "cidrIpv4",
        "port=fromPort-toPort",
        "ipProtocol",
    ),
    "kubernetes:apps/v1:Deployment": (
        "metadata.namespace",
        "spec.replicas",
        "spec.template.spec.containers[*].image",
    ),
    "kubernetes:helm.sh/v3:Release": ("chart", "version", "namespace"),
    "kubernetes:helm.sh/v4:Chart": ("chart", "version", "namespace"),
    "kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue": (
        "flavors=spec.resourceGroups[*].flavors[*].name",
        "covers=spec.resourceGroups[*].coveredResources[*]",
    ),
}
"""Type -> paths: `[*]` stands for every member of a list, `low-high` for a range of two
numbers, `name=path` gives a name."""


def telling(type_: str, inputs: Mapping[str, Any]) -> Iterator[tuple[str, Any, frozenset[str]]]:
    """What to call an input, its value in short, and the paths that it covers; nothing
    for a type that has no entry."""
    for entry in BY_TYPE.get(type_, ()):
        name, _, path = entry.rpartition("=")
        low, _, high = path.partition("-")
        if high:
            found = [*_at(inputs, low), *_at(inputs, high)]
            if len(found) == 2:
                one, other = found
                yield name, one if one == other else f"{one}-{other}", frozenset({low, high})
            continue
        found = [_short(path, value) for value in _at(inputs, path)]
        if found:
            yield (
                name or path.rsplit(".", 1)[-1],
                found[0] if len(found) == 1 else found,
                frozenset({path}),
            )


def _at(value: Any, path: str) -> Iterator[Any]:
    key, _, rest = path.partition(".")
    name = key.removesuffix("[*]")
    if not isinstance(value, Mapping) or value.get(name) in (None, "", [], {}):
        return
    members = value[name] if key.endswith("[*]") else [value[name]]
    for member in members if isinstance(members, list) else [members]:
        if rest:
            yield from _at(member, rest)
        else:
            yield member


def _short(path: str, value: Any) -> Any:
    if path == "policyArn" and isinstance(value, str) and not value.startswith("${"):
        return value.rsplit("/", 1)[-1]
    if path == "assumeRolePolicy":
        return _trusted(value) or value
    if path == "productionVariants" and isinstance(value, list):
        return [_variant(variant) for variant in value if isinstance(variant, Mapping)]
    return value


def _variant(variant: Mapping[str, Any]) -> str:
    """`primary: 4 x ml.m5.xlarge`."""
    serverless = variant.get("serverlessConfig")
    if isinstance(serverless, Mapping):
        size = f"serverless, {serverless.get('memorySizeInMb')} MB"
    else:
        size = f"{variant.get('initialInstanceCount', 1)} x {variant.get('instanceType', 'an unknown type')}"
    return f"{variant['variantName']}: {size}" if variant.get("variantName") else size


def _trusted(policy: Any) -> str:
    """Who may assume a role: `sagemaker.amazonaws.com`; empty where the document
    doesn't say it plainly."""
    try:
        statements = json.loads(policy)["Statement"]
    except (TypeError, ValueError, KeyError):
        return ""
    found: set[str] = set()
    for statement in statements if isinstance(statements, list) else [statements]:
        allows = isinstance(statement, Mapping) and statement.get("Effect") == "Allow"
        principal = statement.get("Principal", {}) if allows else {}
        for names in principal.values() if isinstance(principal, Mapping) else [principal]:
            found.update(map(str, names) if isinstance(names, list) else [str(names)])
    return ", ".join(sorted(found))
