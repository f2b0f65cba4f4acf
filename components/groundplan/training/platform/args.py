"""The arguments of a `TrainingPlatform`."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults, renamed, several_lines
from groundplan.kubernetes.open_cost.args import OpenCostArgs
from groundplan.kubernetes.taints import NodeTaintArgs
from groundplan.training.frameworks_args import FrameworksArgs
from groundplan.training.queues.schedule_args import ScheduleArgs
from groundplan.training.teams.connection_args import ConnectionArgs
from groundplan.training.teams.team_args import TeamArgs


class PlatformPoolArgs(TypedDict):
    """Nodes of one kind in an existing cluster. All changes update in place."""

    nodes: int
    """Maximum number of nodes with an autoscaler; the number of nodes without one."""
    cpu: int
    """Allocatable cores of one node."""
    memory_gib: int
    """Allocatable memory of one node in GiB."""
    node_labels: Mapping[str, str]
    """1 to 8 labels that all nodes of the pool have, and no others: jobs that are
    admitted to the pool are scheduled on nodes with them."""
    accelerator: NotRequired[str]
    """Extended resource of the accelerators, from a device plugin: nvidia.com/gpu,
    amd.com/gpu. Default: none."""
    accelerators: NotRequired[int]
    """Accelerators of one node. Default: 0."""
    efa: NotRequired[int]
    """EFA interfaces of one node (`vpc.amazonaws.com/efa`). Default: 0."""
    taints: NotRequired[Sequence[NodeTaintArgs]]
    """Taints of the nodes that jobs of the pool tolerate, at most 8. Default: none."""
    usd_per_hour: NotRequired[float]
    """Price of one node in US dollars per hour, above 0. Default: none, unknown."""


PLATFORM_POOL_DEFAULTS = defaults(PlatformPoolArgs, accelerators=0, efa=0)


class TrainingPlatformArgs(TypedDict):
    """The arguments of a `TrainingPlatform`."""

    kubeconfig: NotRequired[pulumi.Input[str]]
    """The kubeconfig of the cluster: its contents, or the path of a file. Required
    without a Kubernetes provider in the options. Default: none. Another cluster
    replaces everything."""
    cluster_identifier: NotRequired[pulumi.Input[str]]
    """Identifies the cluster of `kubeconfig`: while it stays the same, another
    kubeconfig (a new endpoint, a new user) replaces nothing. Default: none, the
    kubeconfig identifies it. Changing it replaces everything."""
    pools: NotRequired[Mapping[str, PlatformPoolArgs]]
    """Pools of nodes for jobs, by name. Default: none, and no queue. Kueue tries them
    in the order of their names, those without accelerators first. Updates in place."""
    teams: NotRequired[Mapping[str, TeamArgs]]
    """Teams by name, which is also the name of the namespace. Default: none; all jobs
    are in the namespace `training`. Another name replaces the team."""
    connections: NotRequired[ConnectionArgs]
    """Connections of the pods in the namespace `training`, where the jobs of no team
    run; each team has its own. Default: those of its own pods, DNS, HTTPS and AWS
    credentials. Updates in place."""
    frameworks: NotRequired[FrameworksArgs]
    """Frameworks for jobs over several pods. Default: none. Updates in place."""
    open_cost: NotRequired[OpenCostArgs]
    """OpenCost, which measures what each namespace costs of the cluster. Default: none.
    Adding or removing it installs or uninstalls it."""
    max_usd_per_hour: NotRequired[float]
    """Ceiling of the cost of all pools with all of their nodes, in US dollars per hour,
    above 0: validation refuses more. Each pool needs its `usd_per_hour`. Default: none.
    Changing it does not change resources."""
    schedule: NotRequired[ScheduleArgs]
    """When the queues are closed, so that idle nodes are removed. Default: none, always
    open. Updates in place."""
    device_plugin: NotRequired[bool]
    """Whether to install NVIDIA's device plugin. Not where the nodes' image or NVIDIA's
    GPU operator brings it. It runs on nodes with the label
    `nvidia.com/gpu.present=true`, and tolerates the taint `nvidia.com/gpu`. Default:
    false. Updates in place."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete the teams' namespaces, and with them their
    volumes. Default: true. Updates in place."""


TRAINING_PLATFORM_DEFAULTS = defaults(
    TrainingPlatformArgs, device_plugin=False, deletion_protection=True
)

several_lines(TrainingPlatformArgs, "kubeconfig")

TRAINING_PLATFORM_RENAMED = renamed(TrainingPlatformArgs, night="schedule")
"""Former keys, and their names today."""
