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
else:
    RunsOnValue, AcceleratorKindValue, DatasetModeValue = RunsOn, AcceleratorKind, DatasetMode
