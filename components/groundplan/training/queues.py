"""Kueue's objects: jobs wait in a queue until a pool has room for all of their pods at once.

Fields: CustomResourceDefinitions of kubernetes-sigs/kueue v0.19.2, `kueue.x-k8s.io/v1beta2`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from groundplan.training.pool import GPU, Pool

API_VERSION = "kueue.x-k8s.io/v1beta2"

NAMESPACE = "training"
CLUSTER_QUEUE = "default"
LOCAL_QUEUE = "default"
"""Kueue puts jobs of the namespace that name no queue into the one of this name (pkg/controller/constants/constants.go)."""


class Queues:
    """The namespace for jobs and, where there are pools, the queues that lead to them."""

    namespace: kubernetes.core.v1.Namespace
    flavors: dict[str, kubernetes.apiextensions.CustomResource]
    cluster_queue: kubernetes.apiextensions.CustomResource | None
    local_queue: kubernetes.apiextensions.CustomResource | None

    def __init__(
        self,
        name: str,
        accelerated: Sequence[Pool],
        *,
        kueue: pulumi.Resource,
        opts: pulumi.ResourceOptions,
    ) -> None:
        # Kueue converts and judges these objects by webhook, and takes its finalizers off them and off the jobs in the
        # namespace: it has to run before the first comes and until the last is gone.
        after_kueue = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[kueue]))
        self.namespace = kubernetes.core.v1.Namespace(
            f"{name}-namespace",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=NAMESPACE),
            opts=after_kueue,
        )
        self.flavors, self.cluster_queue, self.local_queue = {}, None, None
        if not accelerated:
            return  # a ClusterQueue without flavors admits nothing
        for pool in accelerated:
            self.flavors[pool.name] = _object(
                f"{name}-{pool.name}-flavor", "ResourceFlavor", pool.name, flavor(pool), after_kueue
            )
        after_flavors = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[kueue, *self.flavors.values()]))
        self.cluster_queue = _object(
            f"{name}-cluster-queue", "ClusterQueue", CLUSTER_QUEUE, cluster_queue(accelerated), after_flavors
        )
        self.local_queue = _object(
            f"{name}-local-queue",
            "LocalQueue",
            LOCAL_QUEUE,
            {"clusterQueue": CLUSTER_QUEUE},
            pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[kueue, self.cluster_queue])),
            namespace=self.namespace.metadata.name,
        )


def flavor(pool: Pool) -> Mapping[str, Any]:
    """The spec of a pool's ResourceFlavor: jobs that it is assigned to go to the pool's nodes, and tolerate their taint."""
    tolerations = [
        {"key": taint.key, "operator": "Equal", "value": taint.value, "effect": "NoSchedule"} for taint in pool.taints
    ]
    return {"nodeLabels": dict(pool.flavor.node_labels), "tolerations": tolerations}


def cluster_queue(accelerated: Sequence[Pool]) -> Mapping[str, Any]:
    """The spec of the ClusterQueue: what all pools can hold at their largest. Kueue tries pools in the order given."""
    # Each flavor has to list the covered resources in their order (pkg/webhooks/clusterqueue_webhook.go).
    covered = list(_quota(accelerated[0]))
    flavors = [
        {"name": p.name, "resources": [{"name": name, "nominalQuota": quantity} for name, quantity in _quota(p).items()]}
        for p in accelerated
    ]
    return {
        # All namespaces: who may submit is decided by who may create a LocalQueue. Left out, it would be none.
        "namespaceSelector": {},
        "resourceGroups": [{"coveredResources": covered, "flavors": flavors}],
    }


def _quota(pool: Pool) -> dict[str, str]:
    flavor = pool.flavor
    return {
        "cpu": str(flavor.nodes * flavor.cpu),
        "memory": f"{flavor.nodes * flavor.memory_mib}Mi",
        GPU: str(flavor.nodes * flavor.accelerators),
    }


def _object(
    name: str,
    kind: str,
    object_name: str,
    spec: Mapping[str, Any],
    opts: pulumi.ResourceOptions,
    namespace: pulumi.Input[str] | None = None,
) -> kubernetes.apiextensions.CustomResource:
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version=API_VERSION,
        kind=kind,
        metadata=kubernetes.meta.v1.ObjectMetaArgs(name=object_name, namespace=namespace),
        spec=dict(spec),
        opts=opts,
    )
