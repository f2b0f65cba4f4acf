"""The Kubernetes objects of the driver, as plain data."""

from typing import Any
from urllib.parse import urlsplit

import pulumi

from groundplan.kubernetes import network_policies
from groundplan.retraining.engine.cluster.driver import RESULTS
from groundplan.retraining.engine.names import FILE_VARIABLE
from groundplan.retraining.kubernetes.spec import KubernetesRetrainingSpec
from groundplan.storage.object_store import HTTP, HTTPS

NAME_LABEL, ROLE_LABEL = "app.kubernetes.io/name", "app.kubernetes.io/component"
MODULE = "groundplan.retraining.engine.cluster.driver"
FOLDER, FILE = "/etc/groundplan", "settings.json"
TMP = "/tmp"  # noqa: S108 (the container's own)
USER = 65532
DEADLINE_SECONDS = 1800
"""Of one look: it waits for nothing, but reads and writes some hundred objects."""
START_SECONDS = 300
PROMETHEUS_PORT = 9090
"""Of its pods, as the operator creates them."""
API_PORTS = (443, 6443)
"""The second is the Kubernetes API of most clusters but EKS', where the address of its
service is translated before the policy is asked."""


def labels(spec: KubernetesRetrainingSpec) -> dict[str, str]:
    """Returns the labels of all objects."""
    return {NAME_LABEL: spec.name, ROLE_LABEL: "retraining"}


def cron_job(
    spec: KubernetesRetrainingSpec, account: pulumi.Input[str], digest: pulumi.Input[str]
) -> dict[str, Any]:
    """Returns the spec of the CronJob."""
    metadata = {"labels": labels(spec), "annotations": {"groundplan/settings": digest}}
    return {
        "schedule": spec.schedule,
        "timeZone": "Etc/UTC",
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": START_SECONDS,
        "successfulJobsHistoryLimit": 1,
        "failedJobsHistoryLimit": 3,
        "jobTemplate": {
            "metadata": {"labels": labels(spec)},
            "spec": {
                "backoffLimit": 0,  # the next look takes the same steps
                "activeDeadlineSeconds": DEADLINE_SECONDS,
                "template": {"metadata": metadata, "spec": _pod(spec, account)},
            },
        },
    }


def _pod(spec: KubernetesRetrainingSpec, account: pulumi.Input[str]) -> dict[str, Any]:
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
                "name": "driver",
                "image": spec.image,
                "command": ["python", "-m", MODULE],
                "env": [
                    {"name": "HOME", "value": TMP},
                    {"name": FILE_VARIABLE, "value": f"{FOLDER}/{FILE}"},
                    {"name": RESULTS, "value": spec.results_uri},
                    *(spec.object_store.environment() if spec.object_store else ()),
                ],
                "resources": {
                    "requests": {"cpu": "100m", "memory": "256Mi"},
                    "limits": {"memory": "512Mi"},
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


def rules() -> list[dict[str, Any]]:
    """Returns what the driver may do in the namespace of jobs: create jobs and the
    Services that name their pods, read jobs, and delete one that has waited for too
    long. Names follow from records, and are not known yet."""
    return [
        {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create", "get", "delete"]},
        {"apiGroups": [""], "resources": ["services"], "verbs": ["create"]},
    ]


def network_policy(spec: KubernetesRetrainingSpec, prometheus_url: str = "") -> dict[str, Any]:
    """Returns the traffic of the driver: to the bucket, the Kubernetes API and the
    Prometheus that judges releases only."""
    store = () if spec.object_store is None else (spec.object_store.port,)
    more = [network_policies.pod_identity_egress()] if spec.artifacts is not None else []
    if prometheus_url:
        more.append(_prometheus_egress(prometheus_url))
    return {
        "podSelector": {"matchLabels": labels(spec)},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [],
        "egress": [
            network_policies.dns_egress(),
            network_policies.internet_egress(*dict.fromkeys((*API_PORTS, *store))),
            *more,
        ],
    }


def _prometheus_egress(url: str) -> dict[str, Any]:
    """Returns the egress to Prometheus, in any namespace or outside. Policies see the
    port of its pods, which may differ from that of its Service."""
    parts = urlsplit(url)
    port = parts.port or (HTTPS if parts.scheme == "https" else HTTP)
    outside = network_policies.internet_egress()["to"]
    ports = network_policies.tcp(*dict.fromkeys((port, PROMETHEUS_PORT)))
    return {"to": [{"namespaceSelector": {}}, *outside], "ports": ports}
