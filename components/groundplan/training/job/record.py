"""The record of a run: one document that describes the run completely. Its hash is the
run's id.

Nothing here uses Pulumi: values may be outputs until `canonical` is called on the
resolved document.

Everything that the job receives is in the record, so that another run has another id,
another name and another job, and an unchanged one keeps all three and is not repeated.
Two things are omitted on purpose: tags, which do not change what is trained; and the
versions of Groundplan and Kubernetes, with which each upgrade would repeat every
training. `schema` represents them.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from groundplan.training.job.choices import RunsOn

if TYPE_CHECKING:  # their module imports Pulumi, which nothing has that runs in the cloud
    from groundplan.training.job.spec import ClusterRunSpec, SageMakerRunSpec, TrainingJobSpec

SCHEMA = 1
"""The version of the record and of the job that it describes. Raise it with every
change of a job's content (`kueue_manifest`, `sagemaker_job`, `container`): Kubernetes
and SageMaker refuse to update an existing job, so without a new id `up` would fail.
Raising it repeats every run that is still in a program; the release notes must say
so."""


def document(job: "TrainingJobSpec") -> dict[str, Any]:
    """Returns the record of a run, with all defaults filled in."""
    record: dict[str, Any] = {
        "schema": SCHEMA,
        "name": job.name,
        "image": job.image,
        "command": list(job.command or ()),
        "arguments": list(job.arguments or ()),
        "code": {"repository": job.code["repository"], "revision": job.code["revision"]},
        "datasets": {
            key: {"uri": data["uri"], "version": data["version"]}
            for key, data in job.datasets.items()
        },
        "parameters": {key: number(value) for key, value in job.parameters.items()},
        "environment": dict(job.environment),
        "secrets": {key: dict(secret) for key, secret in job.secrets.items()},
        "seed": job.seed,
        "nodes": job.nodes,
        "processes_per_node": job.processes_per_node,
        "max_runtime_seconds": job.max_runtime_seconds,
        "max_restarts": job.max_restarts,
        "bucket": job.bucket_name,
        "checkpoint_prefix": job.checkpoint_prefix,
        "output_prefix": job.output_prefix,
        "on": job.on.value,
    }
    if job.tracking is not None:  # only then: without, the id of a run is what it was before
        record["tracking"] = {"uri": job.tracking["tracking_uri"]}
    if job.on is RunsOn.CLUSTER or job.sagemaker is None:
        return record | {
            "accelerators": job.accelerators,
            "accelerator_kind": job.accelerator_kind.value,
            "cpu": job.cpu,
            "memory_gib": job.memory_gib,
            "cluster": _cluster(job.cluster),
        }
    return record | {"sagemaker": _sagemaker(job.sagemaker)}


def canonical(record: Mapping[str, Any]) -> str:
    """Returns the record as JSON, the same byte for byte whatever the order of keys."""
    return json.dumps(
        record, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )


def run_id(text: str) -> str:
    """Returns the id of a run: the SHA-256 of its canonical record, 64 hexadecimal
    digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def short(identity: str) -> str:
    """Returns the part of a run's id that is in names: 40 bits, in which two runs of
    one job never coincide."""
    return identity[:10]


def number(value: Any) -> Any:
    """Returns a parameter as it is recorded: a whole number is an `int`, also where it
    arrives through Pulumi as 3.0."""
    return (
        int(value)
        if isinstance(value, float) and math.isfinite(value) and value.is_integer()
        else value
    )


def parameters(values: Mapping[str, Any]) -> dict[str, str]:
    """Returns the parameters as the container reads them: strings as they are, the
    others as JSON writes them."""
    return {
        key: value if isinstance(value, str) else json.dumps(number(value))
        for key, value in sorted(values.items())
    }


def _cluster(run: "ClusterRunSpec") -> dict[str, Any]:
    found: dict[str, Any] = {
        "namespace": run.namespace,
        "queue": run.queue,
        "pool": run.pool,
        "priority": run.priority,
        "service_account": run.service_account,
        "efa_interfaces": run.efa_interfaces,
        "user_id": run.user_id,
    }
    # Only where they are set: without, the id of a run is what it was before.
    if run.topology is not None:
        found["topology"] = dict(run.topology)
    if run.device_claim is not None:
        found["device_claim"] = dict(run.device_claim)
    return found


def _sagemaker(run: "SageMakerRunSpec") -> dict[str, Any]:
    network = run.network
    return {
        "instance_type": run.instance_type,
        "volume_gib": run.volume_gib,
        "kms_key_arn": run.volume_key_arn,
        "dataset_mode": run.dataset_mode.value,
        "spot": run.spot,
        "max_wait_seconds": run.max_wait_seconds,
        "network": None
        if network is None
        else {"vpc_id": network["vpc_id"], "subnet_ids": network["subnet_ids"]},
        "network_isolation": run.network_isolation,
        "traffic_encryption": run.traffic_encryption,
        "role_arn": run.role_arn,
    }
