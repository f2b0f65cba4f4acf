"""Karpenter's node pools: nothing at the least, at the most as many nodes as their
limits allow.

Fields: aws/karpenter-provider-aws@1d927085 (v1.14.1), pkg/apis/crds.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.catalog.kubernetes.karpenter import AUTO_NODE_CLASS, NODE_CLASS
from groundplan.catalog.resource_type import ResourceType
from groundplan.cost import reservations
from groundplan.cost.compute import machines
from groundplan.cost.estimation import (
    Charge,
    Context,
    Estimator,
    Span,
    Unknown,
    mapping,
    mappings,
    number,
)
from groundplan.cost.kubernetes import gib
from groundplan.cost.volumes import disks
from groundplan.facts import instances
from groundplan.manifest.model import Resource

INSTANCE_TYPE = "node.kubernetes.io/instance-type"
CAPACITY_TYPE = "karpenter.sh/capacity-type"

AUTO_GROUP = "eks.amazonaws.com"
AUTO_DISK_GIB = 80
"""The disk of a node of EKS Auto Mode whose class names none (Amazon EKS User Guide,
"Create a Node Class for Amazon EKS")."""

DISK_GIB = 20
"""The disk of a node whose class names none
(pkg/providers/amifamily/al2023.go, DefaultBlockDeviceMappings)."""


def node_pool(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """Yields the nodes that a pool may start, and their disks."""
    spec = mapping(resource.inputs.get("spec"))
    wanted = mapping(mapping(spec.get("template")).get("spec"))
    kinds = _values(wanted, INSTANCE_TYPE)
    if not kinds:
        yield Unknown("its instance types aren't named, Karpenter chooses them")
        return
    most = _most(mapping(spec.get("limits")), kinds)
    if most is None:
        yield Unknown("how many nodes its limits allow isn't known")
        return
    static = number(spec.get("replicas")) or 0
    if not static:
        ctx.note(
            "karpenter",
            "nodes start when jobs wait, so a pool is expected at none; the most is what its "
            "limits allow",
        )
    count = ctx.working(Span.around(static, static, max(static, most)), resource)
    capacity = _values(wanted, CAPACITY_TYPE)
    reference = mapping(wanted.get("nodeClassRef"))
    is_auto = reference.get("group") == AUTO_GROUP
    node_class = _node_class(reference, ctx, AUTO_NODE_CLASS if is_auto else NODE_CLASS)
    if is_auto:
        yield Unknown("no price for the fee of EKS Auto Mode, a part of the on-demand price")
    if capacity == ["reserved"]:
        yield _reserved(node_class, ctx)
    else:
        # Of several it takes a reservation first, then spot.
        yield from machines(ctx, kinds, count, capacity == ["spot"])
    if node_class is None:
        yield Unknown("its node class, and so its disks, are not in the plan")
        return
    if is_auto:
        size = mapping(mapping(node_class.inputs.get("spec")).get("ephemeralStorage")).get("size")
        volume = {"volumeSize": gib(size or f"{AUTO_DISK_GIB}Gi")}
        yield from disks(ctx, volume, count, default_type="gp3")
        return
    devices = mappings(mapping(node_class.inputs.get("spec")).get("blockDeviceMappings"))
    for device in [mapping(device.get("ebs")) for device in devices] or [
        {"volumeSize": f"{DISK_GIB}Gi"}
    ]:
        yield from disks(
            ctx, {**device, "volumeSize": gib(device.get("volumeSize"))}, count, default_type="gp3"
        )


def _reserved(node_class: Resource | None, ctx: Context) -> Charge:
    terms = (
        mappings(mapping(node_class.inputs.get("spec")).get("capacityReservationSelectorTerms"))
        if node_class
        else []
    )
    named = terms[0].get("id") if terms else None
    return (
        reservations.occupied(ctx, node_class, "spec", named)
        if node_class
        else Unknown("its reservation isn't known")
    )


def _most(limits: Mapping[str, Any], kinds: list[Any]) -> float | None:
    """Returns how many nodes a pool's limits allow: of the smallest instance type, if
    only their cores are limited."""
    nodes, cores = number(limits.get("nodes")), number(limits.get("cpu"))
    if nodes is not None or cores is None:
        return nodes
    known = [instance.vcpus for kind in kinds if (instance := instances.find(str(kind)))]
    return cores // min(known) if len(known) == len(kinds) else None


def _values(wanted: Mapping[str, Any], key: str) -> list[Any]:
    """Returns the values that a requirement allows; none where there is no such
    requirement, or it excludes them."""
    for requirement in mappings(wanted.get("requirements")):
        if requirement.get("key") == key and requirement.get("operator") == "In":
            values = requirement.get("values")
            return values if isinstance(values, list) else []
    return []


def _node_class(reference: Mapping[str, Any], ctx: Context, kind: ResourceType) -> Resource | None:
    def by_name(ctx: Context) -> Mapping[str, Resource]:
        return {
            str(mapping(node_class.inputs.get("metadata")).get("name")): node_class
            for node_class in ctx.of_type(kind.token)
        }

    return ctx.index(kind.token, by_name).get(str(reference.get("name")))


ESTIMATORS: Mapping[str, Estimator] = {"karpenter-node-pool": node_pool}
