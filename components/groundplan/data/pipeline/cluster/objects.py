"""The Kubernetes objects of a pipeline on a cluster, as plain data. The driver creates
those of its jobs (`engine.cluster.manifests`)."""

from typing import Any

import pulumi

from groundplan.data.pipeline.engine.cluster import manifests
from groundplan.data.pipeline.engine.cluster.manifests import TMP, USER
from groundplan.data.pipeline.spec import ClusterPipelineSpec
from groundplan.kubernetes import network_policies, ray_jobs

DRIVER = "driver"
MODULE = "groundplan.data.pipeline.engine.cluster.driver"
FOLDER, FILE = "/etc/groundplan", "settings.json"
DEADLINE_SECONDS = 1800
"""Of one look: it waits for nothing, but may commit a version of many objects."""
START_SECONDS = 300
API_PORTS = (443, 6443)
"""The second is the Kubernetes API of most clusters but EKS', where the address of its
service is translated before the policy is asked."""


def cron_job(
    spec: ClusterPipelineSpec, account: pulumi.Input[str], digest: pulumi.Input[str]
) -> dict[str, Any]:
    """Returns the spec of the CronJob."""
    labels = manifests.labels(spec.name, DRIVER)
    metadata = {"labels": labels, "annotations": {"groundplan/settings": digest}}
    return {
        "schedule": f"*/{spec.container.look_minutes} * * * *",
        "timeZone": "Etc/UTC",
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": START_SECONDS,
        "successfulJobsHistoryLimit": 1,
        "failedJobsHistoryLimit": 3,
        "jobTemplate": {
            "metadata": {"labels": labels},
            "spec": {
                "backoffLimit": 0,  # the next look takes the same steps
                "activeDeadlineSeconds": DEADLINE_SECONDS,
                "template": {"metadata": metadata, "spec": _pod(spec, account)},
            },
        },
    }


def _pod(spec: ClusterPipelineSpec, account: pulumi.Input[str]) -> dict[str, Any]:
    return {
        "serviceAccountName": account,
        "automountServiceAccountToken": True,  # it creates and reads jobs
        "enableServiceLinks": False,
        "restartPolicy": "Never",
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                "name": DRIVER,
                "image": spec.container.image,
                "command": ["python", "-m", MODULE],
                "args": [f"{FOLDER}/{FILE}"],
                "env": [{"name": "HOME", "value": TMP}],
                # The lists of what there is and of what was read take 0.9 GB for a
                # million objects, and as much again while they are written.
                "resources": {
                    "requests": {"cpu": "100m", "memory": "512Mi"},
                    "limits": {"memory": "2Gi"},
                },
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "capabilities": {"drop": ["ALL"]},
                    "readOnlyRootFilesystem": True,
                },
                "volumeMounts": [
                    {"name": "settings", "mountPath": FOLDER, "readOnly": True},
                    {"name": "tmp", "mountPath": TMP},
                ],
            }
        ],
        "volumes": [
            {"name": "settings", "configMap": {"name": spec.name}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}},
        ],
    }


def rules(spec: ClusterPipelineSpec) -> list[dict[str, Any]]:
    """Returns what the driver may do in the namespace: create jobs, read them, and
    delete one that has waited for too long. Names follow from runs, and are not known
    yet."""
    verbs = ["create", "get", "delete"]
    found = [{"apiGroups": ["batch"], "resources": ["jobs"], "verbs": verbs}]
    if spec.ray is not None:
        found.append({"apiGroups": ["ray.io"], "resources": ["rayjobs"], "verbs": verbs})
    return found


def network_policy(spec: ClusterPipelineSpec, role: str) -> dict[str, Any]:
    """Returns the traffic of the pods of a role: to AWS only; the driver's to the
    Kubernetes API too, those of Ray to one another."""
    labels = manifests.labels(spec.name, role)
    ports = API_PORTS if role == DRIVER else API_PORTS[:1]
    egress = [
        network_policies.dns_egress(),
        network_policies.internet_egress(*ports),
        network_policies.pod_identity_egress(),
    ]
    on_ray = role == manifests.SCRIPT and spec.ray is not None
    if on_ray:
        egress.append({"to": [{"podSelector": {"matchLabels": labels}}]})
    return {
        "podSelector": {"matchLabels": labels},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": ray_jobs.ingress(labels) if on_ray else [],
        "egress": egress,
    }
