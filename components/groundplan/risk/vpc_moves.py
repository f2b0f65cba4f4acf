"""Services that a change moves to another VPC, which the service refuses: each was
created in one VPC and takes subnets of that VPC only.

The provider updates their subnets in place, so that the plan looks harmless: the error
comes from AWS, in the middle of a deployment.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from groundplan import catalog
from groundplan.diff.changes import Kind
from groundplan.manifest.model import Resource
from groundplan.risk.context import ChangeContext, Plan
from groundplan.risk.refusals import REFUSED
from groundplan.risk.risk import Level, Risk

VPC, SUBNET, SECURITY_GROUP = "ec2.Vpc", "ec2.Subnet", "ec2.SecurityGroup"


@dataclass(frozen=True)
class Bound:
    """A type whose resources stay in the VPC that they were created in."""

    inputs: tuple[str, ...]
    """The inputs that its subnets and security groups come from."""
    rule: str
    """Why the service refuses."""


def _group(service: str) -> Bound:
    return Bound(("subnetIds",), f"{service} takes only subnets of the VPC that the group is in")


BOUND: Mapping[str, Bound] = {
    # EKS User Guide, `Update the VPC and subnets of a cluster`: the subnets must belong
    # to the VPC that was chosen at creation.
    "eks.Cluster": Bound(
        ("vpcConfig", "vpcId", "subnetIds", "privateSubnetIds", "publicSubnetIds"),
        "EKS takes only subnets of the VPC that the cluster was created in",
    ),
    # RDS API, ModifyDBSubnetGroup: `The new Subnets are not in the same Vpc as the
    # existing subnet group`. Amazon DocumentDB and Neptune have the same API.
    "rds.SubnetGroup": _group("RDS"),
    "docdb.SubnetGroup": _group("Amazon DocumentDB"),
    "neptune.SubnetGroup": _group("Neptune"),
    # The same rule in ModifyCacheSubnetGroup, UpdateSubnetGroup (MemoryDB, DAX),
    # ModifyClusterSubnetGroup and ModifyReplicationSubnetGroup.
    "elasticache.SubnetGroup": _group("ElastiCache"),
    "memorydb.SubnetGroup": _group("MemoryDB"),
    "dax.SubnetGroup": _group("DAX"),
    "redshift.SubnetGroup": _group("Redshift"),
    "dms.ReplicationSubnetGroup": _group("DMS"),
    # Elastic Load Balancing API, SetSubnets and SetSecurityGroups.
    "lb.LoadBalancer": Bound(
        ("subnets", "subnetMappings", "securityGroups"),
        "a load balancer takes only subnets and security groups of its VPC",
    ),
    "elb.LoadBalancer": Bound(
        ("subnets", "securityGroups"),
        "a load balancer takes only subnets and security groups of its VPC",
    ),
    # OpenSearch Service Developer Guide, `Launching domains within a VPC`: a domain
    # can't be moved to a different VPC.
    "opensearch.Domain": Bound(("vpcOptions",), "a domain can't be moved to a different VPC"),
    "elasticsearch.Domain": Bound(("vpcOptions",), "a domain can't be moved to a different VPC"),
    # SageMaker API, UpdateDomain: the subnets are of the domain's VPC.
    "sagemaker.Domain": Bound(
        ("subnetIds",), "SageMaker takes only subnets of the VPC that the domain was created in"
    ),
    # Route 53 API, AssociateResolverEndpointIpAddress.
    "route53.ResolverEndpoint": Bound(
        ("ipAddresses",), "a Resolver endpoint has addresses in one VPC only"
    ),
    # Lambda takes a new VPC only with security groups of it.
    "lambda.Function": Bound(
        ("vpcConfig",), "its subnets and its security groups have to be of one VPC"
    ),
}
"""Type -> what keeps it in its VPC. What a provider replaces for new subnets (FSx,
MSK, node groups) is not here: its replacement is a risk already."""

SCHEMES = ("network", "gateway")
"""Load balancers that the provider replaces where a subnet is removed
(terraform-provider-aws, aws_lb, `CustomizeDiff`)."""


def refused(context: ChangeContext) -> Iterator[Risk]:
    """A service that stays in its VPC, and gets subnets of another one."""
    bound = BOUND.get(context.type)
    before, after = context.change.before, context.change.after
    if bound is None or context.kind is not Kind.UPDATE or not (before and after):
        return
    if context.new.get("loadBalancerType") in SCHEMES:
        return
    moved = _other_vpcs(context, bound.inputs)
    if not moved or (context.type == "lambda.Function" and _has_one_vpc(context.plan, after)):
        return
    words = (
        f"{context.subject} can't move to another VPC, so that pulumi up fails: {bound.rule}. "
        f"Fix: create a new one in the new VPC, and delete this one when nothing uses it"
    )
    yield context.risk(Level.HIGH, REFUSED, f"{words}.", moved, prevents_up=True)


def mount_targets(context: ChangeContext) -> Iterator[Risk]:
    """A mount target in another VPC, while the file system has one in the old VPC."""
    if context.type != "efs.MountTarget" or context.kind is not Kind.REPLACE:
        return
    moved = _other_vpcs(context, ("subnetId",))
    if not moved or context.owner_change("fileSystemId") in (Kind.CREATE, Kind.REPLACE):
        return
    # EFS API, CreateMountTarget: the subnet's VPC must be that of the other targets.
    words = (
        f"{context.subject} is replaced in another VPC, which EFS refuses while the file system "
        "has a mount target in the old one, so that pulumi up fails. Fix: delete its mount "
        "targets in a deployment of their own."
    )
    yield context.risk(Level.HIGH, REFUSED, words, moved, prevents_up=True)


def _other_vpcs(context: ChangeContext, inputs: tuple[str, ...]) -> str:
    """Returns the text of a change to another VPC; empty where the VPC is the same, or
    where one side's isn't known."""
    before, after = context.change.before, context.change.after
    if before is None or after is None:
        return ""
    old = _vpcs(context.plan, before, inputs, False)
    new = _vpcs(context.plan, after, inputs, True)
    if not old or not new or set(new) <= set(old):
        return ""
    return (
        f"its subnets are of {', '.join(sorted({new[key] for key in new if key not in old}))} "
        f"in place of {', '.join(sorted(set(old.values())))}"
    )


def _has_one_vpc(plan: Plan, function: Resource) -> bool:
    return len(_vpcs(plan, function, ("vpcConfig",), True)) == 1


def _vpcs(
    plan: Plan, resource: Resource, inputs: tuple[str, ...], after: bool
) -> Mapping[tuple[str, str], str]:
    """Returns the VPCs that a resource's subnets and security groups are of -> their
    names."""
    by_urn = plan.by_urn(after)
    found: dict[tuple[str, str], str] = {}
    for name in inputs:
        for urn in resource.property_dependencies.get(name, ()):
            member = by_urn.get(urn)
            kind = catalog.key(member.type) if member else ""
            if member and kind == VPC:
                found |= _vpc(plan, member, after)
            elif member and kind in (SUBNET, SECURITY_GROUP):
                found |= _vpc_of(plan, member, after)
    return found


def _vpc_of(plan: Plan, member: Resource, after: bool) -> Mapping[tuple[str, str], str]:
    """Returns the VPC of a subnet or a security group."""
    by_urn = plan.by_urn(after)
    for urn in member.property_dependencies.get("vpcId", ()):
        vpc = by_urn.get(urn)
        if vpc and catalog.key(vpc.type) == VPC:
            return _vpc(plan, vpc, after)
    value = member.inputs.get("vpcId")
    return {("", value): value} if isinstance(value, str) and "${" not in value else {}


def _vpc(plan: Plan, vpc: Resource, after: bool) -> Mapping[tuple[str, str], str]:
    """A VPC by its URN before the change; one that is replaced or created is another
    one after it."""
    is_new = after and plan.kind_of(vpc.urn) in (Kind.CREATE, Kind.REPLACE)
    if is_new:
        return {("new", vpc.urn): f"the new VPC {vpc.name}"}
    return {("", _former_urn(plan, vpc.urn) if after else vpc.urn): f"the VPC {vpc.name}"}


def _former_urn(plan: Plan, urn: str) -> str:
    """Returns the URN before the change of a resource that is renamed or moved."""
    changes = (context.change for context in plan.contexts)
    return next((c.before.urn for c in changes if c.before and c.after and c.after.urn == urn), urn)
