"""The check of an endpoint as a RayJob, as plain data."""

from typing import Any

import pulumi

from groundplan.kubernetes import network_policies, ray_jobs
from groundplan.model_monitoring.analysis import names
from groundplan.model_monitoring.kubernetes import objects
from groundplan.model_monitoring.kubernetes.spec import KubernetesModelMonitoringSpec, RayCluster

RAY, SUBMIT = "ray", "submit"
TEMPLATE_FILE = "rayjob.json"


def ray_job(
    spec: KubernetesModelMonitoringSpec, ray: RayCluster, account: Any, image: Any
) -> dict[str, Any]:
    """Returns the RayJob: its name, and its driver's variable, are those of the Job
    that submits it."""
    labels = {**objects.labels(spec, RAY), objects.QUEUE_LABEL: ray.queue}
    metadata = {"name": names.JOB_NAME, "namespace": spec.namespace, "labels": labels}
    return ray_jobs.ray_job(
        metadata,
        entrypoint=f"python -m {objects.MODULES}.container {objects.SETTINGS_PATH}",
        version=ray.version,
        nodes=ray.nodes,
        template=_pod(spec, account, image),
        deadline_seconds=spec.timeout_seconds,
    )


def _pod(spec: KubernetesModelMonitoringSpec, account: Any, image: Any) -> dict[str, Any]:
    container = objects.check_container(spec, image)
    container |= {
        "name": RAY,
        "env": [
            *(v for v in container["env"] if v["name"] != names.JOB_VARIABLE),
            {"name": names.JOB_VARIABLE, "value": names.JOB_NAME},
        ],
    }
    del container["command"], container["args"]
    pod = {
        **objects.pod(spec, account),
        "containers": [container],
        "volumes": [objects.settings_volume(spec), objects.scratch(f"{spec.volume_size_gb}G")],
    }
    return {"metadata": {"labels": objects.labels(spec, RAY)}, "spec": pod}


def submitter(spec: KubernetesModelMonitoringSpec, account: pulumi.Input[str]) -> dict[str, Any]:
    """Returns the pod that creates the RayJob and waits for it."""
    container = objects.check_container(spec, spec.image)
    container |= {
        "name": SUBMIT,
        "command": ["python", "-m", f"{objects.MODULES}.ray_job"],
        "args": [f"{objects.SETTINGS_FOLDER}/{TEMPLATE_FILE}"],
        "env": [v for v in container["env"] if v["name"] in (names.JOB_VARIABLE, "HOME")],
        "resources": {"requests": {"cpu": "25m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
    }
    return {
        **objects.pod(spec, account),
        "automountServiceAccountToken": True,  # it creates the RayJob
        "restartPolicy": "Never",
        "containers": [container],
        "volumes": [objects.settings_volume(spec), objects.scratch("64Mi")],
    }


def rules() -> list[dict[str, Any]]:
    """Returns what the submitter may do: create a RayJob, and look at it. A name that
    is not known yet can't be named here."""
    return [{"apiGroups": ["ray.io"], "resources": ["rayjobs"], "verbs": ["create", "get"]}]


def ingress(spec: KubernetesModelMonitoringSpec) -> list[dict[str, Any]]:
    """Returns who reaches the pods of Ray: one another, and KubeRay's operator."""
    return ray_jobs.ingress(objects.labels(spec))


def egress(spec: KubernetesModelMonitoringSpec) -> list[dict[str, Any]]:
    """Returns what the pods reach: one another, and the Kubernetes API."""
    own = {"podSelector": {"matchLabels": objects.labels(spec)}}
    return [{"to": [own]}, network_policies.internet_egress(*network_policies.HTTPS_PORTS)]
