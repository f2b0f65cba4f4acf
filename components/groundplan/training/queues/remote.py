"""MultiKueue: a queue whose jobs run in other clusters.

Fields: kubernetes-sigs/kueue v0.19.2, apis/kueue/v1beta2/{multikueue,admissioncheck}
types; a job of the queue is created in a worker cluster, in a namespace and a
LocalQueue of the same names.
"""

import pulumi
import pulumi_kubernetes as kubernetes

from groundplan.kubernetes.device_resources import GPU
from groundplan.training.queues.queue import custom_object
from groundplan.training.queues.remote_args import NAME, RemoteQueueSpec

CONTROLLER = "kueue.x-k8s.io/multikueue"


def quotas(spec: RemoteQueueSpec) -> dict[str, str]:
    """Returns what jobs of all worker clusters may have together."""
    found = {"cpu": str(spec.cpu), "memory": f"{spec.memory_gib}Gi"}
    return found | ({GPU: str(spec.gpus)} if spec.gpus else {})


class RemoteQueue:
    """The objects of the manager cluster. It has a ClusterQueue of its own: an
    admission check holds for all jobs of a queue, and none of them would run here."""

    def __init__(
        self,
        name: str,
        spec: RemoteQueueSpec,
        *,
        namespace: kubernetes.core.v1.Namespace,
        kueue: pulumi.Resource,
        opts: pulumi.ResourceOptions,
    ) -> None:
        def after(*resources: pulumi.Resource) -> pulumi.ResourceOptions:
            return pulumi.ResourceOptions.merge(
                opts, pulumi.ResourceOptions(depends_on=[kueue, *resources])
            )

        self.clusters = {
            cluster: custom_object(
                f"{name}-{NAME}-{cluster}",
                "MultiKueueCluster",
                cluster,
                {"clusterSource": {"kubeConfig": {"location": secret, "locationType": "Secret"}}},
                after(),
            )
            for cluster, secret in spec.kubeconfig_secrets.items()
        }
        """By the worker cluster's name."""
        self.config = custom_object(
            f"{name}-{NAME}-config",
            "MultiKueueConfig",
            NAME,
            {"clusters": list(self.clusters)},
            after(*self.clusters.values()),
        )
        parameters = {"apiGroup": "kueue.x-k8s.io", "kind": "MultiKueueConfig", "name": NAME}
        self.check = custom_object(
            f"{name}-{NAME}-check",
            "AdmissionCheck",
            NAME,
            {"controllerName": CONTROLLER, "parameters": parameters},
            after(self.config),
        )
        self.flavor = custom_object(f"{name}-{NAME}-flavor", "ResourceFlavor", NAME, {}, after())
        resources = [
            {"name": resource, "nominalQuota": amount} for resource, amount in quotas(spec).items()
        ]
        self.cluster_queue = custom_object(
            f"{name}-{NAME}-cluster-queue",
            "ClusterQueue",
            NAME,
            {
                "namespaceSelector": {},
                "resourceGroups": [
                    {
                        "coveredResources": list(quotas(spec)),
                        "flavors": [{"name": NAME, "resources": resources}],
                    }
                ],
                "admissionChecksStrategy": {"admissionChecks": [{"name": NAME}]},
            },
            after(self.flavor, self.check),
        )
        self.local_queue = custom_object(
            f"{name}-{NAME}-local-queue",
            "LocalQueue",
            NAME,
            {"clusterQueue": NAME},
            pulumi.ResourceOptions.merge(
                after(self.cluster_queue), pulumi.ResourceOptions(deleted_with=namespace)
            ),
            namespace=namespace.metadata.name,
        )
