"""The settings of the training cluster: its pools, its teams, its storage."""

from typing import Annotated, Any

from groundplan.facts import instances
from groundplan.training.choices import (
    CapacityType,
    ImageFamily,
    Provisioner,
    RunningJobs,
    VolumeDriver,
)
from groundplan.training.lustre.choices import FileEvent
from groundplan.training.teams.team_args import PodSecurity
from pydantic import Field
from section import NotNegative, Positive, Section

Price = Annotated[float, Field(gt=0)]


class SystemPool(Section):
    """The nodes that carry the cluster's own software."""

    instance_type: str | None = None
    """EC2 instance type."""
    min_size: Positive | None = None
    """Fewest nodes. Default: 2."""
    max_size: Positive | None = None
    """Most nodes. Default: 4."""


class CapacityWindow(Section):
    """When a Capacity Block can be used."""

    start: str
    """When it begins, in UTC: "2026-12-01T11:30:00Z"."""
    end: str
    """When it ends, in UTC."""


class Pool(Section):
    """A pool of nodes for jobs, all of one instance type."""

    instance_type: str
    """EC2 instance type: g5.xlarge, p5.48xlarge, trn1.32xlarge, c7i.8xlarge."""
    max_size: Positive
    """Most nodes: the pool's spending ceiling."""
    min_size: NotNegative | None = None
    """Fewest nodes. Default: 0, so that an idle pool costs nothing."""
    desired_size: NotNegative | None = None
    """Nodes to start with. Default: minSize."""
    provisioner: Provisioner | None = None
    """managed (an EKS node group) or karpenter. Default: managed."""
    capacity_type: CapacityType | None = None
    """on-demand, spot, reservation or capacity-block. Default: on-demand."""
    reservation_id: str | None = None
    """The capacity reservation or Capacity Block that the nodes run in: cr-..."""
    window: CapacityWindow | None = None
    """When the Capacity Block can be used."""
    image: ImageFamily | None = None
    """Operating system of the nodes: al2023 or bottlerocket. Default: al2023."""
    efa: bool | None = None
    """Whether the nodes have EFA interfaces, for jobs over several nodes. Needs one
    zone. Default: false."""
    placement_group: bool | None = None
    """Whether the nodes stand close to each other. Needs one zone; not for reserved
    capacity. Default: false."""
    placement_group_name: str | None = None
    """A cluster placement group that is there already."""
    zone: str | None = None
    """The one availability zone of the pool: us-east-1a. Default: all of the cluster's."""
    subnet_ids: Annotated[list[str], Field(min_length=1)] | None = None
    """Subnets of the pool, in place of zone, in a network that was there already."""
    disk_gib: Positive | None = None
    """Size of each node's encrypted disk in GiB. Default: 200."""
    local_storage: bool | None = None
    """Whether the instances' own NVMe disks become one volume. Default: true where
    there are any."""
    snapshot_id: str | None = None
    """EBS snapshot of a Bottlerocket data volume with container images: nodes start
    with them."""
    prefetch: list[str] | None = None
    """Large images that each new node pulls before a job asks for them."""
    usd_per_hour: Price | None = None
    """What an hour of a node costs in USD, for the ceilings. Default: the on-demand
    price in us-east-1."""
    labels: dict[str, str] | None = None
    """Kubernetes labels beside the standard ones."""


class Team(Section):
    """A team: a namespace of its name with a queue, a share of the pools, and bounds."""

    guaranteed: dict[str, NotNegative] | None = None
    """Pool -> accelerators (nodes, in a pool without any) that the team gets whenever
    it asks. Default: none."""
    borrowing: bool | None = None
    """Whether the team's jobs may also run on what is idle. Default: true."""
    borrowing_limits: dict[str, NotNegative] | None = None
    """Pool -> the most that the team borrows of it. Default: all that is idle."""
    lending_limits: dict[str, NotNegative] | None = None
    """Pool -> the most of its guarantee that the team lends. Default: all of it."""
    max_usd_per_hour: Price | None = None
    """The most that what the team holds may cost in an hour, in USD. Default: no
    ceiling but the pools'."""
    weight: Positive | None = None
    """How much of what is idle the team gets when several want it. Default: 1."""
    members: list[str] | None = None
    """Kubernetes groups whose members run jobs in the namespace. Default: none."""
    pod_security: PodSecurity | None = None
    """What the namespace enforces: restricted, baseline or privileged. Default:
    baseline."""
    reached_from: list[str] | None = None
    """Namespaces whose pods may connect to the team's. Default: none."""
    reaches: list[str] | None = None
    """Namespaces whose pods the team's may connect to. Default: none."""
    networks: list[str] | None = None
    """Networks outside of the cluster that the team's pods may connect to. HTTPS they
    reach anywhere."""


class Frameworks(Section):
    """What jobs of several pods are written for."""

    ray: bool | None = None
    """KubeRay: RayJob, RayCluster, RayService. Default: false."""
    trainer: bool | None = None
    """Kubeflow Trainer: TrainJob. Brings JobSet. Default: false."""
    jobset: bool | None = None
    """JobSet. Default: as trainer."""


class Night(Section):
    """When the queues are closed, so that idle nodes go."""

    stop: str
    """When they close, every day: "19:00"."""
    start: str
    """When they open: "07:00"."""
    time_zone: str | None = None
    """IANA time zone of both. Default: UTC."""
    weekends: bool | None = None
    """Whether they open on Saturdays and Sundays. Default: false."""
    running_jobs: RunningJobs | None = None
    """finish, or stop: what happens to jobs that run when the queues close. Default:
    finish."""


class FileSystemLink(Section):
    """A directory of a file system that shows a folder of the artifact bucket."""

    prefix: str
    """The folder: datasets/."""
    path: str | None = None
    """The directory: /datasets. Default: the link's name."""
    imports: list[FileEvent] | None = None
    """What of the bucket appears by itself: new, changed, deleted. Default: all three."""
    exports: list[FileEvent] | None = None
    """What of the directory is written to the bucket by itself. Default: nothing."""


class FileSystem(Section):
    """A Lustre file system that all jobs mount, as the claim of its name."""

    zone: str | None = None
    """Its availability zone: that of the pools that read most. Default: the first of
    the network's."""
    capacity_gib: Positive | None = None
    """1200, or a multiple of 2400 GiB. Default: 1200."""
    throughput_per_tib: Positive | None = None
    """MB/s for each TiB: 125, 250, 500 or 1000. Default: 125."""
    metadata_iops: Positive | None = None
    """Metadata operations a second. Default: what FSx gives with the capacity."""
    links: dict[str, FileSystemLink] | None = None
    """Directories that show a folder of the artifact bucket, by name. Default: none."""
    backup_retention_days: NotNegative | None = None
    """Days that a daily backup is kept. Default: 7, and 0 with links."""


class TrainingSettings(Section):
    """The training cluster."""

    administrators: Annotated[list[str], Field(min_length=1)]
    """ARNs of the IAM roles that administer the cluster. The role that runs `pulumi up`
    must be one of them."""
    kubernetes_version: str | None = None
    """Kubernetes minor version. Default: the newest that Groundplan pins add-ons for."""
    public_access_cidrs: list[str] | None = None
    """Networks from which the API server can be reached over the internet. Default:
    none, private only."""
    private_access_cidrs: list[str] | None = None
    """Private networks, a VPN's or a peered VPC's, from which the API server can be
    reached. Default: none, the nodes only. Whatever runs `pulumi up` must reach the API
    server by one of the two."""
    system_pool: SystemPool | None = None
    """The nodes that carry the cluster's own software."""
    pools: dict[str, Pool] = Field(default_factory=dict)
    """Pools of nodes for jobs, by name."""
    teams: dict[str, Team] | None = None
    """Teams by name, which is also that of the namespace. Default: none; all jobs are
    in the namespace training."""
    frameworks: Frameworks | None = None
    """What jobs of several pods are written for. Default: Kubernetes' own Job."""
    max_usd_per_hour: Price | None = None
    """The most that all nodes may cost in an hour with every pool at its largest, in
    USD; more is refused. Default: none."""
    night: Night | None = None
    """When the queues are closed, so that idle nodes go. Default: never."""
    volume_drivers: list[VolumeDriver] | None = None
    """What pods can mount beside EBS volumes: lustre, s3. Default: lustre where there
    are fileSystems."""
    file_systems: dict[str, FileSystem] = Field(default_factory=dict)
    """Lustre file systems, by name. Default: none."""
    log_retention_days: int | None = None
    """Days that control-plane logs are kept. Default: 90."""

    def arguments(self) -> dict[str, Any]:
        """The cluster's own arguments; file systems are components beside it, which it
        has to be able to mount."""
        given = super().arguments()
        if given.pop("file_systems"):
            given["volume_drivers"] = sorted(
                {*given.get("volume_drivers", []), VolumeDriver.LUSTRE}
            )
        return given

    @property
    def has_gpus(self) -> bool:
        """Whether any pool has NVIDIA GPUs, as far as the instance types are known."""
        found = [instances.find(pool.instance_type) for pool in self.pools.values()]
        return any(instance and instance.has_gpu for instance in found)
