"""TrainingPlatform: the Kubernetes half of a training cluster, on an existing cluster.
It creates no AWS resources."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pulumi
import pulumi_kubernetes as kubernetes

from groundplan import arguments
from groundplan.component import Component
from groundplan.context import Context
from groundplan.kubernetes.open_cost import installation as open_cost
from groundplan.kubernetes.open_cost.installation import OpenCost
from groundplan.training.platform.args import TrainingPlatformArgs as TrainingPlatformArgs
from groundplan.training.platform.platform import Platform
from groundplan.training.platform.validation import examine


class TrainingPlatform(Component):
    """Queues, teams and frameworks for training on any Kubernetes cluster: gang
    admission, quotas, isolated namespaces.

    The cluster needs nodes, a network plugin that enforces network policies, and a
    device plugin for its accelerators.
    """

    namespaces: pulumi.Output[Sequence[str]]
    """The namespaces whose jobs are queued: `training`, and one for each team."""
    cluster_queues: pulumi.Output[Mapping[str, str]]
    """Namespace -> the ClusterQueue of its jobs. Empty without pools."""

    def __init__(
        self,
        name: str,
        args: TrainingPlatformArgs = arguments.DEFAULTS,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("groundplan:index:TrainingPlatform", name, {}, opts)
        existing = self.get_provider("kubernetes:core/v1:Namespace")
        context = replace(Context.of(name, opts), has_kubernetes_provider=existing is not None)
        read, problems = arguments.read(TrainingPlatformArgs, args)
        invalid, spec = examine(read, context)
        arguments.require("TrainingPlatform", name, [*problems, *invalid])
        if spec is None:
            raise ValueError("arguments without problems have no spec")

        self.kubernetes_provider = existing or kubernetes.Provider(
            f"{name}-kubernetes",
            kubeconfig=spec.kubeconfig,
            cluster_identifier=spec.cluster_identifier,
            opts=pulumi.ResourceOptions(parent=self),
        )
        """The Kubernetes provider of the cluster."""
        self.platform = Platform(
            name,
            spec.pools,
            teams=spec.teams,
            connections=spec.connections,
            frameworks=spec.frameworks,
            schedule=spec.schedule,
            device_plugin=spec.device_plugin,
            keep=spec.deletion_protection,
            opts=pulumi.ResourceOptions(parent=self, provider=self.kubernetes_provider),
        )
        """The resources in the cluster: releases, queues, teams."""
        self.open_cost: OpenCost | None = None
        """None without `open_cost`."""
        if spec.open_cost is not None:
            self.open_cost = open_cost.install(
                f"{name}-{open_cost.NAMESPACE}",
                spec.open_cost,
                opts=pulumi.ResourceOptions(parent=self, provider=self.kubernetes_provider),
            )
        self.namespaces = pulumi.Output.all(*self.platform.namespaces.values())
        queues = self.platform.cluster_queues
        self.cluster_queues = pulumi.Output.all(*queues.values()).apply(
            lambda names: dict(zip(queues, names, strict=True))
        )
        self.register_outputs({"namespaces": self.namespaces, "clusterQueues": self.cluster_queues})
