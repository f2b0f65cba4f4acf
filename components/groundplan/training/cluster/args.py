"""The arguments of a `TrainingCluster`."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults, renamed
from groundplan.storage.access import ArtifactAccessArgs
from groundplan.training.choices import VolumeDriverValue
from groundplan.training.frameworks_args import FrameworksArgs
from groundplan.training.nodes.pool_args import AcceleratedPoolArgs, SystemPoolArgs
from groundplan.training.queues.remote_args import RemoteQueueArgs
from groundplan.training.queues.schedule_args import ScheduleArgs
from groundplan.training.teams.connection_args import ConnectionArgs
from groundplan.training.teams.data_args import DatasetAccessArgs, ModelAccessArgs
from groundplan.training.teams.team_args import TeamArgs


class TrainingClusterArgs(TypedDict):
    """The arguments of a `TrainingCluster`."""

    private_subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Subnets for nodes and for the control plane's network interfaces, in at least two
    zones. Updates in place; other subnets replace the node groups."""
    zones: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Names of the availability zones of `private_subnet_ids`, in their order, for
    pools that name their `zone`. Default: none."""
    subnet_cidr_blocks: NotRequired[Sequence[str]]
    """IPv4 networks of `private_subnet_ids`, in their order, to refuse pools whose
    nodes need more addresses than these have. Default: none, not checked."""
    administrators: Sequence[pulumi.Input[str]]
    """ARNs of the IAM roles and users that administer the cluster, at least one. The
    principal that runs `pulumi up` must be one of them: EKS admits the cluster's
    creator only by a flag that cannot be changed without a new cluster. Updates in
    place."""
    cluster_name: NotRequired[str]
    """The cluster's name in AWS. Default: `<project>-<stack>-<name>`. Changing it
    replaces the cluster."""
    kubernetes_version: NotRequired[str]
    """Kubernetes minor version, one of `versions.KUBERNETES`. Default: the newest of
    these. Raise it by one at a time: control plane, add-ons and nodes are updated in
    place, nodes one by one; EKS does not downgrade."""
    public_access_cidrs: NotRequired[Sequence[str]]
    """Networks that may reach the API server over the internet, at most 40. Default:
    none; then Pulumi must run in one of `private_access_cidrs`. Updates in place."""
    private_access_cidrs: NotRequired[Sequence[str]]
    """Networks inside the VPC, or connected to it, that may reach the API server's
    private endpoint beside the nodes. Needs `vpc_id`. Default: none. Updates in
    place."""
    vpc_id: NotRequired[pulumi.Input[str]]
    """ID of the subnets' VPC, for `private_access_cidrs`. Default: none. Changing it
    replaces the security group; a cluster cannot move to another VPC."""
    system_pool: NotRequired[SystemPoolArgs]
    """The nodes that run the cluster's own software. Default: its own defaults. Updates
    in place."""
    pools: NotRequired[Mapping[str, AcceleratedPoolArgs]]
    """Pools of nodes for jobs, by name, up to 64. Default: none. AWS grants 30 managed
    node groups per cluster, the system pool's included, and more on request. Kueue
    tries pools in the order of their names, those without accelerators first. Another
    name replaces the pool."""
    teams: NotRequired[Mapping[str, TeamArgs]]
    """Teams by name, which is also the name of the namespace. Default: none; all jobs
    are in the namespace `training`. Another name replaces the team."""
    connections: NotRequired[ConnectionArgs]
    """Connections of the pods in the namespace `training`, where the jobs of no team
    run; each team has its own. Default: those of its own pods, DNS, HTTPS and AWS
    credentials. Updates in place."""
    artifacts: NotRequired[ArtifactAccessArgs]
    """The artifact bucket, `ArtifactBucket.access`: each team's jobs read and write
    `teams/<team>/` there, those of no team `training/`; `datasets` and `models` grant
    more. Default: none, no access. Updates in place."""
    datasets: NotRequired[Mapping[str, DatasetAccessArgs]]
    """Access to datasets of the artifact bucket, by their names. Default: none; jobs
    read no dataset. Updates in place."""
    models: NotRequired[Mapping[str, ModelAccessArgs]]
    """Access to models of the artifact bucket, by their names. Default: none; jobs
    write no model that endpoints serve from `models/`. Updates in place."""
    volume_drivers: NotRequired[Sequence[VolumeDriverValue]]
    """CSI drivers for what pods mount beside EBS volumes: `lustre` (file systems, see
    `TrainingCluster.mount`) and `s3` (each reader of a dataset has the claim
    `dataset-<name>`, read-only). Default: none. Updates in place."""
    frameworks: NotRequired[FrameworksArgs]
    """Frameworks for jobs over several pods. Default: none. Updates in place."""
    max_usd_per_hour: NotRequired[float]
    """Ceiling of the cost of all nodes with every pool at its maximum size, in US
    dollars per hour at on-demand prices of the cluster's region, above 0: validation
    refuses more, and pools without a known price. Default: none. Changing it does not
    change resources."""
    remote_queue: NotRequired[RemoteQueueArgs]
    """A queue, `remote`, whose jobs run in other clusters, by MultiKueue. Default:
    none. Updates in place."""
    schedule: NotRequired[ScheduleArgs]
    """When the queues are closed, so that idle nodes are removed. Default: none, always
    open. Updates in place."""
    log_retention_days: NotRequired[int]
    """Retention of the control plane's logs in days, one of the values of CloudWatch
    Logs. Default: 90. Updates in place."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of an existing KMS key for Kubernetes secrets and the logs. Its policy must
    allow CloudWatch Logs to use it. Default: none, a key is created. Changing it
    replaces the cluster."""
    deletion_protection: NotRequired[bool]
    """Whether AWS and Pulumi refuse to delete the cluster, and its logs and key are
    retained on delete. Default: true. Updates in place."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all AWS children, of instances, volumes and network interfaces too.
    Default: none. Updates in place; nodes one by one."""


TRAINING_CLUSTER_DEFAULTS = defaults(
    TrainingClusterArgs, log_retention_days=90, deletion_protection=True
)

TRAINING_CLUSTER_RENAMED = renamed(TrainingClusterArgs, night="schedule")
"""Former keys, and their names today."""
