"""Rules of EC2 instances, Auto Scaling, Batch, ECS, EKS and Lambda.

Sources: terraform-provider-aws, internal/service (ec2/ec2_instance.go,
batch/compute_environment.go, ecs/service.go, eks/cluster.go, lambda/invocation.go:
CustomizeDiff); the documentation of pulumi-aws 7.51; what a comment names.
"""

from groundplan.diff.value_rules.conditions import (
    all_of,
    always,
    at,
    becomes,
    changed,
    has_value,
    is_on,
    is_symbol,
    removed,
    smaller,
    turned_off,
    unless,
    was,
    where,
    where_on,
)
from groundplan.diff.value_rules.rule import (
    Rule,
    Sides,
    Table,
    in_place,
    refused,
    replaced,
    unknown,
)
from groundplan.diff.value_rules.versions import older, skips_a_minor
from groundplan.facts import instances


def _other_architecture(sides: Sides) -> bool | None:
    """An instance type of another processor architecture: AMI and disks don't fit."""
    if is_symbol(sides.old) or is_symbol(sides.new):
        return None
    old, new = instances.find(str(sides.old)), instances.find(str(sides.new))
    if old is None or new is None:
        return None
    return old.architecture != new.architecture


def _other_version(sides: Sides) -> bool:
    """Another number, or the number that an update of the template results in."""
    numbers = str(sides.old).isdigit() and str(sides.new).isdigit()
    return numbers or "${unknown" in str(sides.new)


REPLACES_USER_DATA = where_on("userDataReplaceOnChange")

_INSTANCE: tuple[Rule, ...] = (
    replaced("userData", REPLACES_USER_DATA),
    replaced("userDataBase64", REPLACES_USER_DATA),
    replaced("instanceType", _other_architecture),
    replaced("launchTemplate.version", _other_version),
    # `$Latest` and `$Default` are compared with the version that the instance has.
    unknown("launchTemplate.version", always),
    replaced("launchTemplate.id", changed),
    replaced("launchTemplate.name", changed),
    unknown("launchTemplate.id", always),
    unknown("launchTemplate.name", always),
    replaced("enablePrimaryIpv6", turned_off),
    # Amazon EBS user guide, Requirements for EBS volume modifications.
    refused("rootBlockDevice.volumeSize", smaller, "EBS can't shrink a volume"),
)

FARGATE = where("computeResources.type", "FARGATE", "FARGATE_SPOT")
UPDATABLE = ("BEST_FIT_PROGRESSIVE", "SPOT_CAPACITY_OPTIMIZED", "SPOT_PRICE_CAPACITY_OPTIMIZED")
SERVICE_LINKED = ":role/aws-service-role/batch.amazonaws.com/"
"""Part of the ARN of Batch's service-linked role."""


def _updatable(sides: Sides) -> bool | None:
    """Returns whether Batch updates the infrastructure of a compute environment in
    place: it uses its service-linked role and an allocation strategy that allows that,
    before and after."""
    answers: list[bool | None] = []
    for side in (sides.before, sides.after):
        strategy, role = at(side, "computeResources.allocationStrategy"), at(side, "serviceRole")
        answers.append(None if is_symbol(strategy) else strategy in UPDATABLE)
        if has_value(role):
            answers.append(None if is_symbol(role) else SERVICE_LINKED in str(role))
    return False if False in answers else None if None in answers else True


def _batch(name: str) -> tuple[Rule, ...]:
    path = f"computeResources.{name}"
    rules = (replaced(path, unless(_updatable)),)
    if name in ("securityGroupIds", "subnets"):
        return (in_place(path, FARGATE), *rules)
    return rules


BATCH = (
    *("allocationStrategy", "bidPercentage", "ec2Configurations", "ec2KeyPair", "imageId"),
    *("instanceRole", "instanceTypes", "launchTemplate", "securityGroupIds", "subnets", "tags"),
)
"""Properties of `computeResources` that Batch updates in place under conditions."""

_AUTO_MODE = (
    "computeConfig.enabled",
    "kubernetesNetworkConfig.elasticLoadBalancing.enabled",
    "storageConfig.blockStorage.enabled",
)


def _half_auto_mode(sides: Sides) -> bool | None:
    """EKS Auto Mode that is on in a part of its three switches. One that is removed
    stays as it was (terraform-provider-aws 6.15)."""
    values = []
    for path in _AUTO_MODE:
        value = at(sides.after, path)
        values.append(value if has_value(value) else at(sides.before, path))
    if any(is_symbol(value) for value in values):
        return None
    return len({is_on(value) for value in values}) > 1


_EKS_VERSION_BACK = "EKS doesn't downgrade a cluster"
_EKS_VERSION_SKIP = "EKS upgrades one minor version at a time"

# Amazon EKS user guide, Change authentication mode to use access entries: the API can't
# be disabled again.
_EKS_MODE = "EKS doesn't go back to an earlier authentication mode"
_MODE = "accessConfig.authenticationMode"

_CLUSTER: tuple[Rule, ...] = (
    refused("version", older, _EKS_VERSION_BACK),
    refused("version", skips_a_minor, _EKS_VERSION_SKIP),
    replaced("encryptionConfig", removed),
    refused(_MODE, all_of(was("API"), unless(becomes("API"))), _EKS_MODE),
    refused(_MODE, all_of(was("API_AND_CONFIG_MAP"), becomes("CONFIG_MAP")), _EKS_MODE),
    replaced(
        "vpcConfig.controlPlaneEgressMode",
        all_of(was("CUSTOMER_ROUTED"), unless(becomes("CUSTOMER_ROUTED"))),
    ),
    *(
        refused(
            path,
            _half_auto_mode,
            "the provider accepts Auto Mode only with computeConfig, elasticLoadBalancing and "
            "blockStorage all on or all off",
        )
        for path in _AUTO_MODE
    ),
)


_CAPACITY_PROVIDERS = "capacityProviderStrategies"

RULES: Table = {
    "aws:ec2/instance:Instance": _INSTANCE,
    "aws:batch/computeEnvironment:ComputeEnvironment": tuple(
        rule for name in BATCH for rule in _batch(name)
    ),
    "aws:batch/jobQueue:JobQueue": (
        refused(
            "schedulingPolicyArn",
            removed,
            "Batch replaces the scheduling policy of a queue, and doesn't remove it",
        ),
    ),
    "aws:ecs/service:Service": (
        # Before 6.0, the provider replaced the service.
        refused(
            _CAPACITY_PROVIDERS,
            unless(where_on("forceNewDeployment")),
            "the provider changes capacityProviderStrategies only with forceNewDeployment",
        ),
    ),
    "aws:eks/cluster:Cluster": _CLUSTER,
    # Amazon EKS user guide, Update a managed node group: no downgrade.
    "aws:eks/nodeGroup:NodeGroup": (
        refused("version", older, "EKS doesn't downgrade a node group"),
    ),
    "aws:lambda/invocation:Invocation": (
        replaced("input", where("lifecycleScope", "CREATE_ONLY", default="CREATE_ONLY")),
    ),
}
