"""The resolved arguments of a `TrainingCluster`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.storage.access import ArtifactAccessArgs
from groundplan.training import frameworks_args, versions
from groundplan.training.choices import Provisioner, VolumeDriver
from groundplan.training.cluster.args import TrainingClusterArgs
from groundplan.training.frameworks_args import FrameworksSpec
from groundplan.training.namespace_folders import TEAMLESS
from groundplan.training.nodes.pool import Pool
from groundplan.training.queues import remote_args, schedule_args
from groundplan.training.queues.remote_args import RemoteQueueSpec
from groundplan.training.queues.schedule_args import ScheduleSpec
from groundplan.training.teams import data_grants, team_spec
from groundplan.training.teams.data_grants import DataGrants
from groundplan.training.teams.team_spec import Connections, TeamSpec


@dataclass(frozen=True)
class ClusterSpec:
    """A training cluster with every default filled in."""

    cluster_name: str
    kubernetes_version: str
    private_subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    zones: pulumi.Input[Sequence[pulumi.Input[str]]] | None
    administrators: Sequence[pulumi.Input[str]]
    public_access_cidrs: Sequence[str]
    private_access_cidrs: Sequence[str]
    vpc_id: Any
    """A string, or an `Output` of one; or None."""
    system_pool: Pool
    pools: Sequence[Pool]
    """In the order of their names."""
    teams: Mapping[str, TeamSpec]
    """By name, in the order of their names."""
    connections: Connections
    """Of the namespace `training`."""
    artifacts: ArtifactAccessArgs | None
    grants: Mapping[str, DataGrants]
    """The datasets and models of the jobs of each namespace."""
    volume_drivers: Sequence[VolumeDriver]
    frameworks: FrameworksSpec
    remote_queue: RemoteQueueSpec | None
    """None without a queue whose jobs run in other clusters."""
    schedule: ScheduleSpec | None
    """None if the queues are always open."""
    log_retention_days: int
    kms_key_arn: Any
    """A string, or an `Output` of one; None if the cluster creates its key."""
    deletion_protection: bool
    tags: Mapping[str, pulumi.Input[str]] | None

    def pools_of(self, provisioner: Provisioner) -> list[Pool]:
        """Returns the pools whose nodes a provisioner starts."""
        return [pool for pool in self.pools if pool.provisioner is provisioner]


def resolve(
    args: TrainingClusterArgs, context: Context, system_pool: Pool, pools: Sequence[Pool]
) -> ClusterSpec:
    """Returns the spec of valid arguments, whose pools are resolved already."""
    own = with_defaults(TrainingClusterArgs, args)
    schedule = args.get("schedule")
    return ClusterSpec(
        cluster_name=args.get("cluster_name", context.qualified_name),
        kubernetes_version=args.get("kubernetes_version", versions.NEWEST),
        private_subnet_ids=args["private_subnet_ids"],
        zones=args.get("zones"),
        administrators=args["administrators"],
        public_access_cidrs=args.get("public_access_cidrs", ()),
        private_access_cidrs=args.get("private_access_cidrs", ()),
        vpc_id=args.get("vpc_id"),
        system_pool=system_pool,
        pools=tuple(pools),
        teams=team_spec.resolve_all(args.get("teams", {})),
        connections=Connections(**args.get("connections", {})),
        artifacts=args.get("artifacts"),
        grants={
            namespace: data_grants.resolve(
                namespace, args.get("datasets", {}), args.get("models", {})
            )
            for namespace in [TEAMLESS, *sorted(args.get("teams", {}))]
        },
        volume_drivers=tuple(map(VolumeDriver, args.get("volume_drivers", ()))),
        frameworks=frameworks_args.resolve(args.get("frameworks", {})),
        remote_queue=remote_args.resolve(args["remote_queue"]) if "remote_queue" in args else None,
        schedule=None if schedule is None else schedule_args.resolve(schedule),
        log_retention_days=own["log_retention_days"],
        kms_key_arn=args.get("kms_key_arn"),
        deletion_protection=own["deletion_protection"],
        tags=args.get("tags"),
    )
