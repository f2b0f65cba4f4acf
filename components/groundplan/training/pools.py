"""Node pools from arguments: their defaults, and the rules that they have to keep.

Settings and the component judge by the same rules; nothing here knows Pulumi.
"""

import re
from collections.abc import Mapping
from typing import Any

from groundplan.facts import instances
from groundplan.problems import Problem, one_of, shown, under, whole_number
from groundplan.training.choices import CapacityType
from groundplan.training.pool import SYSTEM, Pool

SYSTEM_INSTANCE_TYPE = "m7i.large"
"""x86_64: monitoring and tracking servers that users add to the system pool often have no arm64 image."""

SYSTEM_MIN_SIZE = 2
SYSTEM_MAX_SIZE = 4
SYSTEM_DISK_GIB = 50
DISK_GIB = 200
"""Training images are 10 to 30 GB each, and a node holds several beside what jobs write."""

MIN_DISK_GIB = 50
"""Below it the image of the operating system with NVIDIA's drivers leaves no room for one training image."""

MAX_DISK_GIB = 16_384
"""EC2: the largest gp3 volume that every region has."""

MAX_NODES = 450
"""Amazon EKS service quotas: nodes per managed node group (default)."""

MAX_POOLS = 64
"""Flavors per resource group of a Kueue ClusterQueue (CRD of v0.19.2, `maxItems`). EKS' default is 30 node groups."""


def _pool(name: str, given: Mapping[str, Any], **defaults: Any) -> Pool:
    def value(key: str) -> Any:
        found = given.get(key)
        return defaults.get(key) if found is None else found

    instance = instances.find(value("instance_type"))
    if instance is None:
        raise ValueError(f"{value('instance_type')} is no known instance type: ask `problems` first")
    minimum = value("min_size")
    desired = given.get("desired_size")
    return Pool(
        name=name,
        instance=instance,
        min_size=minimum,
        max_size=value("max_size"),
        desired_size=minimum if desired is None else desired,
        disk_gib=value("disk_gib"),
        capacity_type=CapacityType(given.get("capacity_type") or CapacityType.ON_DEMAND),
        own_labels=given.get("labels") or {},
    )


def system_pool(given: Mapping[str, Any]) -> Pool:
    """The system pool that the arguments describe, which have no problems."""
    return _pool(
        SYSTEM,
        given,
        instance_type=SYSTEM_INSTANCE_TYPE,
        min_size=SYSTEM_MIN_SIZE,
        max_size=SYSTEM_MAX_SIZE,
        disk_gib=SYSTEM_DISK_GIB,
    )


def accelerated_pools(given: Mapping[str, Mapping[str, Any]]) -> list[Pool]:
    """The accelerated pools that the arguments describe, which have no problems, in the order of their names."""
    return [_pool(name, pool, min_size=0, disk_gib=DISK_GIB) for name, pool in sorted(given.items())]


def system_problems(given: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with a system pool."""
    type_ = given.get("instance_type")
    found = instances.ec2_problems("instance_type", type_)
    instance = instances.find(type_) if isinstance(type_, str) and not found else None
    if instance and instance.accelerator_manufacturer:
        fix = "give the accelerator a pool of its own under pools"
        found.append(Problem("instance_type", type_, "an instance type without accelerator, such as m7i.large", fix))
    return found + _size_problems({"min_size": SYSTEM_MIN_SIZE, "max_size": SYSTEM_MAX_SIZE, **given}, lowest=1)


def problems(pools: Mapping[str, Mapping[str, Any]]) -> list[Problem]:
    """What is wrong with accelerated pools; the keys are the pools' names, then their fields: `gpu.max_size`."""
    found = [p for name, pool in pools.items() for p in [*_name_problems(name), *under(name, _pool_problems(pool))]]
    if len(pools) > MAX_POOLS:
        found.append(Problem("", len(pools), f"at most {MAX_POOLS} pools", "put pools of one instance type together"))
    return found


NAME = re.compile(r"[a-z]([a-z0-9-]{0,28}[a-z0-9])?")
"""Within a DNS label, short enough for the name of the node group (63 characters) with the component's before it."""


def _name_problems(name: str) -> list[Problem]:
    if name == SYSTEM:
        return [Problem(name, name, "any name but system, the pool that every cluster has", "name the pool for its use")]
    if not NAME.fullmatch(name):
        allowed = "a name of lower-case letters, digits and hyphens that begins with a letter, at most 30 characters"
        return [Problem(name, name, allowed, "rename the pool")]
    return []


def _pool_problems(given: Mapping[str, Any]) -> list[Problem]:
    return [
        *_accelerator_problems(given.get("instance_type")),
        *_size_problems({"min_size": 0, **given}, lowest=0),
        *one_of("capacity_type", given.get("capacity_type"), [kind.value for kind in CapacityType]),
        *whole_number("disk_gib", given.get("disk_gib"), MIN_DISK_GIB, MAX_DISK_GIB, "GiB"),
        *_label_problems(given.get("labels") or {}),
        *_subnet_problems(given.get("subnet_ids")),
    ]


def _subnet_problems(subnets: object) -> list[Problem]:
    if subnets != []:
        return []
    return [Problem("subnet_ids", [], "at least one subnet", "leave it out for all of the cluster's subnets")]


def _accelerator_problems(type_: object) -> list[Problem]:
    found = instances.ec2_problems("instance_type", type_)
    instance = instances.find(type_) if isinstance(type_, str) and not found else None
    if instance is None:
        return found
    allowed = "an instance type with NVIDIA GPUs, such as g5.xlarge or p5.48xlarge"
    if instance.has_neuron:
        fix = (
            "use a GPU; pools of Trainium and Inferentia need the Neuron device plugin, which Groundplan does not install yet"
        )
        return [Problem("instance_type", type_, allowed, fix)]
    if not instance.has_gpu:
        return [Problem("instance_type", type_, allowed, f"{type_} has none: pools are for accelerated nodes")]
    if instance.accelerator_count < 1:
        return [Problem("instance_type", type_, allowed, f"{type_} has a fraction of a GPU: use one with a whole GPU")]
    return []


def _size_problems(given: Mapping[str, Any], lowest: int) -> list[Problem]:
    low, high, desired = given.get("min_size"), given.get("max_size"), given.get("desired_size")
    found = [
        *whole_number("min_size", low, lowest, MAX_NODES, "nodes"),
        *whole_number("max_size", high, 1, MAX_NODES, "nodes"),
        *whole_number("desired_size", desired, lowest, MAX_NODES, "nodes"),
    ]
    if found or not isinstance(low, int) or not isinstance(high, int):
        return found
    if low > high:
        return [Problem("min_size", low, f"at most max_size, which is {high}", "lower min_size or raise max_size")]
    if isinstance(desired, int) and not low <= desired <= high:
        return [
            Problem(
                "desired_size", desired, f"from min_size to max_size: {low} to {high}", "leave it out to start at min_size"
            )
        ]
    return []


LABEL_KEY = re.compile(r"([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
"""Kubernetes documentation, "Labels and Selectors", syntax and character set."""

RESERVED_LABEL = re.compile(
    r"(.*\.)?(kubernetes\.io|k8s\.io|k8s\.amazonaws\.com|eks\.amazonaws\.com)/.*|nvidia\.com/.*|groundplan/.*"
)
"""Prefixes that the kubelet refuses to set, or whose labels EKS, NVIDIA's software or the pool itself sets."""


def _label_problems(labels: Mapping[str, str]) -> list[Problem]:
    found = []
    for key, value in labels.items():
        if not LABEL_KEY.fullmatch(key):
            allowed = "a Kubernetes label key: up to 63 letters, digits, - _ . after an optional DNS prefix and a slash"
            found.append(Problem(f"labels.{key}", key, allowed, "rename the label"))
        elif RESERVED_LABEL.fullmatch(key):
            allowed = (
                "a label with a prefix of your own: kubernetes.io, k8s.io, eks.amazonaws.com, nvidia.com, groundplan are taken"
            )
            found.append(Problem(f"labels.{key}", key, allowed, f"use {shown('example.com/' + key.rsplit('/', 1)[-1])}"))
        if not LABEL_VALUE.fullmatch(value):
            found.append(Problem(f"labels.{key}", value, "up to 63 letters, digits, - _ ., or nothing", "change the value"))
    return found
