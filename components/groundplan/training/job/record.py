"""The record of a run: one document that says what the run is made of. Its hash is the
run's id.

Nothing here knows Pulumi: values may be `Output`s until `canonical` is called on what
they turned out to be.

Whatever the job is told is in the record, so that another run has another id, another
name, and another job; and an unchanged one keeps all three and isn't run again. Two
things are left out on purpose. Tags, which don't change what is trained. And the
versions of Groundplan and Kubernetes: with them each upgrade would train every model
anew. In their place stands `schema`.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

from groundplan.facts import instances
from groundplan.training.job.args import (
    CLUSTER_RUN_DEFAULTS,
    ClusterRunArgs,
    SageMakerRunArgs,
    TrainingJobArgs,
)
from groundplan.training.job.choices import AcceleratorKind, DatasetMode, RunsOn

SCHEMA = 1
"""The form of the record, and of the job that is made from it. Whoever changes what a
job is made of (`kueue_job`, `sagemaker_job`, `container`) raises it: Kubernetes and
SageMaker refuse to change a job that is there, so without a new id `up` would fail.
With it, every run that is still in a program is run anew; the release notes have to say
so."""

CPU_PER_ACCELERATOR = 3
MEMORY_GIB_PER_ACCELERATOR = 12
"""Of a node with one accelerator, 4 cores and 16 GiB (g5.xlarge), the kubelet and the
cluster's daemons keep about a core and two GiB."""


def document(name: str, args: TrainingJobArgs) -> dict[str, Any]:
    """What a run is made of, with all defaults filled in."""
    code = args["code"]
    told: dict[str, Any] = {
        "schema": SCHEMA,
        "name": name,
        "image": args["image"],
        "command": list(args.get("command", [])),
        "arguments": list(args.get("arguments", [])),
        "code": {"repository": code["repository"], "revision": code["revision"]},
        "datasets": {
            key: {"uri": data["uri"], "version": data["version"]}
            for key, data in args["datasets"].items()
        },
        "parameters": {key: number(value) for key, value in args.get("parameters", {}).items()},
        "environment": dict(args.get("environment", {})),
        "secrets": {key: dict(where) for key, where in args.get("secrets", {}).items()},
        "seed": args.get("seed"),
        "nodes": args["nodes"],
        "processes_per_node": processes(args),
        "max_runtime_seconds": max_runtime(args),
        "max_restarts": args["max_restarts"],
        "bucket": args["artifacts"]["bucket_name"],
        "checkpoint_prefix": checkpoint_prefix(name, args),
        "output_prefix": output_prefix(name, args),
        "on": RunsOn(args["on"]).value,
    }
    if args["on"] is RunsOn.CLUSTER:
        return told | {
            "accelerators": accelerators(args),
            "accelerator_kind": AcceleratorKind(args["accelerator_kind"]).value,
            "cpu": cpu(args),
            "memory_gib": memory_gib(args),
            "cluster": _cluster(args["cluster"]),
        }
    return told | {"sagemaker": _sagemaker(args["sagemaker"], args)}


def canonical(record: Mapping[str, Any]) -> str:
    """The record as JSON that is the same, byte for byte, wherever and in whatever
    order it was put together."""
    return json.dumps(
        record, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )


def run_id(text: str) -> str:
    """The id of the run with this canonical record: its SHA-256, 64 hexadecimal
    digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def short(identity: str) -> str:
    """As much of a run's id as stands in names: 40 bits, of which two runs of one job
    never share all."""
    return identity[:10]


def number(value: Any) -> Any:
    """A parameter as it is recorded. A whole number is the same one whether it came as
    3 or, through Pulumi's wire, as 3.0."""
    return (
        int(value)
        if isinstance(value, float) and math.isfinite(value) and value.is_integer()
        else value
    )


def parameters(args: TrainingJobArgs) -> dict[str, str]:
    """The parameters as the container finds them: strings as they are, the others as
    JSON writes them."""
    return {
        key: value if isinstance(value, str) else json.dumps(number(value))
        for key, value in sorted(args.get("parameters", {}).items())
    }


def max_runtime(args: TrainingJobArgs) -> int:
    """Seconds that the run may take."""
    return args["max_runtime_seconds"]


def accelerators(args: TrainingJobArgs) -> int:
    """Accelerators of each node."""
    if args["on"] is RunsOn.CLUSTER:
        return args.get("accelerators", 0)
    instance = instances.find(args["sagemaker"]["instance_type"])
    return args.get("accelerators", instance.accelerator_count if instance else 0)


def processes(args: TrainingJobArgs) -> int:
    """Processes that torchrun starts on each node."""
    return args.get("processes_per_node", max(1, accelerators(args)))


def cpu(args: TrainingJobArgs) -> int:
    """Cores of each node."""
    return args.get("cpu", CPU_PER_ACCELERATOR * max(1, args.get("accelerators", 0)))


def memory_gib(args: TrainingJobArgs) -> int:
    """GiB of memory of each node."""
    return args.get("memory_gib", MEMORY_GIB_PER_ACCELERATOR * max(1, args.get("accelerators", 0)))


def checkpoint_prefix(name: str, args: TrainingJobArgs) -> str:
    """Folder of the checkpoints of all runs."""
    return args.get("checkpoint_prefix", f"{_own_folder(args)}checkpoints/{name}/")


def output_prefix(name: str, args: TrainingJobArgs) -> str:
    """Folder of the models of all runs."""
    return args.get("output_prefix", f"{_own_folder(args)}models/{name}/")


def _own_folder(args: TrainingJobArgs) -> str:
    """The folder of the team in whose namespace the run is
    (`teams.team_access.prefix`): jobs there may write nowhere else. Empty for jobs of
    no team, and where the namespace is an `Output`: what a folder may be called is
    checked beforehand."""
    namespace = args["cluster"]["namespace"]
    on_cluster = args.get("on") is RunsOn.CLUSTER
    return (
        f"teams/{namespace}/"
        if on_cluster
        and isinstance(namespace, str)
        and namespace != CLUSTER_RUN_DEFAULTS["namespace"]
        else ""
    )


def max_wait(chosen: SageMakerRunArgs, args: TrainingJobArgs) -> int | None:
    """Seconds that a spot run may take with all its waiting; None for any other."""
    return chosen.get("max_wait_seconds", 2 * max_runtime(args)) if chosen["spot"] else None


def volume_key(chosen: SageMakerRunArgs, args: TrainingJobArgs) -> Any:
    """The key of the instances' volumes. None with local NVMe: SageMaker refuses a key
    for it (API, `VolumeKmsKeyId`)."""
    instance = instances.find(chosen["instance_type"])
    if instance and instance.local_nvme_gb:
        return None
    return chosen.get("kms_key_arn", args["artifacts"]["kms_key_arn"])


def encrypts_traffic(chosen: SageMakerRunArgs, args: TrainingJobArgs) -> bool:
    """Whether traffic between the nodes is encrypted."""
    return chosen.get("traffic_encryption", args["nodes"] > 1)


def _cluster(chosen: ClusterRunArgs) -> dict[str, Any]:
    return {
        "namespace": chosen["namespace"],
        "queue": chosen["queue"],
        "pool": chosen.get("pool"),
        "priority": chosen.get("priority"),
        "service_account": chosen["service_account"],
        "efa_interfaces": chosen["efa_interfaces"],
        "user_id": chosen["user_id"],
    }


def _sagemaker(chosen: SageMakerRunArgs, args: TrainingJobArgs) -> dict[str, Any]:
    network = chosen.get("network")
    return {
        "instance_type": chosen["instance_type"],
        "volume_gib": chosen["volume_gib"],
        "kms_key_arn": volume_key(chosen, args),
        "dataset_mode": DatasetMode(chosen["dataset_mode"]).value,
        "spot": chosen["spot"],
        "max_wait_seconds": max_wait(chosen, args),
        "network": None
        if network is None
        else {"vpc_id": network["vpc_id"], "subnet_ids": network["subnet_ids"]},
        "network_isolation": chosen["network_isolation"],
        "traffic_encryption": encrypts_traffic(chosen, args),
        "role_arn": chosen.get("role_arn"),
    }
