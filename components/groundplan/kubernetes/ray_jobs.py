"""RayJobs of KubeRay, as plain data.

Fields: ray-project/kuberay v1.7.0, ray-operator/apis/ray/v1. Kueue admits RayJobs that
shut their cluster down (Kueue documentation, "Run A RayJob").
"""

from collections.abc import Mapping
from typing import Any

from groundplan.kubernetes import network_policies

NAMESPACE = "ray-system"
"""The namespace of KubeRay's operator (`TrainingCluster`)."""
PORTS = (8265, 8000)
"""What KubeRay's operator asks of a Ray head: the state of its jobs (dashboard) and the
health of what it serves. (ray-project/kuberay v1.7.0,
ray-operator/controllers/ray/utils/constant.go)"""
KEEP_SECONDS = 3600
"""The RayJob is kept as long: what submitted it may ask again for it."""
SUCCEEDED, FAILED = ("SUCCEEDED",), ("FAILED", "STOPPED")
"""`status.jobStatus` of a RayJob."""
GIVEN_UP = ("Failed", "ValidationFailed")
"""`status.jobDeploymentStatus` of one that never became a job of Ray."""


def ray_job(
    metadata: Mapping[str, Any],
    *,
    entrypoint: str,
    version: str,
    nodes: int,
    template: Mapping[str, Any],
    deadline_seconds: int,
    keep_seconds: int = KEEP_SECONDS,
) -> dict[str, Any]:
    """Returns the RayJob. `nodes`: pods that work, beside the head; all have the
    template."""
    return {
        "apiVersion": "ray.io/v1",
        "kind": "RayJob",
        "metadata": dict(metadata),
        "spec": {
            "entrypoint": entrypoint,
            "submissionMode": "HTTPMode",
            "suspend": True,  # nothing starts outside of the queue
            "shutdownAfterJobFinishes": True,
            "ttlSecondsAfterFinished": keep_seconds,
            "activeDeadlineSeconds": deadline_seconds,
            "rayClusterSpec": {
                "rayVersion": version,
                "headGroupSpec": {
                    # The driver merges; tasks run on the workers.
                    "rayStartParams": {"num-cpus": "0", "dashboard-host": "0.0.0.0"},  # noqa: S104
                    "template": dict(template),
                },
                "workerGroupSpecs": [
                    {
                        "groupName": "workers",
                        "replicas": nodes,
                        "minReplicas": nodes,
                        "maxReplicas": nodes,
                        "rayStartParams": {},
                        "template": dict(template),
                    }
                ],
            },
        },
    }


def end(status: Mapping[str, Any]) -> tuple[bool, str]:
    """Returns whether a RayJob has ended, by its status, and why it failed."""
    job, deployment = status.get("jobStatus", ""), status.get("jobDeploymentStatus", "")
    if job in SUCCEEDED:
        return True, ""
    if job in FAILED or deployment in GIVEN_UP:
        reason = status.get("message") or status.get("reason") or job or deployment
        return True, str(reason)
    return False, ""


def ingress(labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """Returns who reaches the pods of Ray: those with the labels, and KubeRay's
    operator."""
    own = {"podSelector": {"matchLabels": dict(labels)}}
    operator = network_policies.namespace_peer(NAMESPACE)
    return [{"from": [own]}, {"from": [operator], "ports": network_policies.tcp(*PORTS)}]
