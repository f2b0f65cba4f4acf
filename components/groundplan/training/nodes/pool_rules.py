"""Validates the arguments of one pool: its instance type, capacity, network and disks,
and how they fit each other.

Enums are accepted by member and by value; missing and unknown values are not checked.
"""

import re
from collections.abc import Mapping
from typing import Any

from groundplan.arguments import known, with_defaults
from groundplan.facts import instances
from groundplan.facts.instances import Instance
from groundplan.kubernetes import node_labels
from groundplan.problems import MISSING, Problem, one_of, under, whole_number
from groundplan.training.choices import CapacityType, ImageFamily, Provisioner
from groundplan.training.nodes import (
    allocatable,
    auto_mode_rules,
    capacity_window,
    device_allocation,
    image_release,
    images,
    images_to_fetch,
    network_topology,
    sizes,
    taint_rules,
)
from groundplan.training.nodes.pool import standard_taint
from groundplan.training.nodes.pool_args import AcceleratedPoolArgs

MIN_DISK_GIB = 50
"""Below it the image of the operating system with NVIDIA's drivers leaves no room for
one training image."""

MAX_DISK_GIB = 16_384
"""EC2: the largest gp3 volume that every region has."""

RESERVATION = re.compile(r"cr-[0-9a-f]{8}([0-9a-f]{9})?")
SNAPSHOT = re.compile(r"snap-[0-9a-f]{8}([0-9a-f]{9})?")
"""EC2's resource IDs, the short old form and the long one (Amazon EC2 User Guide,
"Resource IDs")."""

ZONE = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+[a-z]")

NOT_IN_CLUSTER_PLACEMENT = re.compile(r"(t\d\w*|\w+-flex|mac\d\w*(-\w+)?)\..*")
"""Amazon EC2 User Guide, "Placement strategies": current generation instances, but
burstable, flex and Mac ones."""


INPUTS = ("reservation_id", "placement_group_name", "subnet_ids", "snapshot_id")
"""The keys whose values can be outputs of other resources."""


def problems(args: AcceleratedPoolArgs) -> list[Problem]:
    """Returns the problems of a pool."""
    type_ = args.get("instance_type")
    problems = instances.ec2_problems("instance_type", type_)
    instance = instances.find(type_) if isinstance(type_, str) and not problems else None
    standard = standard_taint("", instance) if instance else None
    return [
        *problems,
        *_output_problems(args),
        *(_instance_problems(instance, args) if instance else []),
        *one_of("provisioner", args.get("provisioner"), [choice.value for choice in Provisioner]),
        *sizes.problems(with_defaults(AcceleratedPoolArgs, args), lowest=0),
        *auto_mode_rules.problems(args),
        *_capacity_problems(args),
        *image_release.problems(args),
        *_place_problems(args),
        *_disk_problems(args),
        *node_labels.problems(args.get("labels") or {}),
        *taint_rules.problems(args.get("taints") or (), standard),
        *price_problems(args.get("usd_per_hour")),
        *images_to_fetch.problems("prefetch", args.get("prefetch") or []),
    ]


def _output_problems(args: Mapping[str, Any]) -> list[Problem]:
    """Returns the problems of values that decide which resources a pool has, and
    therefore cannot be outputs."""
    allowed = "a value that is known before deployment, no output"
    return [
        Problem(key, "an output", allowed, "set the value itself")
        for key, value in args.items()
        if key not in INPUTS and value is not None and not known(value)
    ]


def price_problems(price: object) -> list[Problem]:
    """Returns the problems of a price that the arguments set."""
    if not isinstance(price, int | float) or price > 0:
        return []
    return [
        Problem(
            "usd_per_hour",
            price,
            "a price above 0 (USD an hour)",
            "remove it to use the on-demand price",
        )
    ]


def _instance_problems(instance: Instance, args: Mapping[str, Any]) -> list[Problem]:
    """Returns the problems of features that the instance type does not have."""
    if instance.accelerator_manufacturer and instance.accelerator_count < 1:
        allowed = "an instance type with whole accelerators, or with CPUs only"
        fix = (
            f"{instance.name} has a fraction of a GPU: use one with a whole GPU, such as g6.xlarge"
        )
        return [Problem("instance_type", instance.name, allowed, fix)]
    problems = _image_problems(instance, auto_mode_rules.image(args))
    problems = problems or allocatable.problems("instance_type", instance)
    if args.get("efa") and not instance.efa_interfaces:
        allowed = f"false: {instance.name} has no EFA"
        problems.append(
            Problem(
                "efa",
                True,
                allowed,
                "leave it out, or use an instance type with EFA, such as p5.48xlarge",
            )
        )
    filled = with_defaults(AcceleratedPoolArgs, args)
    problems += network_topology.problems(instance, filled)
    problems += device_allocation.problems(instance, filled)
    if args.get("local_storage") and not instance.local_nvme_gb:
        allowed = f"false: {instance.name} has no NVMe disks of its own"
        problems.append(
            Problem(
                "local_storage",
                True,
                allowed,
                "leave it out: pods use the node's disk, of disk_gib",
            )
        )
    if (
        args.get("capacity_type") == CapacityType.CAPACITY_BLOCK
        and not instance.accelerator_manufacturer
    ):
        allowed = (
            "on-demand, spot or reservation: Capacity Blocks are of accelerated instances, "
            f"and {instance.name} is none"
        )
        problems.append(
            Problem(
                "capacity_type",
                args["capacity_type"],
                allowed,
                "use reservation to reserve CPU instances",
            )
        )
    if (
        args.get("placement_group") or args.get("placement_group_name")
    ) and NOT_IN_CLUSTER_PLACEMENT.fullmatch(instance.name):
        key = "placement_group" if args.get("placement_group") else "placement_group_name"
        allowed = (
            "nothing for burstable and flex instances: EC2 takes none of them into a cluster "
            "placement group"
        )
        problems.append(
            Problem(
                key,
                args[key],
                allowed,
                f"leave it out, or use another instance type than {instance.name}",
            )
        )
    return problems


def _image_problems(instance: Instance, args: object) -> list[Problem]:
    problems = one_of("image", args, [choice.value for choice in ImageFamily])
    if problems:
        return problems
    family = ImageFamily(args) if isinstance(args, str) else ImageFamily.AL2023
    why = images.reason(instance, family)
    if why is None:
        return []
    others = [choice.value for choice in ImageFamily if images.reason(instance, choice) is None]
    if not others:
        allowed = (
            "an instance type with NVIDIA GPUs, Trainium or Inferentia that EKS has an image "
            "for, or with CPUs only"
        )
        return [
            Problem(
                "instance_type",
                instance.name,
                allowed,
                f"{why}: use another instance type, such as g6.xlarge",
            )
        ]
    fix = f"use {others[0]} for {instance.name}, or another instance type"
    return [Problem("image", family.value, f"{', '.join(others)}: {why}", fix)]


def _capacity_problems(args: Mapping[str, Any]) -> list[Problem]:
    kind = args.get("capacity_type")
    problems = one_of("capacity_type", kind, [choice.value for choice in CapacityType])
    if problems:
        return problems
    kind = CapacityType(kind) if isinstance(kind, str) else CapacityType.ON_DEMAND
    reservation, window = args.get("reservation_id"), args.get("window")
    if kind in (CapacityType.RESERVATION, CapacityType.CAPACITY_BLOCK):
        if reservation is None:
            fix = "give the ID that `aws ec2 describe-capacity-reservations` shows"
            problems.append(
                Problem("reservation_id", MISSING, f"the ID of the {kind.value}, cr-...", fix)
            )
        elif isinstance(reservation, str) and not RESERVATION.fullmatch(reservation):
            allowed = "the ID of a capacity reservation: cr- and 17 hexadecimal digits"
            fix = (
                "copy it from `aws ec2 describe-capacity-reservations`; of a Capacity Block "
                "too, whose own ID begins with cb-"
            )
            problems.append(Problem("reservation_id", reservation, allowed, fix))
    elif reservation is not None:
        allowed = f"nothing: {kind.value} instances are not started in a reservation"
        problems.append(
            Problem(
                "reservation_id",
                reservation,
                allowed,
                "set capacity_type to reservation, or remove it",
            )
        )
    if kind is CapacityType.CAPACITY_BLOCK and window is None:
        allowed = "when the Capacity Block can be used, {start, end}"
        problems.append(
            Problem(
                "window",
                MISSING,
                allowed,
                "give its start and end as `aws ec2 describe-capacity-blocks` shows them",
            )
        )
    elif kind is not CapacityType.CAPACITY_BLOCK and window is not None:
        allowed = f"nothing: {kind.value} capacity has no window"
        problems.append(
            Problem("window", window, allowed, "set capacity_type to capacity-block, or remove it")
        )
    elif isinstance(window, Mapping):
        problems += under("window", capacity_window.problems(window))
    return problems


def _place_problems(args: Mapping[str, Any]) -> list[Problem]:
    """Returns the problems of the zone, the subnets and the placement group."""
    zone, subnets = args.get("zone"), args.get("subnet_ids")
    problems = _placement_group_problems(args)
    if isinstance(subnets, list | tuple) and not subnets:
        problems.append(
            Problem(
                "subnet_ids",
                [],
                "at least one subnet",
                "leave it out for all of the cluster's subnets",
            )
        )
    if isinstance(zone, str) and not ZONE.fullmatch(zone):
        fix = "give the zone's name, not its ID or that of a Local Zone"
        problems.append(
            Problem("zone", zone, "the name of an availability zone, such as us-east-1a", fix)
        )
    if zone is not None and subnets is not None:
        problems.append(
            Problem(
                "zone",
                zone,
                "nothing beside subnet_ids, which say where the nodes are",
                "remove one of the two",
            )
        )
    why = _one_zone(args)
    if why and zone is None and subnets is None:
        fix = (
            "name a zone that has the instance type (`aws ec2 "
            "describe-instance-type-offerings`), or give one of subnet_ids"
        )
        problems.append(Problem("zone", MISSING, f"one zone: {why}", fix))
    elif why and isinstance(subnets, list | tuple) and len(subnets) > 1:
        problems.append(
            Problem("subnet_ids", subnets, f"one subnet, in one zone: {why}", "leave one of them")
        )
    return problems


def _one_zone(args: Mapping[str, Any]) -> str | None:
    """Returns why the nodes must be in one zone; None if they need not."""
    if args.get("efa"):
        return "EFA reaches no other zone"
    if args.get("placement_group") or args.get("placement_group_name"):
        return "a cluster placement group is in one"
    if args.get("capacity_type") in (CapacityType.RESERVATION, CapacityType.CAPACITY_BLOCK):
        return "reserved capacity is in one"
    return None


def _placement_group_problems(args: Mapping[str, Any]) -> list[Problem]:
    own, name, kind = (
        args.get("placement_group"),
        args.get("placement_group_name"),
        args.get("capacity_type"),
    )
    if own and name is not None:
        allowed = "false beside placement_group_name: instances are in one group"
        return [Problem("placement_group", True, allowed, "remove one of the two")]
    if kind == CapacityType.CAPACITY_BLOCK and (own or name is not None):
        # Amazon EC2 User Guide, "Work with Capacity Blocks"; terraform-aws-eks pull
        # request 3730, eksctl issue 7949.
        key = "placement_group" if own else "placement_group_name"
        allowed = (
            "nothing for a Capacity Block: its instances are close to each other as it is, "
            "and EC2 finds none in a group"
        )
        return [Problem(key, args[key], allowed, f"remove {key}")]
    if kind == CapacityType.RESERVATION and own:
        # Amazon EC2 User Guide, "Use Capacity Reservations with cluster placement
        # groups", limitations.
        allowed = (
            "false for a reservation: it has no capacity in a group that it was not created in"
        )
        fix = (
            "remove it, or set placement_group_name to the group that the reservation was "
            "created in"
        )
        return [Problem("placement_group", True, allowed, fix)]
    return []


def _disk_problems(args: Mapping[str, Any]) -> list[Problem]:
    snapshot = args.get("snapshot_id")
    problems = whole_number("disk_gib", args.get("disk_gib"), MIN_DISK_GIB, MAX_DISK_GIB, "GiB")
    if snapshot is None:
        return problems
    if args.get("image") != ImageFamily.BOTTLEROCKET:
        allowed = "nothing but for Bottlerocket, which keeps images on a disk of their own"
        problems.append(
            Problem("snapshot_id", snapshot, allowed, "set image to bottlerocket, or remove it")
        )
    elif isinstance(snapshot, str) and not SNAPSHOT.fullmatch(snapshot):
        allowed = "the ID of an EBS snapshot: snap- and 17 hexadecimal digits"
        problems.append(
            Problem(
                "snapshot_id",
                snapshot,
                allowed,
                "copy it from `aws ec2 describe-snapshots --owner-ids self`",
            )
        )
    if args.get("local_storage"):
        allowed = (
            "false beside snapshot_id: images on the NVMe disks would hide those of the snapshot"
        )
        problems.append(Problem("local_storage", True, allowed, "remove one of the two"))
    return problems
