"""The specification of a run: its arguments, resolved, with every default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan.arguments import with_defaults
from groundplan.facts import instances
from groundplan.sagemaker.mlflow import TrackingAccessArgs
from groundplan.storage import object_store
from groundplan.storage.access import ArtifactAccessArgs
from groundplan.storage.object_store import ObjectStore
from groundplan.training import namespace_folders
from groundplan.training.job.args import (
    CLUSTER_RUN_DEFAULTS,
    ClusterRunArgs,
    CodeArgs,
    DatasetArgs,
    JobNetworkArgs,
    JobSecretArgs,
    JobTopologyArgs,
    SageMakerRunArgs,
    TrainingJobArgs,
)
from groundplan.training.job.choices import (
    AcceleratorKind,
    DatasetMode,
    RunsOn,
    TopologyLevel,
    TopologyPlacement,
)

CPU_PER_ACCELERATOR = 3
MEMORY_GIB_PER_ACCELERATOR = 12
"""Of a node with one accelerator, 4 cores and 16 GiB (g5.xlarge), the kubelet and the
cluster's daemons use about a core and two GiB."""


@dataclass(frozen=True)
class ClusterRunSpec:
    """How a run executes on a cluster, complete."""

    namespace: pulumi.Input[str]
    queue: str
    pool: str | None
    """None where Kueue chooses."""
    priority: str | None
    service_account: str
    efa_interfaces: int
    user_id: int
    topology: Mapping[str, str] | None = None
    """Placement and level, as recorded; None without."""
    device_claim: Mapping[str, Any] | None = None
    """Selectors, as recorded; None for GPUs of the device plugin."""


@dataclass(frozen=True)
class SageMakerRunSpec:
    """How a run executes on SageMaker, complete."""

    instance_type: str
    volume_gib: int
    volume_key_arn: pulumi.Input[str] | None
    """None with local NVMe: SageMaker refuses a key for it (API, `VolumeKmsKeyId`)."""
    dataset_mode: DatasetMode
    spot: bool
    max_wait_seconds: int | None
    """Seconds that a spot run may take including its wait; None for any other."""
    network: JobNetworkArgs | None
    network_isolation: bool
    traffic_encryption: bool
    role_arn: pulumi.Input[str] | None
    """None for a role that is created."""


@dataclass(frozen=True)
class TrainingJobSpec:
    """A training run, complete."""

    name: str
    job_name: str
    """Prefix of the job's name."""
    on: RunsOn
    image: pulumi.Input[str]
    command: Sequence[str] | None
    """None for the image's own."""
    arguments: Sequence[str] | None
    """None for the image's own."""
    code: CodeArgs
    datasets: Mapping[str, DatasetArgs]
    parameters: Mapping[str, Any]
    environment: Mapping[str, pulumi.Input[str]]
    secrets: Mapping[str, JobSecretArgs]
    seed: int | None
    nodes: int
    accelerators: int
    accelerator_kind: AcceleratorKind
    processes_per_node: int
    cpu: int
    memory_gib: int
    max_runtime_seconds: int
    max_restarts: int
    artifacts: ArtifactAccessArgs | None
    """None with another store."""
    object_store: ObjectStore | None
    """None with the artifact bucket."""
    tracking: TrackingAccessArgs | None
    record_image: pulumi.Input[str]
    """Empty with the artifact bucket."""
    checkpoint_prefix: str
    output_prefix: str
    cluster: ClusterRunSpec
    sagemaker: SageMakerRunSpec | None
    keep_runs: bool
    tags: Mapping[str, pulumi.Input[str]]

    @property
    def access(self) -> ArtifactAccessArgs:
        """The artifact bucket, which all have but jobs with another store."""
        assert self.artifacts is not None  # noqa: S101 (validated)
        return self.artifacts

    @property
    def bucket_name(self) -> pulumi.Input[str]:
        """Name of the bucket."""
        if self.object_store is not None:
            return self.object_store.bucket_name
        return self.access["bucket_name"]


def checkpoint_prefix(name: str, args: TrainingJobArgs) -> str:
    """Returns the folder of the checkpoints of all runs."""
    return args.get("checkpoint_prefix", f"{_team_folder(args)}checkpoints/{name}/")


def output_prefix(name: str, args: TrainingJobArgs) -> str:
    """Returns the folder of the models of all runs."""
    return args.get("output_prefix", f"{_team_folder(args)}models/{name}/")


def resolve(name: str, qualified_name: str, args: TrainingJobArgs) -> TrainingJobSpec:
    """Returns the specification of valid arguments."""
    filled: Mapping[str, Any] = with_defaults(TrainingJobArgs, args)
    count = _accelerators(args)
    store = object_store.resolve(args["object_store"]) if "object_store" in args else None
    return TrainingJobSpec(
        name=name,
        job_name=args.get("job_name", qualified_name),
        on=RunsOn(args["on"]),
        image=args["image"],
        command=args.get("command"),
        arguments=args.get("arguments"),
        code=args["code"],
        datasets=args["datasets"],
        parameters=args.get("parameters", {}),
        # In the record, as all that a job receives: runs of a retraining have them too.
        environment={**(store.variables if store else {}), **args.get("environment", {})},
        secrets={**_secrets(store), **args.get("secrets", {})},
        seed=args.get("seed"),
        nodes=filled["nodes"],
        accelerators=count,
        accelerator_kind=AcceleratorKind(filled["accelerator_kind"]),
        processes_per_node=args.get("processes_per_node", max(1, count)),
        cpu=args.get("cpu", CPU_PER_ACCELERATOR * max(1, args.get("accelerators", 0))),
        memory_gib=args.get(
            "memory_gib", MEMORY_GIB_PER_ACCELERATOR * max(1, args.get("accelerators", 0))
        ),
        max_runtime_seconds=filled["max_runtime_seconds"],
        max_restarts=filled["max_restarts"],
        artifacts=args.get("artifacts"),
        object_store=store,
        tracking=args.get("tracking"),
        record_image=args.get("record_image", ""),
        checkpoint_prefix=checkpoint_prefix(name, args),
        output_prefix=output_prefix(name, args),
        cluster=_cluster(args.get("cluster", {})),
        sagemaker=_sagemaker(args["sagemaker"], args, filled) if "sagemaker" in args else None,
        keep_runs=filled["keep_runs"],
        tags=args.get("tags", {}),
    )


def _cluster(args: ClusterRunArgs) -> ClusterRunSpec:
    filled: Mapping[str, Any] = with_defaults(ClusterRunArgs, args)
    return ClusterRunSpec(
        namespace=filled["namespace"],
        queue=filled["queue"],
        pool=args.get("pool"),
        priority=args.get("priority"),
        service_account=filled["service_account"],
        efa_interfaces=filled["efa_interfaces"],
        user_id=filled["user_id"],
        topology=_topology(args["topology"]) if "topology" in args else None,
        device_claim={"selectors": list(args["device_claim"].get("selectors", ()))}
        if "device_claim" in args
        else None,
    )


def _topology(args: JobTopologyArgs) -> Mapping[str, str]:
    filled: Mapping[str, Any] = with_defaults(JobTopologyArgs, args)
    placement = TopologyPlacement(filled["placement"])
    if placement is TopologyPlacement.ANYWHERE:
        return {"placement": placement.value}
    return {"placement": placement.value, "level": TopologyLevel(filled["level"]).value}


def _sagemaker(
    own: SageMakerRunArgs, args: TrainingJobArgs, job: Mapping[str, Any]
) -> SageMakerRunSpec:
    filled: Mapping[str, Any] = with_defaults(SageMakerRunArgs, own)
    instance = instances.find(own["instance_type"])
    local_nvme = instance is not None and bool(instance.local_nvme_gb)
    # None for a job on a cluster with another store, which SageMaker can't read.
    bucket_key = args["artifacts"]["kms_key_arn"] if "artifacts" in args else None
    longest = own.get("max_wait_seconds", 2 * job["max_runtime_seconds"])
    return SageMakerRunSpec(
        instance_type=own["instance_type"],
        volume_gib=filled["volume_gib"],
        volume_key_arn=None if local_nvme else own.get("kms_key_arn", bucket_key),
        dataset_mode=DatasetMode(filled["dataset_mode"]),
        spot=filled["spot"],
        max_wait_seconds=longest if filled["spot"] else None,
        network=own.get("network"),
        network_isolation=filled["network_isolation"],
        traffic_encryption=own.get("traffic_encryption", job["nodes"] > 1),
        role_arn=own.get("role_arn"),
    )


def _secrets(store: ObjectStore | None) -> dict[str, JobSecretArgs]:
    """Returns where the variables with the credentials of a store are."""
    if store is None:
        return {}
    return {
        key: {"kubernetes_secret": store.secret, "key": key} for key in object_store.SECRET_KEYS
    }


def _accelerators(args: TrainingJobArgs) -> int:
    """Returns the number of accelerators of each node."""
    if args["on"] is RunsOn.CLUSTER or "sagemaker" not in args:
        return args.get("accelerators", 0)
    instance = instances.find(args["sagemaker"]["instance_type"])
    return args.get("accelerators", instance.accelerator_count if instance else 0)


def _team_folder(args: TrainingJobArgs) -> str:
    """Returns the folder of the team that owns the run's namespace
    (`namespace_folders`), which its jobs may write to without a grant.

    Empty for jobs of no team, and where the namespace is an output.
    """
    namespace = with_defaults(ClusterRunArgs, args.get("cluster"))["namespace"]
    on_cluster = args.get("on") is RunsOn.CLUSTER
    return (
        namespace_folders.prefix(namespace)
        if on_cluster
        and isinstance(namespace, str)
        and namespace != CLUSTER_RUN_DEFAULTS["namespace"]
        else ""
    )
