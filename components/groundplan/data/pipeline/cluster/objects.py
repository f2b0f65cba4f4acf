"""The Kubernetes objects of a pipeline on a cluster, as plain data. The driver creates
those of its jobs (`engine.cluster.manifests`)."""

from typing import Any

import pulumi

from groundplan.data.pipeline.engine.cluster import manifests
from groundplan.data.pipeline.spec import ClusterPipelineSpec
from groundplan.kubernetes import driver_cron_job, network_policies, ray_jobs
from groundplan.kubernetes.driver_cron_job import FILE, FOLDER, Driver

DRIVER = "driver"
MODULE = "groundplan.data.pipeline.engine.cluster.driver"


def cron_job(
    spec: ClusterPipelineSpec, account: pulumi.Input[str], digest: pulumi.Input[str]
) -> dict[str, Any]:
    """Returns the spec of the CronJob."""
    driver = Driver(
        image=spec.container.image,
        module=MODULE,
        settings=spec.name,
        # The lists of what there is and of what was read take 0.9 GB for a million
        # objects, and as much again while they are written.
        request_memory="512Mi",
        limit_memory="2Gi",
        args=[f"{FOLDER}/{FILE}"],
    )
    return driver_cron_job.spec(
        driver,
        schedule=f"*/{spec.container.look_minutes} * * * *",
        labels=manifests.labels(spec.name, DRIVER),
        account=account,
        digest=digest,
    )


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
    ports = network_policies.HTTPS_PORTS if role == DRIVER else network_policies.HTTPS_PORTS[:1]
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
