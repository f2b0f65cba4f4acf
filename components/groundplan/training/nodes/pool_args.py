"""The arguments of a training cluster's node pools."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults
from groundplan.training.choices import (
    CapacityType,
    CapacityTypeValue,
    ImageFamily,
    ImageFamilyValue,
    Provisioner,
    ProvisionerValue,
    TaintEffect,
    TaintEffectValue,
)


class SystemPoolArgs(TypedDict):
    """The nodes that run the cluster's own software."""

    instance_type: NotRequired[str]
    """EC2 instance type, without accelerator. Default: m7i.large. Changing it replaces
    the node group; the new nodes start first."""
    min_size: NotRequired[int]
    """Minimum number of nodes, 1 or more. Default: 2. Updates in place."""
    max_size: NotRequired[int]
    """Maximum number of nodes, up to 450. Default: 4. Updates in place."""
    release_version: NotRequired[str]
    """Release of EKS' image that the nodes start from: 1.36.1-20260903 of AL2023.
    `groundplan lock` fills it. Default: the newest, when the node group is created or
    its Kubernetes version changes. Updates in place: EKS replaces the nodes one by
    one."""
    usd_per_hour: NotRequired[float]
    """Price of one node in US dollars per hour, above 0, for the cluster's ceiling.
    Default: the on-demand price in the cluster's region, if it is known. Changing it
    does not change nodes."""


SYSTEM_POOL_DEFAULTS = defaults(
    SystemPoolArgs,
    # x86_64: monitoring and tracking servers that users add to the system pool often
    # have no arm64 image.
    instance_type="m7i.large",
    min_size=2,
    max_size=4,
)


class CapacityWindowArgs(TypedDict):
    """When a Capacity Block can be used."""

    start: str
    """Start in UTC: 2026-12-01T11:30:00Z. Changing it replaces the scheduled action
    that starts the nodes."""
    end: str
    """End in UTC, at most 182 days after the start. EKS drains the nodes 40 minutes
    before. Updates in place."""


class PoolTaintArgs(TypedDict):
    """A taint of a pool's nodes, which the jobs of the pool tolerate."""

    key: str
    """Key of the taint: example.com/team."""
    value: str
    """Value of the taint, not empty: the cluster autoscaler ignores taints without a
    value."""
    effect: NotRequired[TaintEffectValue]
    """`NoSchedule`, `PreferNoSchedule` or `NoExecute`. Default: NoSchedule."""


POOL_TAINT_DEFAULTS = defaults(PoolTaintArgs, effect=TaintEffect.NO_SCHEDULE)


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
    """Maximum number of nodes: it bounds the pool's cost, and the quota for jobs. Up to
    450; 64 for a Capacity Block, 5000 with Karpenter or Auto Mode. Updates in place."""
    min_size: NotRequired[int]
    """Minimum number of nodes. With Karpenter or Auto Mode 0, or `max_size` for static
    capacity: a fixed number of nodes, which stay without jobs. Not for a Capacity Block
    of a managed node group. Default: 0. Updates in place; to and from static capacity,
    the pool's nodes are replaced, new ones first."""
    desired_size: NotRequired[int]
    """Initial number of nodes. Default: `min_size`. Not for Karpenter, Auto Mode or a
    Capacity Block. Changing it has no effect: the autoscaler sets the number."""
    provisioner: NotRequired[ProvisionerValue]
    """What provisions the nodes: `managed`, an EKS managed node group and the cluster
    autoscaler; `karpenter`; or `auto-mode`, EKS Auto Mode, which ends each node after
    20 days, and a day later the jobs on it. Default: managed. Changing it replaces the
    pool; the first pool of Auto Mode enables it for the cluster, in place."""
    capacity_type: NotRequired[CapacityTypeValue]
    """`on-demand`; `spot`, cheaper, and interrupted with two minutes' notice;
    `reservation`, an on-demand capacity reservation; `capacity-block`, an EC2 Capacity
    Block for ML. Default: on-demand. Changing it replaces the node group."""
    reservation_id: NotRequired[pulumi.Input[str]]
    """ID of the capacity reservation or the Capacity Block, cr-..., that the pool's
    instances target; none starts outside it. Required for the two, refused for other
    capacity types. Default: none. Replaces the nodes one by one, the old one first."""
    window: NotRequired[CapacityWindowArgs]
    """When the Capacity Block can be used: all nodes start at its start. Required for a
    Capacity Block, refused for other capacity types. Default: none. Another start
    replaces the scheduled action that starts the nodes."""
    image: NotRequired[ImageFamilyValue]
    """Operating system of the nodes, with the drivers that the instance type needs:
    `al2023` or `bottlerocket`. Default: al2023; for Auto Mode, which has no other,
    bottlerocket. Changing it replaces the node group."""
    release_version: NotRequired[str]
    """Release of EKS' image that the nodes start from: 1.36.1-20260903 of AL2023,
    1.65.0-d8aad6c5 of Bottlerocket; not with Karpenter or Auto Mode. `groundplan lock`
    fills it. Default: the newest, when the node group is created or its Kubernetes
    version changes. Updates in place: EKS replaces the nodes one by one."""
    efa: NotRequired[bool]
    """Whether the nodes have an EFA interface on each network card, for jobs over
    several nodes. Needs one zone. Default: false. Changing it replaces the nodes one by
    one."""
    placement_group: NotRequired[bool]
    """Whether the nodes start in a cluster placement group that is created for the
    pool: lower latency, but a higher chance of insufficient capacity. Needs one zone;
    not for reserved capacity. Default: false. Replaces the nodes one by one."""
    placement_group_name: NotRequired[pulumi.Input[str]]
    """Name of an existing cluster placement group, in place of `placement_group`: the
    one that a reservation was created in. Default: none. Replaces the nodes one by
    one."""
    zone: NotRequired[str]
    """Name of the one availability zone of the pool, us-east-1a: for jobs over several
    nodes, or for a reservation. Needs the cluster's `zones`. Default: all of the
    cluster's. Changing it replaces the node group."""
    subnet_ids: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Subnets of the pool, in place of `zone`. Default: all of the cluster's. Changing
    it replaces the node group."""
    topology: NotRequired[bool]
    """Whether Kueue places jobs by the nodes' position in AWS's network, which EKS
    labels: a job asks for it with `cluster.topology`. Jobs that do not ask for it get
    no node here, unless all pools have it. Needs an instance type that EC2 reports the
    topology of, and a fixed number of nodes. Default: false. Setting it updates in
    place; Kueue allows neither to unset it nor other taints then: rename the pool."""
    dra: NotRequired[bool]
    """Whether pods claim the GPUs by dynamic resource allocation: NVIDIA's DRA driver
    in place of its device plugin. A TrainingJob claims by `cluster.device_claim`; other
    jobs ask for `nvidia.com/gpu` as elsewhere. Needs Kubernetes 1.36, `al2023`, and a
    managed node group with a node at all times, or static capacity of Karpenter.
    Default: false. Change it while no job runs there."""
    disk_gib: NotRequired[int]
    """Size of each node's encrypted disk in GiB, 50 to 16384. Default: 200. Changing it
    replaces the nodes one by one."""
    local_storage: NotRequired[bool]
    """Whether the instance store (NVMe disks) becomes one volume (RAID 0) for images
    and for ephemeral storage of pods. Its data is lost with the node. Default: true if
    the instance type has an instance store and `snapshot_id` is not set. Replaces the
    nodes one by one."""
    snapshot_id: NotRequired[pulumi.Input[str]]
    """EBS snapshot, snap-..., of a Bottlerocket data volume with container images:
    nodes start with these images. Default: none. Replaces the nodes one by one."""
    prefetch: NotRequired[Sequence[str]]
    """Large images that each new node pulls before a job asks for them, with registry
    and tag or digest; at most 16. Default: none. Updates in place."""
    usd_per_hour: NotRequired[float]
    """Price of one node in US dollars per hour, above 0, for the ceilings of the
    cluster and its teams. Default: the on-demand price in the cluster's region, if it
    is known, and none for Auto Mode, whose fee is unknown; a ceiling needs a known
    price of every pool. Changing it does not change nodes."""
    labels: NotRequired[Mapping[str, str]]
    """Kubernetes labels of the nodes beside the standard ones. Default: none. Updates
    in place."""
    taints: NotRequired[Sequence[PoolTaintArgs]]
    """Kubernetes taints of the nodes beside the standard one, at most 7. Jobs of the
    pool tolerate them, by Kueue's ResourceFlavor. Default: none. Updates in place; with
    Karpenter, nodes that run keep theirs."""


POOL_DEFAULTS = defaults(
    AcceleratedPoolArgs,
    min_size=0,
    provisioner=Provisioner.MANAGED,
    capacity_type=CapacityType.ON_DEMAND,
    image=ImageFamily.AL2023,
    efa=False,
    placement_group=False,
    topology=False,
    dra=False,
    # Training images are 10 to 30 GB each, and a node stores several beside the files
    # of jobs.
    disk_gib=200,
)
