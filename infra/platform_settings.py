"""The settings of a Kubernetes cluster that is there already: what Groundplan puts into
it for training."""

from typing import Annotated

from pydantic import Field
from section import NotNegative, Positive, Section
from training_settings import Frameworks, Night, Price, Team


class Taint(Section):
    """A taint of nodes, with the effect NoSchedule, that jobs of the pool tolerate."""

    key: str
    """The taint's key: nvidia.com/gpu."""
    value: str
    """The taint's value. May be empty."""


class PlatformPool(Section):
    """Nodes of one kind in the cluster."""

    nodes: Positive
    """The most nodes that there can be."""
    cpu: Positive
    """Cores of one node that jobs can have."""
    memory_gib: Positive
    """Memory of one node that jobs can have, in GiB."""
    node_labels: Annotated[dict[str, str], Field(min_length=1)]
    """Labels that the pool's nodes carry, and no others do."""
    accelerator: str | None = None
    """The resource that a device plugin counts the accelerators as: nvidia.com/gpu.
    Default: none."""
    accelerators: NotNegative | None = None
    """Accelerators of one node. Default: 0."""
    efa: NotNegative | None = None
    """EFA interfaces of one node. Default: 0."""
    taints: list[Taint] | None = None
    """Taints of the nodes that jobs of the pool tolerate. Default: none."""
    usd_per_hour: Price | None = None
    """Price of one node, in USD. Default: not known."""


class PlatformSettings(Section):
    """A Kubernetes cluster that is there already: kind, on premises, another cloud's.
    Nothing of AWS is made for it."""

    kubeconfig: str
    """Path of the kubeconfig: ~/.kube/config."""
    cluster_identifier: str | None = None
    """A name of the cluster: as long as it is the same, another kubeconfig replaces
    nothing."""
    pools: dict[str, PlatformPool] | None = None
    """Nodes that jobs are queued for, by name. Default: none, and no queue."""
    teams: dict[str, Team] | None = None
    """Teams by name, which is also that of the namespace. Default: none."""
    frameworks: Frameworks | None = None
    """What jobs of several pods are written for. Default: Kubernetes' own Job."""
    max_usd_per_hour: Price | None = None
    """The most that all pools may cost in an hour at their largest, in USD. Default: no
    ceiling."""
    night: Night | None = None
    """When the queues are closed. Default: never."""
    device_plugin: bool | None = None
    """Whether to install NVIDIA's device plugin. Default: false."""
