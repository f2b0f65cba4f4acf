"""The arguments of a `TrainingCluster`, and the rules that they have to keep."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.storage.access import ArtifactAccessArgs
from groundplan.training.choices import VolumeDriver
from groundplan.training.frameworks import FrameworksArgs
from groundplan.training.nodes.pool_args import AcceleratedPoolArgs, SystemPoolArgs
from groundplan.training.queues.night import NightArgs
from groundplan.training.teams.team_args import TeamArgs


class TrainingClusterArgs(TypedDict):
    """What a `TrainingCluster` can be told."""

    private_subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Subnets for nodes and for the control plane's network interfaces, in at least two
    zones. Updates in place; other subnets replace the node groups."""
    zones: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Names of the availability zones of `private_subnet_ids`, in their order, for
    pools that name their `zone`. Default: none."""
    subnet_cidr_blocks: NotRequired[Sequence[str]]
    """Networks of `private_subnet_ids`, in their order: pools that have more nodes than
    these have addresses for are refused. Default: none, and nothing is checked."""
    administrators: Sequence[pulumi.Input[str]]
    """ARNs of the IAM roles and users that administer the cluster. The one that runs
    `pulumi up` has to be among them: EKS would admit the cluster's creator only by a
    flag that can't be changed later without a new cluster. Updates in place."""
    cluster_name: NotRequired[str]
    """The cluster's name in AWS. Default: `<project>-<stack>-<name>`. Changing it
    replaces the cluster."""
    kubernetes_version: NotRequired[str]
    """Kubernetes minor version, one of `versions.KUBERNETES`. Default: the newest
    there. Raise it by one at a time: control plane, add-ons and nodes are updated in
    place, nodes one by one; EKS never goes back."""
    public_access_cidrs: NotRequired[Sequence[str]]
    """Networks that may reach the API server over the internet, at most 40. Default:
    none; then Pulumi has to run in one of `private_access_cidrs`. Updates in place."""
    private_access_cidrs: NotRequired[Sequence[str]]
    """Networks inside the VPC, or connected to it, that may reach the API server's
    private endpoint beside the nodes. Needs `vpc_id`. Default: none. Updates in
    place."""
    vpc_id: NotRequired[pulumi.Input[str]]
    """ID of the subnets' VPC, for `private_access_cidrs`. A cluster can't move to
    another one."""
    system_pool: NotRequired[SystemPoolArgs]
    """The nodes that carry the cluster's own software. Default: two to four m7i.large."""
    pools: NotRequired[Mapping[str, AcceleratedPoolArgs]]
    """Pools of nodes for jobs, by name, up to 64. Default: none. AWS grants 30 managed
    node groups per cluster, the system pool's among them, and more on request. Jobs go
    to the first pool, in the order of their names, that has room for them, those
    without accelerators first."""
    teams: NotRequired[Mapping[str, TeamArgs]]
    """Teams by name, which is also that of the namespace. Default: none; all jobs are
    in the namespace `training`."""
    artifacts: NotRequired[ArtifactAccessArgs]
    """The artifact bucket, `ArtifactBucket.access`: each team's jobs read and write
    `teams/<team>/` there, those of no team `models/` and `checkpoints/`; all read
    `datasets/`. Default: no access."""
    volume_drivers: NotRequired[Sequence[VolumeDriver]]
    """What pods can mount beside EBS volumes: `lustre` (file systems, see
    `TrainingCluster.mount`) and `s3` (with `artifacts`, each team has the claim
    `datasets`, read-only). Default: none. Updates in place."""
    frameworks: NotRequired[FrameworksArgs]
    """What jobs of several pods are written for. Default: none but Kubernetes' own Job."""
    max_usd_per_hour: NotRequired[float]
    """The most that all nodes may cost in an hour with every pool at its largest, in US
    dollars at on-demand prices; more is refused. Default: no ceiling."""
    night: NotRequired[NightArgs]
    """When the queues are closed, so that idle nodes go. Default: never."""
    log_retention_days: NotRequired[int]
    """Days that the control plane's logs are kept, one of the values that CloudWatch
    Logs has. Default: 90. In place."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """A KMS key for Kubernetes secrets and the logs, in place of an own one. CloudWatch
    Logs has to be allowed to use it. Changing it replaces the cluster."""
    deletion_protection: NotRequired[bool]
    """Whether AWS and Pulumi refuse to delete the cluster, and its logs and key stay in
    AWS when the stack lets go of them. Default: true. Updates in place."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all AWS children, of instances, volumes and network interfaces too.
    Updates in place; nodes one by one."""
