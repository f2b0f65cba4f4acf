"""What the Kubernetes half of a training cluster knows of a pool: where its nodes are,
and what they hold together.

Knows nothing of AWS: the pools of a cluster that was handed in are described by the
same words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Taint:
    """Keeps pods off a node that don't tolerate it; its effect is NoSchedule."""

    key: str
    value: str


@dataclass(frozen=True)
class Flavor:
    """Nodes of one kind, and how many there can be."""

    name: str
    nodes: int
    """The most nodes."""
    cpu: int
    """Cores of one node."""
    memory_mib: int
    """Memory of one node."""
    accelerator: str | None = None
    """The Kubernetes resource that a node's accelerators are counted as:
    nvidia.com/gpu. None without accelerators."""
    accelerators: int = 0
    """Accelerators of one node."""
    efa: int = 0
    """EFA interfaces of one node that pods can have (`vpc.amazonaws.com/efa`)."""
    usd_per_hour: float | None = None
    """Price of one node; None where it isn't known."""
    node_labels: Mapping[str, str] = field(default_factory=dict)
    taints: Sequence[Taint] = ()
