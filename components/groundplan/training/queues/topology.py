"""Topology-aware scheduling: the network's layers as Kueue's Topology, by the labels
that EKS sets on nodes.

Fields: CustomResourceDefinition topologies.kueue.x-k8s.io, kubernetes-sigs/kueue
v0.19.2. Labels: Amazon EKS User Guide, "Place distributed AI/ML workloads with network
topology labels".
"""

from dataclasses import dataclass
from typing import Any

LAYER_LABEL = "topology.k8s.aws/network-node-layer-"
"""The label of a layer of AWS's network, with its number; 1 is the top."""

HOST_LABEL = "kubernetes.io/hostname"
"""The lowest level: Kueue then assigns pods to nodes, and replaces a failed node."""


@dataclass(frozen=True)
class Topology:
    """The layers of the network that a pool's nodes are in."""

    layers: int
    """How many EC2 reports for the instance type: 3 or 4."""

    @property
    def name(self) -> str:
        """The name of the Topology object: one for each number of layers, as a node
        that lacks the label of a level is not part of a topology."""
        return f"network-{self.layers}-layers"

    @property
    def levels(self) -> list[str]:
        """The labels of nodes, from the top of the network to the node."""
        return [*(f"{LAYER_LABEL}{layer + 1}" for layer in range(self.layers)), HOST_LABEL]

    @property
    def spec(self) -> dict[str, Any]:
        """The spec of the Topology object."""
        return {"levels": [{"nodeLabel": label} for label in self.levels]}
