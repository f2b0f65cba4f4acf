"""A pool as the Kubernetes half of a training cluster sees it: the labels and taints of
its nodes, and their capacity.

Knows nothing of AWS: the pools of an existing cluster are described by the same class.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from groundplan.training.choices import TaintEffect
from groundplan.training.queues.topology import Topology


@dataclass(frozen=True)
class Taint:
    """A taint of nodes."""

    key: str
    value: str
    effect: TaintEffect = TaintEffect.NO_SCHEDULE

    @property
    def toleration(self) -> dict[str, Any]:
        """The toleration of exactly this taint."""
        return {
            "key": self.key,
            "operator": "Equal",
            "value": self.value,
            "effect": self.effect.value,
        }


@dataclass(frozen=True)
class Flavor:
    """Nodes of one kind, and how many there can be."""

    name: str
    nodes: int
    """The maximum number of nodes."""
    cpu: int
    """Cores of one node."""
    memory_mib: int
    """Memory of one node."""
    accelerator: str | None = None
    """The extended resource of a node's accelerators: nvidia.com/gpu. None without
    accelerators."""
    accelerators: int = 0
    """Accelerators of one node."""
    efa: int = 0
    """EFA interfaces of one node that pods can request (`vpc.amazonaws.com/efa`)."""
    usd_per_hour: float | None = None
    """Price of one node; None if it is unknown."""
    node_labels: Mapping[str, str] = field(default_factory=dict)
    taints: Sequence[Taint] = ()
    dra: bool = False
    """Whether pods claim the accelerators by dynamic resource allocation."""
    topology: Topology | None = None
    """The network that Kueue places jobs by; None without topology-aware
    scheduling."""
