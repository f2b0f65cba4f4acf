"""The Kubernetes objects of scheduled checks, as plain data."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from groundplan.kubernetes import network_policies, pod_security, prometheus
from groundplan.model_monitoring.analysis import names
from groundplan.model_monitoring.kubernetes.spec import KubernetesModelMonitoringSpec
from groundplan.storage import object_store

NAME_LABEL = "app.kubernetes.io/name"
ROLE_LABEL = "app.kubernetes.io/component"
QUEUE_LABEL = "kueue.x-k8s.io/queue-name"
CHECK, EXPORTER = "check", "exporter"
USER = 65532
"""Any but root: the images have no user of that number, and need none."""
PORT = 8080
SETTINGS_FOLDER, SETTINGS_FILE = "/etc/groundplan", "settings.json"
SETTINGS_PATH = f"{SETTINGS_FOLDER}/{SETTINGS_FILE}"
TMP = "/tmp"  # noqa: S108 (the container's own)
MODULES = "groundplan.model_monitoring.analysis"
RETRIES = 1
START_SECONDS = 6 * 3600
"""A check that could not start for longer is the next one's affair, and the alert
`ModelCheckFailed` says so."""


def labels(spec: KubernetesModelMonitoringSpec, role: str = "") -> dict[str, str]:
    """Returns the labels of all objects, or of the pods of a role."""
    return {NAME_LABEL: spec.name, **({ROLE_LABEL: role} if role else {})}


def cron_job(
    spec: KubernetesModelMonitoringSpec, account: pulumi.Input[str], digest: pulumi.Input[str]
) -> dict[str, Any]:
    """Returns the spec of the CronJob."""
    return scheduled(spec, check_pod(spec, account), digest)


def check_pod(spec: KubernetesModelMonitoringSpec, account: pulumi.Input[str]) -> dict[str, Any]:
    """Returns the pod of a check."""
    return {
        **pod(spec, account),
        "restartPolicy": "Never",
        "containers": [check_container(spec, spec.image)],
        "volumes": [settings_volume(spec), scratch(f"{spec.volume_size_gb}G")],
    }


def scheduled(
    spec: KubernetesModelMonitoringSpec, started: dict[str, Any], digest: pulumi.Input[str]
) -> dict[str, Any]:
    """Returns the spec of a CronJob that starts a pod."""
    template = {"metadata": _metadata(spec, CHECK, digest), "spec": started}
    # In a namespace with queues what submits is admitted too, or it would be held.
    queued = {QUEUE_LABEL: spec.ray.queue} if spec.ray is not None else {}
    job = {
        "backoffLimit": RETRIES,
        "activeDeadlineSeconds": spec.timeout_seconds,
        "template": template,
    }
    return {
        "schedule": spec.schedule,
        "timeZone": "Etc/UTC",
        # Two checks at a time would join the same answers.
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": START_SECONDS,
        "successfulJobsHistoryLimit": 1,
        "failedJobsHistoryLimit": 3,
        "jobTemplate": {"metadata": {"labels": labels(spec, CHECK) | queued}, "spec": job},
    }


def deployment(
    spec: KubernetesModelMonitoringSpec, account: pulumi.Input[str], digest: pulumi.Input[str]
) -> dict[str, Any]:
    """Returns the spec of the exporter's Deployment."""
    serving = {
        **pod(spec, account),
        "terminationGracePeriodSeconds": 10,
        "containers": [_exporter(spec)],
        "volumes": [settings_volume(spec), scratch("64Mi")],
    }
    return {
        "replicas": 1,
        "revisionHistoryLimit": 3,
        "selector": {"matchLabels": labels(spec, EXPORTER)},
        "template": {"metadata": _metadata(spec, EXPORTER, digest), "spec": serving},
    }


def pod_monitor(spec: KubernetesModelMonitoringSpec) -> dict[str, Any]:
    """Returns the spec of the exporter's PodMonitor."""
    return {
        "selector": {"matchLabels": labels(spec, EXPORTER)},
        "podMetricsEndpoints": [{"port": "metrics", "interval": "60s"}],
    }


def network_policy(
    spec: KubernetesModelMonitoringSpec,
    more_ingress: Sequence[Mapping[str, Any]] = (),
    more_egress: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Returns the traffic of all pods: to the store, from Prometheus, and more."""
    egress = [
        network_policies.dns_egress(),
        network_policies.internet_egress(
            object_store.HTTPS if spec.object_store is None else spec.object_store.port
        ),
    ]
    if spec.bucket is not None:
        egress.append(network_policies.pod_identity_egress())
    ingress = []
    if spec.prometheus:
        peer = network_policies.namespace_peer(prometheus.NAMESPACE)
        ingress.append({"from": [peer], "ports": network_policies.tcp(PORT)})
    return {
        "podSelector": {"matchLabels": labels(spec)},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [*ingress, *more_ingress],
        "egress": [*egress, *more_egress],
    }


def _metadata(
    spec: KubernetesModelMonitoringSpec, role: str, digest: pulumi.Input[str]
) -> dict[str, Any]:
    # A ConfigMap that changes starts no pod: its digest does.
    return {"labels": labels(spec, role), "annotations": {"groundplan/settings": digest}}


def pod(spec: KubernetesModelMonitoringSpec, account: pulumi.Input[str]) -> dict[str, Any]:
    return {
        "serviceAccountName": account,
        "automountServiceAccountToken": False,  # EKS Pod Identity mounts a token of its own
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "nodeSelector": dict(spec.node_labels),
        "tolerations": [
            {"key": t["key"], "operator": "Equal", "value": t["value"], "effect": "NoSchedule"}
            for t in spec.taints
        ],
    }


def check_container(
    spec: KubernetesModelMonitoringSpec, image: pulumi.Input[str]
) -> dict[str, Any]:
    """Returns the container of a check."""
    job = {
        "name": names.JOB_VARIABLE,
        "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['batch.kubernetes.io/job-name']"}},
    }
    memory = f"{spec.memory_gib}Gi"
    return {
        "name": CHECK,
        "image": image,
        "command": ["python", "-m", f"{MODULES}.container"],
        "args": [SETTINGS_PATH],
        "env": [*_environment(spec), job],
        "resources": {
            "requests": {
                "cpu": f"{spec.cpu:g}",
                "memory": memory,
                "ephemeral-storage": f"{spec.volume_size_gb}G",
            },
            "limits": {"memory": memory},
        },
        "securityContext": dict(pod_security.CONTAINER),
        "volumeMounts": _mounts(),
    }


def _exporter(spec: KubernetesModelMonitoringSpec) -> dict[str, Any]:
    probe = {"httpGet": {"path": "/healthz", "port": "metrics"}}
    return {
        "name": EXPORTER,
        "image": spec.image,
        "command": ["python", "-m", f"{MODULES}.exporter"],
        "args": [SETTINGS_PATH, str(PORT)],
        "env": _environment(spec),
        "ports": [{"name": "metrics", "containerPort": PORT, "protocol": "TCP"}],
        "readinessProbe": {**probe, "periodSeconds": 10, "timeoutSeconds": 5},
        "livenessProbe": {**probe, "periodSeconds": 30, "timeoutSeconds": 10},
        "resources": {
            "requests": {"cpu": "25m", "memory": "128Mi"},
            "limits": {"memory": "256Mi"},
        },
        "securityContext": dict(pod_security.CONTAINER),
        "volumeMounts": _mounts(),
    }


def _environment(spec: KubernetesModelMonitoringSpec) -> list[dict[str, Any]]:
    variables: list[dict[str, Any]] = [
        {"name": "HOME", "value": TMP},
        # Libraries of linear algebra start a thread for each core of the node.
        {"name": "OMP_NUM_THREADS", "value": "1"},
        {"name": "OPENBLAS_NUM_THREADS", "value": "1"},
    ]
    if spec.object_store is not None:
        variables += spec.object_store.environment()
    return variables


def settings_volume(spec: KubernetesModelMonitoringSpec) -> dict[str, Any]:
    return {"name": "settings", "configMap": {"name": spec.name}}


def scratch(size: str) -> dict[str, Any]:
    return {"name": "tmp", "emptyDir": {"sizeLimit": size}}


def _mounts() -> Sequence[dict[str, Any]]:
    return [
        {"name": "settings", "mountPath": SETTINGS_FOLDER, "readOnly": True},
        {"name": "tmp", "mountPath": TMP},
    ]
