"""The enums of a TrainingJob."""

from enum import Enum
from typing import TYPE_CHECKING, Literal


class RunsOn(str, Enum):
    """What carries a run out."""

    CLUSTER = "cluster"
    """A Kubernetes Job that Kueue admits, on a `TrainingCluster` or any cluster with
    Kueue."""
    SAGEMAKER = "sagemaker"
    """A SageMaker training job."""


class AcceleratorKind(str, Enum):
    """Which accelerators a node of the run has."""

    NVIDIA = "nvidia"
    NEURON = "neuron"
    """Trainium and Inferentia."""


class TopologyPlacement(str, Enum):
    """How the pods of a run are placed in the network of a pool with `topology`."""

    REQUIRED = "required"
    """All within one domain of the level: the run waits until one has room."""
    PREFERRED = "preferred"
    """Within one domain of the level if one has room, else of the next level up."""
    ANYWHERE = "anywhere"
    """On any nodes of the pool that have room."""


class TopologyLevel(str, Enum):
    """A level of the network: nodes in one domain of it are close to each other."""

    NETWORK_1 = "network-1"
    """The top layer of AWS's network."""
    NETWORK_2 = "network-2"
    NETWORK_3 = "network-3"
    """The lowest layer for most instance types."""
    NETWORK_4 = "network-4"
    """The lowest layer of p6-b200 and p6-b300 instances, which others do not have."""
    NODE = "node"


class DatasetMode(str, Enum):
    """How SageMaker brings a dataset to the container."""

    FAST_FILE = "fast-file"
    """Streamed from S3 as it is read: the run starts at once, and the volume needn't
    hold the dataset."""
    FILE = "file"
    """Downloaded to the volume before the run starts: faster where files are read many
    times, or at random."""


if TYPE_CHECKING:
    RunsOnValue = RunsOn | Literal["cluster", "sagemaker"]
    AcceleratorKindValue = AcceleratorKind | Literal["nvidia", "neuron"]
    DatasetModeValue = DatasetMode | Literal["fast-file", "file"]
    TopologyPlacementValue = TopologyPlacement | Literal["required", "preferred", "anywhere"]
    TopologyLevelValue = (
        TopologyLevel | Literal["network-1", "network-2", "network-3", "network-4", "node"]
    )
else:
    RunsOnValue, AcceleratorKindValue, DatasetModeValue = RunsOn, AcceleratorKind, DatasetMode
    TopologyPlacementValue, TopologyLevelValue = TopologyPlacement, TopologyLevel
