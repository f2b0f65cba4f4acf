"""The arguments of a `TrainingPlatform`, which describe the nodes of the cluster that
is handed in, and their rules."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.kubernetes.taints import NodeTaintArgs
from groundplan.training.frameworks import FrameworksArgs
from groundplan.training.queues.night import NightArgs
from groundplan.training.teams.team_args import TeamArgs


class PlatformPoolArgs(TypedDict):
    """Nodes of one kind in a cluster that is handed in. Changing anything updates in
    place."""

    nodes: int
    """The most nodes that there can be, with an autoscaler; without one, those that
    there are."""
    cpu: int
    """Cores of one node that jobs can have."""
    memory_gib: int
    """Memory of one node that jobs can have, in GiB."""
    node_labels: Mapping[str, str]
    """1 to 8 labels that the pool's nodes carry, and no others do: jobs that the pool
    has room for go to nodes with them."""
    accelerator: NotRequired[str]
    """The resource that a device plugin counts the accelerators as: nvidia.com/gpu,
    amd.com/gpu. Default: none."""
    accelerators: NotRequired[int]
    """Accelerators of one node. Default: 0."""
    efa: NotRequired[int]
    """EFA interfaces of one node (`vpc.amazonaws.com/efa`). Default: 0."""
    taints: NotRequired[Sequence[NodeTaintArgs]]
    """Taints of the nodes that jobs of the pool tolerate, at most 8. Default: none."""
    usd_per_hour: NotRequired[float]
    """Price of one node, in US dollars. Default: not known."""


class TrainingPlatformArgs(TypedDict):
    """What a `TrainingPlatform` can be told."""

    kubeconfig: NotRequired[pulumi.Input[str]]
    """The kubeconfig of the cluster: its contents, or the path of a file. Or hand in a
    Kubernetes provider in the options. Another cluster replaces everything."""
    cluster_identifier: NotRequired[pulumi.Input[str]]
    """A name of the cluster, beside `kubeconfig`: as long as it is the same, another
    kubeconfig (a new endpoint, a new user) replaces nothing. Default: whatever the
    kubeconfig says."""
    pools: NotRequired[Mapping[str, PlatformPoolArgs]]
    """Nodes that jobs are queued for, by name. Default: none, and no queue. Kueue tries
    them in the order of their names, those without accelerators first."""
    teams: NotRequired[Mapping[str, TeamArgs]]
    """Teams by name, which is also that of the namespace. Default: none; all jobs are
    in the namespace `training`."""
    frameworks: NotRequired[FrameworksArgs]
    """What jobs of several pods are written for. Default: none but Kubernetes' own Job."""
    max_usd_per_hour: NotRequired[float]
    """The most that all pools may cost in an hour at their largest, in US dollars; more
    is refused. Each pool needs its `usd_per_hour`. Default: no ceiling."""
    night: NotRequired[NightArgs]
    """When the queues are closed, so that idle nodes go. Default: never."""
    device_plugin: NotRequired[bool]
    """Whether to install NVIDIA's device plugin. Not where the nodes' image or NVIDIA's
    GPU operator brings it. It runs on nodes with the label
    `nvidia.com/gpu.present=true`, and tolerates the taint `nvidia.com/gpu`. Default:
    false."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete the teams' namespaces, and with them their
    volumes. Default: true."""
