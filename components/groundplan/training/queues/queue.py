"""Kueue's objects: jobs wait in a queue until a pool has room for all of their pods at
once.

Fields: CustomResourceDefinitions of kubernetes-sigs/kueue v0.19.2,
`kueue.x-k8s.io/v1beta2`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from groundplan.kubernetes import pod_security
from groundplan.kubernetes.pod_security import PodSecurity
from groundplan.training.namespace_folders import TEAMLESS
from groundplan.training.queues import kueue as kueue_configuration
from groundplan.training.queues import quotas
from groundplan.training.queues.flavor import Flavor
from groundplan.training.queues.priority_class import WorkloadPriorityClass
from groundplan.training.teams import network_policies
from groundplan.training.teams.team_spec import Connections, TeamSpec

API_VERSION = "kueue.x-k8s.io/v1beta2"

NAMESPACE = TEAMLESS
CLUSTER_QUEUE = "default"
LOCAL_QUEUE = "default"
"""Kueue puts jobs of the namespace that name no queue into the one of this name
(pkg/controller/constants/constants.go)."""

DELETION = pulumi.CustomTimeouts(delete="30m")
"""A namespace is gone when its last pod is: jobs write a last checkpoint, and volumes
and load balancers are let go of. The provider gives up after 10 minutes
(pulumi-kubernetes@94977969, provider/pkg/await/await.go, Deletion)."""

SERVICE_ACCOUNT = "training"
"""What jobs of a namespace run as, to get at its AWS role where there is one."""


class Queues:
    """The namespace for jobs of no team and, where there are pools, the queue that
    leads to what no team is guaranteed."""

    namespace: kubernetes.core.v1.Namespace
    service_account: kubernetes.core.v1.ServiceAccount
    flavors: dict[str, kubernetes.apiextensions.CustomResource]
    """By the pool's name."""
    topologies: dict[str, kubernetes.apiextensions.CustomResource]
    """By name; empty without pools with `topology`."""
    priorities: dict[str, WorkloadPriorityClass]
    """By name: low, normal, high."""
    cluster_queue: kubernetes.apiextensions.CustomResource | None
    local_queue: kubernetes.apiextensions.CustomResource | None
    network_policy: kubernetes.networking.v1.NetworkPolicy

    def __init__(
        self,
        name: str,
        flavors: Sequence[Flavor],
        *,
        kueue: pulumi.Resource,
        opts: pulumi.ResourceOptions,
        teams: Mapping[str, TeamSpec] | None = None,
        connections: Connections = Connections(),  # noqa: B008 (frozen)
        ray_namespace: str | None = None,
        operators: Sequence[pulumi.Resource] = (),
        keep: bool = False,
    ) -> None:
        # Kueue converts and judges these objects by webhook, and takes its finalizers
        # off them and off the jobs in the namespace: it has to run before the first
        # comes and until the last is gone. So do the operators of other jobs.
        after_kueue = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[kueue]))
        self.flavors, self.topologies, self.priorities = {}, {}, {}
        self.cluster_queue, self.local_queue = None, None
        if flavors:  # a ClusterQueue without flavors admits nothing
            self._queue(name, flavors, kueue, teams or {}, opts, after_kueue)
        queue: list[pulumi.Resource] = [self.cluster_queue] if self.cluster_queue else []
        self.namespace = kubernetes.core.v1.Namespace(
            f"{name}-namespace",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=NAMESPACE,
                labels={**kueue_configuration.MANAGED, **pod_security.labels(PodSecurity.BASELINE)},
            ),
            opts=pulumi.ResourceOptions.merge(after_kueue, home([*operators, *queue], keep)),
        )
        policy: Any = network_policies.isolation(connections, ray_namespace)
        self.network_policy = kubernetes.networking.v1.NetworkPolicy(
            f"{name}-network-policy",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name="isolation", namespace=self.namespace.metadata.name
            ),
            spec=policy,
            # As in a team's namespace: the last pods are isolated to their end.
            opts=pulumi.ResourceOptions.merge(
                opts, pulumi.ResourceOptions(deleted_with=self.namespace)
            ),
        )
        self.service_account = service_account(f"{name}-service-account", self.namespace, opts)
        if self.cluster_queue:
            self.local_queue = local_queue(
                f"{name}-local-queue",
                CLUSTER_QUEUE,
                self.cluster_queue,
                self.namespace,
                after_kueue,
            )

    def _queue(
        self,
        name: str,
        flavors: Sequence[Flavor],
        kueue: pulumi.Resource,
        teams: Mapping[str, TeamSpec],
        opts: pulumi.ResourceOptions,
        after_kueue: pulumi.ResourceOptions,
    ) -> None:
        for topology in dict.fromkeys(f.topology for f in flavors if f.topology):
            self.topologies[topology.name] = custom_object(
                f"{name}-{topology.name}", "Topology", topology.name, topology.spec, after_kueue
            )
        after_topologies = pulumi.ResourceOptions.merge(
            after_kueue, pulumi.ResourceOptions(depends_on=list(self.topologies.values()))
        )
        for flavor in flavors:
            self.flavors[flavor.name] = custom_object(
                f"{name}-{flavor.name}-flavor",
                "ResourceFlavor",
                flavor.name,
                quotas.resource_flavor(flavor),
                after_topologies if flavor.topology else after_kueue,
            )
        for priority, value in quotas.PRIORITIES.items():
            self.priorities[priority] = WorkloadPriorityClass(
                f"{name}-priority-{priority}", API_VERSION, priority, value, after_kueue
            )
        after_flavors = pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(depends_on=[kueue, *self.flavors.values()])
        )
        self.cluster_queue = custom_object(
            f"{name}-cluster-queue",
            "ClusterQueue",
            CLUSTER_QUEUE,
            quotas.default_queue(flavors, teams),
            after_flavors,
        )


def home(depends_on: Sequence[pulumi.Resource], keep: bool) -> pulumi.ResourceOptions:
    """Returns the options of a namespace that jobs run in: it goes, with jobs and the
    volumes of their claims, before what they need.

    Its queue too goes later: Kueue keeps a ClusterQueue for as long as a job holds some
    of its quota.
    """
    return pulumi.ResourceOptions(
        depends_on=list(depends_on), custom_timeouts=DELETION, protect=keep
    )


def service_account(
    name: str, namespace: kubernetes.core.v1.Namespace, opts: pulumi.ResourceOptions
) -> kubernetes.core.v1.ServiceAccount:
    """Creates what the jobs of a namespace run as."""
    return kubernetes.core.v1.ServiceAccount(
        name,
        metadata=kubernetes.meta.v1.ObjectMetaArgs(
            name=SERVICE_ACCOUNT, namespace=namespace.metadata.name
        ),
        # Training asks nothing of the Kubernetes API. EKS Pod Identity brings a token
        # of its own.
        automount_service_account_token=False,
        opts=opts,
    )


def local_queue(
    name: str,
    cluster_queue: str,
    leads_to: pulumi.Resource,
    namespace: kubernetes.core.v1.Namespace,
    opts: pulumi.ResourceOptions,
) -> kubernetes.apiextensions.CustomResource:
    """Creates the LocalQueue by which the jobs of a namespace get into a
    ClusterQueue."""
    return custom_object(
        name,
        "LocalQueue",
        LOCAL_QUEUE,
        {"clusterQueue": cluster_queue},
        pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(depends_on=[leads_to], deleted_with=namespace)
        ),
        namespace=namespace.metadata.name,
    )


def custom_object(
    name: str,
    kind: str,
    object_name: str,
    spec: Mapping[str, Any],
    opts: pulumi.ResourceOptions,
    namespace: pulumi.Input[str] | None = None,
) -> kubernetes.apiextensions.CustomResource:
    """An object of Kueue's."""
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version=API_VERSION,
        kind=kind,
        metadata=kubernetes.meta.v1.ObjectMetaArgs(name=object_name, namespace=namespace),
        spec=dict(spec),
        opts=opts,
    )
