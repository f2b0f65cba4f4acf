"""The check of an endpoint as a RayJob, as plain data.

Fields: ray-project/kuberay v1.7.0, ray-operator/apis/ray/v1. Kueue admits RayJobs that
shut their cluster down (Kueue documentation, "Run A RayJob").
"""

from typing import Any

import pulumi

from groundplan.kubernetes import network_policies
from groundplan.model_monitoring.analysis import names
from groundplan.model_monitoring.kubernetes import objects
from groundplan.model_monitoring.kubernetes.spec import KubernetesModelMonitoringSpec, RayCluster

RAY, SUBMIT = "ray", "submit"
TEMPLATE_FILE = "rayjob.json"
RAY_NAMESPACE = "ray-system"
"""The namespace of KubeRay's operator (`TrainingCluster`)."""
RAY_PORTS = (8265, 8000)
"""What the operator asks of a head: the state of its jobs, the health of what it
serves."""
KEEP_SECONDS = 3600
"""The RayJob is kept as long: its pod's Job may ask again for it."""


def ray_job(
    spec: KubernetesModelMonitoringSpec, ray: RayCluster, account: Any, image: Any
) -> dict[str, Any]:
    """Returns the RayJob: its name, and its driver's variable, are those of the Job
    that submits it."""
    labels = {**objects.labels(spec, RAY), objects.QUEUE_LABEL: ray.queue}
    return {
        "apiVersion": "ray.io/v1",
        "kind": "RayJob",
        "metadata": {"name": names.JOB_NAME, "namespace": spec.namespace, "labels": labels},
        "spec": {
            "entrypoint": f"python -m {objects.MODULES}.container {objects.SETTINGS_PATH}",
            "submissionMode": "HTTPMode",
            "suspend": True,  # nothing starts outside of the queue
            "shutdownAfterJobFinishes": True,
            "ttlSecondsAfterFinished": KEEP_SECONDS,
            "activeDeadlineSeconds": spec.timeout_seconds,
            "rayClusterSpec": {
                "rayVersion": ray.version,
                "headGroupSpec": {
                    # The driver merges; tasks run on the workers.
                    "rayStartParams": {"num-cpus": "0", "dashboard-host": "0.0.0.0"},  # noqa: S104
                    "template": _pod(spec, account, image),
                },
                "workerGroupSpecs": [
                    {
                        "groupName": "workers",
                        "replicas": ray.nodes,
                        "minReplicas": ray.nodes,
                        "maxReplicas": ray.nodes,
                        "rayStartParams": {},
                        "template": _pod(spec, account, image),
                    }
                ],
            },
        },
    }


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
    own = {"podSelector": {"matchLabels": objects.labels(spec)}}
    operator = network_policies.namespace_peer(RAY_NAMESPACE)
    return [
        {"from": [own]},
        {"from": [operator], "ports": network_policies.tcp(*RAY_PORTS)},
    ]


def egress(spec: KubernetesModelMonitoringSpec) -> list[dict[str, Any]]:
    """Returns what the pods reach: one another, and the Kubernetes API."""
    own = {"podSelector": {"matchLabels": objects.labels(spec)}}
    return [{"to": [own]}, network_policies.internet_egress(443, 6443)]
