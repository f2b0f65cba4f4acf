"""The Kubernetes objects of the driver, as plain data."""

from typing import Any
from urllib.parse import urlsplit

import pulumi

from groundplan.kubernetes import driver_cron_job, network_policies
from groundplan.kubernetes.driver_cron_job import FILE, FOLDER, Driver
from groundplan.retraining.engine.cluster.driver import RESULTS
from groundplan.retraining.engine.names import FILE_VARIABLE
from groundplan.retraining.kubernetes.spec import KubernetesRetrainingSpec
from groundplan.storage.object_store import HTTP, HTTPS

NAME_LABEL, ROLE_LABEL = "app.kubernetes.io/name", "app.kubernetes.io/component"
MODULE = "groundplan.retraining.engine.cluster.driver"
PROMETHEUS_PORT = 9090
"""Of its pods, as the operator creates them."""


def labels(spec: KubernetesRetrainingSpec) -> dict[str, str]:
    """Returns the labels of all objects."""
    return {NAME_LABEL: spec.name, ROLE_LABEL: "retraining"}


def cron_job(
    spec: KubernetesRetrainingSpec, account: pulumi.Input[str], digest: pulumi.Input[str]
) -> dict[str, Any]:
    """Returns the spec of the CronJob."""
    driver = Driver(
        image=spec.image,
        module=MODULE,
        settings=spec.name,
        request_memory="256Mi",
        limit_memory="512Mi",
        environment=[
            {"name": FILE_VARIABLE, "value": f"{FOLDER}/{FILE}"},
            {"name": RESULTS, "value": spec.results_uri},
            *(spec.object_store.environment() if spec.object_store else ()),
        ],
    )
    return driver_cron_job.spec(
        driver, schedule=spec.schedule, labels=labels(spec), account=account, digest=digest
    )


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
            network_policies.internet_egress(
                *dict.fromkeys((*network_policies.HTTPS_PORTS, *store))
            ),
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
