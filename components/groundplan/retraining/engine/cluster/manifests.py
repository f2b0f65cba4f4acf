"""The Kubernetes objects of a run's jobs, from a record and from an evaluation. Pure.

A training job is what `TrainingJob` registers for the same record
(`groundplan.training.job.kueue_manifest` builds both): all that a job on a cluster
receives is in its record.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundplan.retraining.engine.services import Evaluation, Refused, TrainingRun
from groundplan.training.job import container, kueue_manifest
from groundplan.training.job.choices import AcceleratorKind

RUN = "groundplan/retraining-run"
EVALUATOR_CPU, EVALUATOR_MEMORY_GIB = 2, 8
"""Of an evaluation, unless the champion's own nodes are smaller."""


@dataclass(frozen=True)
class RecordedCluster:
    """Where a recorded run executes."""

    namespace: str
    queue: str
    pool: str | None
    priority: str | None
    service_account: str
    efa_interfaces: int
    user_id: int
    topology: Mapping[str, str] | None = None
    device_claim: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class RecordedRun:
    """A run as its record describes it."""

    name: str
    image: str
    command: Sequence[str] | None
    arguments: Sequence[str] | None
    code: Mapping[str, Any]
    datasets: Mapping[str, Any]
    parameters: Mapping[str, Any]
    environment: Mapping[str, Any]
    secrets: Mapping[str, Any]
    seed: int | None
    nodes: int
    processes_per_node: int
    accelerators: int
    accelerator_kind: AcceleratorKind
    cpu: int
    memory_gib: int
    max_runtime_seconds: int
    max_restarts: int
    cluster: RecordedCluster

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "RecordedRun":
        """Returns the run of a record. Raises `Refused` if it ran on SageMaker."""
        own = record.get("cluster")
        if not isinstance(own, Mapping):
            raise Refused(
                "The champion was trained on SageMaker, and this pipeline trains on a cluster. "
                "Fix: train its first version with a TrainingJob on the cluster"
            )
        if own.get("device_claim") is not None:
            raise Refused(
                "The champion claims its GPUs by dynamic resource allocation, which this pipeline "
                "does not. Fix: train its first version without cluster.device_claim, which gets "
                "GPUs of a pool with dra too"
            )
        names = set(cls.__dataclass_fields__) - {"cluster", "accelerator_kind"}
        values: dict[str, Any] = {name: record.get(name) for name in names}
        # A record has an empty list for the image's own.
        values |= {key: record[key] or None for key in ("command", "arguments")}
        return cls(
            **values,
            accelerator_kind=AcceleratorKind(record["accelerator_kind"]),
            cluster=RecordedCluster(**own),
        )


def output_uri(run: TrainingRun) -> str:
    """Returns the folder of the model of a training job."""
    return f"s3://{run.record['bucket']}/{run.record['output_prefix']}{run.id}/"


def training(run: TrainingRun) -> list[dict[str, Any]]:
    """Returns the objects of a training job: the Service that names its pods, where
    there are several, and the Job."""
    document, known = run.record, RecordedRun.of(run.record)
    locations = {
        "datasets": {name: data["uri"] for name, data in document["datasets"].items()},
        "output": output_uri(run),
        "checkpoints": f"s3://{document['bucket']}/{document['checkpoint_prefix']}{run.id}/",
    }
    host = f"{run.name}-0.{run.name}" if known.nodes > 1 else "localhost"
    variables = {
        **container.environment(known, {"id": run.id, "record": run.record_uri}, locations),
        **container.tracking(document),
        **container.rendezvous(
            known.nodes,
            known.processes_per_node,
            host,
            f"{host}:{container.RENDEZVOUS_PORT}",
            run.id,
        ),
    }
    job = kueue_manifest.job(known, variables, name=run.name, run=run.id)
    found = [{"apiVersion": "batch/v1", "kind": "Job", **job}]
    if known.nodes > 1:
        service = kueue_manifest.service(known, name=run.name)
        found.insert(0, {"apiVersion": "v1", "kind": "Service", **service})
    return found


def evaluation(
    job: Evaluation, champion: Mapping[str, Any], seconds: int, service_account: str = ""
) -> dict[str, Any]:
    """Returns the Job of an evaluation, on one node of the champion's queue, as the
    champion's user. Without a service account it has the champion's."""
    known = RecordedRun.of(champion)
    own = {"service_account": service_account or known.cluster.service_account}
    variables = {
        "GROUNDPLAN_RUN_ID": job.run,
        "GROUNDPLAN_CANDIDATE": job.candidate_uri,
        "GROUNDPLAN_CHAMPION": job.champion_uri,
        "GROUNDPLAN_CHAMPION_ID": job.champion_id,
        "GROUNDPLAN_INPUT_HELD_OUT": job.data.get("held_out", ""),
        "GROUNDPLAN_INPUT_RECENT": job.data.get("recent", ""),
        "GROUNDPLAN_OUTPUT": job.output_uri,
    }
    single = RecordedRun(
        **{
            **vars(known),
            "image": job.image,
            "command": job.command or None,
            "arguments": None,
            "parameters": {},
            "nodes": 1,
            "cpu": min(EVALUATOR_CPU, known.cpu),
            "memory_gib": min(EVALUATOR_MEMORY_GIB, known.memory_gib),
            "accelerators": min(1, known.accelerators),
            "max_runtime_seconds": seconds,
            "max_restarts": 1,
            "cluster": RecordedCluster(**{**vars(known.cluster), **own, "efa_interfaces": 0}),
        }
    )
    manifest = kueue_manifest.job(single, variables, name=job.name, run=job.run)
    manifest["metadata"]["labels"]["app.kubernetes.io/component"] = "evaluation"
    return {"apiVersion": "batch/v1", "kind": "Job", **manifest}
