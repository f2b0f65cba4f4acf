"""The EC2 instances that a stack starts: node groups, Karpenter's pools, auto-scaling
groups, instances."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.facts import instances
from groundplan.manifest.model import Resource
from groundplan.operations.preflight.plan import Plan, known, mapping, mappings, texts, whole

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
SCALING_GROUP = "aws:autoscaling/group:Group"
INSTANCE = "aws:ec2/instance:Instance"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
AUTO_NODE_CLASS = "kubernetes:eks.amazonaws.com/v1:NodeClass"
CLUSTER = "aws:eks/cluster:Cluster"

DEFAULT_TYPE = "t3.medium"
"""What a managed node group has by default (EKS API, CreateNodegroup)."""

TYPE_KEY = "node.kubernetes.io/instance-type"
CAPACITY_KEY = "karpenter.sh/capacity-type"


@dataclass(frozen=True)
class Pool:
    """Instances that scale together."""

    resource: Resource
    region: str
    types: tuple[str, ...]
    """The instance types that it may start."""
    now: int
    """The instances that `up` starts."""
    most: int | None
    """The instances that it may have; `None` where it has no limit that is known."""
    spot: bool
    reservation: str
    """The ID or ARN of what reserves its capacity; empty on demand and on spot."""
    block: bool
    """Whether its capacity is a Capacity Block."""
    subnets: tuple[str, ...]
    """IDs or symbols of its subnets."""
    cluster: str = ""
    """The name of its EKS cluster; empty outside of one."""

    @property
    def vcpus(self) -> int:
        """The vCPUs of its largest instance type."""
        return max((t.vcpus for name in self.types if (t := instances.find(name))), default=0)

    def need(self, *, most: bool) -> int:
        """Returns the vCPUs that it needs at once, or at its largest size."""
        return self.vcpus * ((self.most or self.now) if most else self.now)


def of(plan: Plan) -> tuple[Pool, ...]:
    """Returns all pools of a plan, in the order of `up`."""
    found = [*_node_groups(plan), *_karpenter(plan), *_scaling_groups(plan), *_instances(plan)]
    return tuple(sorted(found, key=lambda pool: plan.steps[pool.resource.urn]))


def _node_groups(plan: Plan) -> Iterator[Pool]:
    for group in plan.of_type(NODE_GROUP):
        template = _template(plan, group)
        size = mapping(group.inputs.get("scalingConfig"))
        types = texts(group.inputs.get("instanceTypes")) or [_type(template) or DEFAULT_TYPE]
        capacity = group.inputs.get("capacityType")
        yield Pool(
            group,
            plan.region(group),
            tuple(types),
            whole(size.get("desiredSize")) or whole(size.get("minSize")) or 0,
            whole(size.get("maxSize")),
            capacity == "SPOT",
            _reservation(template),
            capacity == "CAPACITY_BLOCK",
            tuple(texts(group.inputs.get("subnetIds"))),
            _cluster(plan, group.inputs.get("clusterName")),
        )


def _scaling_groups(plan: Plan) -> Iterator[Pool]:
    for group in plan.of_type(SCALING_GROUP):
        template = _template(plan, group)
        kind = _type(template)
        if not kind:
            continue
        yield Pool(
            group,
            plan.region(group),
            (kind,),
            whole(group.inputs.get("desiredCapacity")) or whole(group.inputs.get("minSize")) or 0,
            whole(group.inputs.get("maxSize")),
            _market(template) == "spot",
            _reservation(template),
            _market(template) == "capacity-block",
            tuple(texts(group.inputs.get("vpcZoneIdentifiers"))),
        )


def _instances(plan: Plan) -> Iterator[Pool]:
    for instance in plan.of_type(INSTANCE):
        kind = known(instance.inputs.get("instanceType"))
        if kind:
            subnet = instance.inputs.get("subnetId")
            market = mapping(instance.inputs.get("instanceMarketOptions")).get("marketType")
            subnets = (subnet,) if isinstance(subnet, str) else ()
            yield Pool(
                instance, plan.region(instance), (kind,), 1, 1, market == "spot", "", False, subnets
            )


def _karpenter(plan: Plan) -> Iterator[Pool]:
    for pool in plan.of_type(NODE_POOL):
        spec = mapping(pool.inputs.get("spec"))
        template = mapping(mapping(spec.get("template")).get("spec"))
        types = _values(template, TYPE_KEY)
        if not types:
            continue
        node_class = _node_class(plan, mapping(template.get("nodeClassRef")))
        settings = mapping(node_class.inputs.get("spec")) if node_class else {}
        terms = mappings(settings.get("capacityReservationSelectorTerms"))
        capacity = _values(template, CAPACITY_KEY)
        yield Pool(
            pool,
            plan.region(pool),
            tuple(types),
            whole(spec.get("replicas")) or 0,
            _most(mapping(spec.get("limits")), types),
            capacity == ["spot"],
            next((known(term.get("id")) for term in terms), "") if "reserved" in capacity else "",
            False,
            tuple(
                str(term["id"])
                for term in mappings(settings.get("subnetSelectorTerms"))
                if term.get("id")
            ),
            next((_name(cluster) for cluster in plan.of_type(CLUSTER)), ""),
        )


def _most(limits: Mapping[str, Any], types: list[str]) -> int | None:
    nodes, cores = whole(limits.get("nodes")), whole(limits.get("cpu"))
    smallest = min((t.vcpus for name in types if (t := instances.find(name))), default=0)
    allowed = [nodes] if nodes is not None else []
    if cores is not None and smallest:
        allowed.append(cores // smallest)
    return min(allowed, default=None)


def _values(template: Mapping[str, Any], key: str) -> list[str]:
    for requirement in mappings(template.get("requirements")):
        if requirement.get("key") == key and requirement.get("operator") == "In":
            return texts(requirement.get("values"))
    return []


def _node_class(plan: Plan, reference: Mapping[str, Any]) -> Resource | None:
    kind = AUTO_NODE_CLASS if reference.get("kind") == "NodeClass" else NODE_CLASS
    for node_class in plan.of_type(kind):
        if mapping(node_class.inputs.get("metadata")).get("name") == reference.get("name"):
            return node_class
    return None


def _template(plan: Plan, group: Resource) -> Resource | None:
    settings = mapping(group.inputs.get("launchTemplate"))
    return plan.referenced(settings.get("id") or settings.get("name"), TEMPLATE)


def _type(template: Resource | None) -> str:
    return known(template.inputs.get("instanceType")) if template else ""


def _market(template: Resource | None) -> str:
    options = mapping(template.inputs.get("instanceMarketOptions")) if template else {}
    return str(options.get("marketType", ""))


def _reservation(template: Resource | None) -> str:
    settings = mapping(template.inputs.get("capacityReservationSpecification")) if template else {}
    target = mapping(settings.get("capacityReservationTarget"))
    return known(target.get("capacityReservationId")) or known(
        target.get("capacityReservationResourceGroupArn")
    )


def _cluster(plan: Plan, value: Any) -> str:
    cluster = plan.referenced(value, CLUSTER)
    return _name(cluster) if cluster else known(value)


def _name(cluster: Resource) -> str:
    return known(cluster.inputs.get("name"))
