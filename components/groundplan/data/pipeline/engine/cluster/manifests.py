"""The Kubernetes objects of a run's jobs: the script's, and the check of what it wrote.
Pure.

`groundplan.training.job.kueue_manifest` builds every Job that Kueue admits; this module
says what of it is a pipeline's.
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from groundplan.data.pipeline.cost_limits import CHECK_CPU
from groundplan.data.pipeline.engine.cluster.settings import RAY, ClusterSettings
from groundplan.data.pipeline.job import names
from groundplan.data.quality.result import RESULT
from groundplan.kubernetes import ray_jobs
from groundplan.training.job import kueue_manifest
from groundplan.training.job.choices import AcceleratorKind

SCRIPT, CHECK = "script", "check"
MODULES = "groundplan.data.pipeline.job"
USER = 65532
"""Any but root: the image has no user of that number, and needs none."""
TMP = "/tmp"  # noqa: S108 (the container's own)
KEEP_SECONDS = 7 * 24 * 3600
"""An ended job is kept as long: the driver reads how it ended."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""Libraries of linear algebra start a thread for each core of the node."""


@dataclass(frozen=True)
class _Cluster:
    namespace: str
    queue: str
    pool: str | None
    priority: str | None
    service_account: str
    efa_interfaces: int = 0
    user_id: int = USER
    topology: Mapping[str, str] | None = None
    device_claim: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class _Job:
    name: str
    image: str
    command: Sequence[str] | None
    arguments: Sequence[str] | None
    cpu: int
    memory_gib: int
    max_runtime_seconds: int
    max_restarts: int
    cluster: _Cluster
    environment: Mapping[str, Any]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, Any] = field(default_factory=dict)
    nodes: int = 1
    accelerators: int = 0
    accelerator_kind: AcceleratorKind = AcceleratorKind.NVIDIA


def script(settings: ClusterSettings, begun: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the Job, or the RayJob, that runs the script."""
    common, run = settings.pipeline, str(begun["run"])
    base = f"s3://{common.bucket}/"
    variables = {
        names.RUN: run,
        names.ENGINE: settings.engine,
        names.SCRIPT: f"{base}{settings.script_key}",
        names.SCRIPT_DIGEST: common.script,
        names.INPUTS: f"{base}{begun['inputs']}",
        names.INPUT_FOLDERS: json.dumps(
            {name: f"{base}{folder}" for name, folder in sorted(common.inputs.items())}
        ),
        names.OUTPUT: f"{base}{common.folder}{run}/",
    }
    arguments = [
        *(
            word
            for key, value in sorted(settings.job.arguments.items())
            for word in (f"--{key}", value)
        ),
        *(
            word
            for reference, version in sorted(begun["parents"].items())
            for word in (f"--version-{reference.partition(':')[0]}", version)
        ),
    ]
    job = _job(settings, f"{MODULES}.runner", arguments, settings.job_account)
    found = _queued(settings, job, variables, name_of(settings, run, SCRIPT), run, SCRIPT)
    return _on_ray(settings, found, arguments) if settings.engine == RAY else found


def check(settings: ClusterSettings, begun: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the Job that checks what the script wrote, as a service account of its
    own: the script can't write its own result."""
    common, run = settings.pipeline, str(begun["run"])
    base = f"s3://{common.bucket}/"
    variables = {
        names.RUN: run,
        names.DATASET: common.dataset,
        names.DATA: f"{base}{common.folder}{run}/",
        names.RESULT: f"{base}{common.results}{run}/{RESULT}",
        names.BEFORE: str(begun.get("statistics_before", "")),
        names.RULES: settings.rules,
        names.REFERENCES: json.dumps(
            {name: f"{base}{folder}" for name, folder in sorted(settings.references.items())}
        ),
    }
    job = _job(settings, f"{MODULES}.quality", [], settings.check_account, CHECK_CPU)
    return _queued(settings, job, variables, name_of(settings, run, CHECK), run, CHECK)


def name_of(settings: ClusterSettings, run: str, role: str) -> str:
    """Returns the name of a run's job: no two runs share one."""
    return f"{settings.pipeline.pipeline}-{run}" + ("-check" if role == CHECK else "")


def labels(pipeline: str, role: str) -> dict[str, str]:
    """Returns the labels of the objects of a role."""
    return {"app.kubernetes.io/name": pipeline, "app.kubernetes.io/component": role}


def _job(
    settings: ClusterSettings,
    module: str,
    arguments: Sequence[str],
    account: str,
    cpu: int | None = None,
) -> _Job:
    job = settings.job
    return _Job(
        name=settings.pipeline.pipeline,
        image=job.image,
        command=["python", "-m", module],
        arguments=list(arguments) or None,
        cpu=cpu or job.cpu,
        memory_gib=job.memory_gib,
        max_runtime_seconds=job.timeout_seconds,
        max_restarts=job.retries,
        cluster=_Cluster(job.namespace, job.queue, job.pool, job.priority, account),
        # What the component sets is not the user's to change.
        environment={**job.environment, **dict.fromkeys(THREADS, str(cpu or job.cpu))},
    )


def _queued(
    settings: ClusterSettings,
    job: _Job,
    variables: Mapping[str, Any],
    name: str,
    run: str,
    role: str,
) -> dict[str, Any]:
    """Returns the Job of a run: kept for a while, with a disk of its own, and a file
    system that it can't change."""
    found = kueue_manifest.job(job, variables, name=name, run=run)
    own = labels(settings.pipeline.pipeline, role)
    found["metadata"]["labels"] |= own
    spec = found["spec"]
    spec["ttlSecondsAfterFinished"] = KEEP_SECONDS
    spec["template"]["metadata"]["labels"] = own
    pod = spec["template"]["spec"]
    size = f"{settings.job.volume_size_gb}G"
    pod["volumes"].append({"name": "tmp", "emptyDir": {"sizeLimit": size}})
    (container,) = pod["containers"]
    container["volumeMounts"].append({"name": "tmp", "mountPath": TMP})
    container["securityContext"]["readOnlyRootFilesystem"] = True
    container["resources"]["requests"]["ephemeral-storage"] = size
    return {"apiVersion": "batch/v1", "kind": "Job", **found}


def _on_ray(
    settings: ClusterSettings, job: Mapping[str, Any], arguments: Sequence[str]
) -> dict[str, Any]:
    """Returns the RayJob of a Job: the same pods, as a head and workers, and the script
    as its entry point."""
    spec = job["spec"]
    template: dict[str, Any] = {
        "metadata": {"labels": spec["template"]["metadata"]["labels"]},
        "spec": dict(spec["template"]["spec"]),
    }
    (container,) = template["spec"]["containers"]
    container = {key: value for key, value in container.items() if key not in ("command", "args")}
    # A Job of an index has it; a pod of Ray does not.
    container["env"] = [v for v in container["env"] if v["name"] != "NODE_RANK"]
    volumes = [v for v in template["spec"]["volumes"] if v["name"] != "parameters"]
    container["volumeMounts"] = [
        mount for mount in container["volumeMounts"] if mount["name"] != "parameters"
    ]
    template["spec"] |= {"containers": [container], "volumes": volumes}
    template["spec"].pop("restartPolicy")  # KubeRay's own
    words = ["python", "-m", f"{MODULES}.runner", *arguments]
    found = ray_jobs.ray_job(
        job["metadata"],
        entrypoint=shlex.join(words),
        version=settings.ray_version,
        nodes=settings.ray_nodes,
        template=template,
        deadline_seconds=settings.job.timeout_seconds,
        keep_seconds=KEEP_SECONDS,
    )
    found["spec"]["backoffLimit"] = settings.job.retries
    return found
