"""TrainingPlatform: the Kubernetes half of a training cluster, on a cluster that is
handed in. It needs no AWS at all."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_kubernetes as kubernetes

from groundplan import arguments
from groundplan.component import Component
from groundplan.context import Context
from groundplan.training.platform.args import TrainingPlatformArgs as TrainingPlatformArgs
from groundplan.training.platform.platform import Platform
from groundplan.training.platform.validation import flavors, validate


class TrainingPlatform(Component):
    """Queues, teams and frameworks for training on any Kubernetes cluster: gang
    admission, quotas, isolated namespaces.

    The cluster brings its nodes, a network plugin that enforces network policies, and a
    device plugin for its accelerators.
    """

    namespaces: pulumi.Output[Sequence[str]]
    """The namespaces whose jobs wait in a queue: `training`, and one for each team."""
    cluster_queues: pulumi.Output[Mapping[str, str]]
    """Namespace -> the ClusterQueue that its jobs get into. Empty without pools."""

    def __init__(
        self,
        name: str,
        args: TrainingPlatformArgs = arguments.DEFAULTS,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("groundplan:index:TrainingPlatform", name, {}, opts)
        context = Context.of(name, opts)
        checked = arguments.validated(
            "TrainingPlatform", TrainingPlatformArgs, args, validate, context
        )
        existing = self.get_provider("kubernetes:core/v1:Namespace")

        self.kubernetes_provider = existing or kubernetes.Provider(
            f"{name}-kubernetes",
            kubeconfig=checked["kubeconfig"],
            cluster_identifier=checked.get("cluster_identifier"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        """What reaches the cluster."""
        self.platform = Platform(
            name,
            flavors(checked.get("pools", {})),
            teams=checked.get("teams", {}),
            frameworks=checked.get("frameworks", {}),
            night=checked.get("night"),
            device_plugin=checked.get("device_plugin", False),
            keep=checked.get("deletion_protection", True),
            opts=pulumi.ResourceOptions(parent=self, provider=self.kubernetes_provider),
        )
        """All that is in the cluster: releases, queues, teams."""
        self.namespaces = pulumi.Output.all(*self.platform.namespaces.values())
        queues = self.platform.cluster_queues
        self.cluster_queues = pulumi.Output.all(*queues.values()).apply(
            lambda names: dict(zip(queues, names, strict=True))
        )
        self.register_outputs({"namespaces": self.namespaces, "clusterQueues": self.cluster_queues})
