"""The arguments of a training cluster's node pools."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.training.choices import CapacityType, ImageFamily, Provisioner


class SystemPoolArgs(TypedDict):
    """The nodes that carry the cluster's own software."""

    instance_type: NotRequired[str]
    """EC2 instance type, without accelerator. Default: m7i.large. Changing it replaces
    the node group, new nodes first."""
    min_size: NotRequired[int]
    """Fewest nodes. Default: 2. Updates in place."""
    max_size: NotRequired[int]
    """Most nodes. Default: 4. Updates in place."""


class CapacityWindowArgs(TypedDict):
    """When a Capacity Block can be used."""

    start: str
    """When it begins, in UTC: 2026-12-01T11:30:00Z. Changing it replaces the schedule
    that starts the nodes."""
    end: str
    """When it ends, in UTC, at most 182 days later. EKS empties the nodes 40 minutes
    before."""


class AcceleratedPoolArgs(TypedDict):
    """A pool of nodes of one instance type: NVIDIA GPUs, Trainium, Inferentia, or CPUs
    only.

    Only pods that tolerate the pool's taint run there: `nvidia.com/gpu=present`,
    `aws.amazon.com/neuron=present`, or, without accelerator, `groundplan/pool=<name>`.
    After the autoscaler has changed the number of nodes, change sizes with `pulumi up
    --refresh`: an update of the sizes sends EKS the desired size that Pulumi last saw.
    """

    instance_type: str
    """EC2 instance type: g5.xlarge, p5.48xlarge, trn1.32xlarge, c7i.8xlarge. Changing
    it replaces the node group, new nodes first; that of a Capacity Block updates its
    nodes, which have to be down to zero then."""
    max_size: int
    """Most nodes: the pool's spending ceiling, and what jobs can be admitted to. Up to
    450; 64 of a Capacity Block, 5000 by Karpenter. Updates in place."""
    min_size: NotRequired[int]
    """Fewest nodes. Default: 0, so that an idle pool costs nothing. Not for Karpenter
    or a Capacity Block. Updates in place."""
    desired_size: NotRequired[int]
    """Nodes to start with. Default: `min_size`. Not for Karpenter or a Capacity Block.
    Changing it does nothing: the autoscaler decides."""
    provisioner: NotRequired[Provisioner]
    """What starts the nodes: `managed`, an EKS managed node group and the cluster
    autoscaler, or `karpenter`. Default: managed. Changing it makes the pool anew."""
    capacity_type: NotRequired[CapacityType]
    """`on-demand`; `spot`, cheaper, and taken back with two minutes' notice;
    `reservation`, an on-demand capacity reservation; `capacity-block`, an EC2 Capacity
    Block for ML. Default: on-demand. Changing it replaces the node group."""
    reservation_id: NotRequired[pulumi.Input[str]]
    """ID of the reservation or the Capacity Block, cr-..., for which the pool's
    instances are meant and beyond which none starts. Required for the two, refused for
    other capacity. Replaces the nodes one by one, the old one first."""
    window: NotRequired[CapacityWindowArgs]
    """When the Capacity Block can be used: all nodes start at its beginning. Required
    for a Capacity Block, refused for other capacity."""
    image: NotRequired[ImageFamily]
    """Operating system of the nodes, with the drivers that the instance type needs:
    `al2023` or `bottlerocket`. Default: al2023. Changing it replaces the node group."""
    efa: NotRequired[bool]
    """Whether the nodes have an EFA interface on each network card, for jobs over
    several nodes. Needs one zone. Default: false. Changing it replaces the nodes one by
    one."""
    placement_group: NotRequired[bool]
    """Whether the nodes stand close to each other, in a cluster placement group of
    their own: less latency, and fewer places where EC2 finds room for them. Needs one
    zone; not for reserved capacity. Default: false. Replaces the nodes one by one."""
    placement_group_name: NotRequired[pulumi.Input[str]]
    """Name of a cluster placement group that is there already, in place of one's own:
    the one that a reservation was made in. Replaces the nodes one by one."""
    zone: NotRequired[str]
    """Name of the one availability zone of the pool, us-east-1a: to hold all nodes of a
    job together, or to go where a reservation is. Needs the cluster's `zones`. Default:
    all of the cluster's. Changing it replaces the node group."""
    subnet_ids: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Subnets of the pool, in place of `zone`. Default: all of the cluster's. Changing
    it replaces the node group."""
    disk_gib: NotRequired[int]
    """Size of each node's encrypted disk in GiB, 50 to 16384. Default: 200. Changing it
    replaces the nodes one by one."""
    local_storage: NotRequired[bool]
    """Whether the instances' own NVMe disks become one volume (RAID 0) for images and
    for pods' scratch space. What is on them is gone with the node. Default: true where
    the instance type has any, and `snapshot_id` isn't given. Replaces the nodes one by
    one."""
    snapshot_id: NotRequired[pulumi.Input[str]]
    """EBS snapshot, snap-..., of a Bottlerocket data volume with container images:
    nodes then start with them. Default: none. Replaces the nodes one by one."""
    prefetch: NotRequired[Sequence[str]]
    """Large images that each new node pulls before a job asks for them, with registry
    and tag or digest; at most 16. Default: none. Updates in place."""
    usd_per_hour: NotRequired[float]
    """What an hour of a node costs, in US dollars, for the ceilings of the cluster and
    its teams. Default: the on-demand price in us-east-1, where it is known. Changing it
    changes no node."""
    labels: NotRequired[Mapping[str, str]]
    """Kubernetes labels of the nodes beside the standard ones. Updates in place."""
