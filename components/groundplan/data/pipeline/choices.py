"""The enums of a DataPipeline."""

from enum import Enum
from typing import TYPE_CHECKING, Literal


class PipelineEngine(str, Enum):
    """What carries the runs of a pipeline out."""

    GLUE = "glue"
    """Spark in AWS Glue: for data that fits into the memory of no machine."""
    CONTAINER = "container"
    """A pod of a Kubernetes cluster, which Kueue admits from a queue."""
    RAY = "ray"
    """A RayJob of KubeRay, which Kueue admits from a queue: several pods."""


class WorkerType(str, Enum):
    """The size of a worker of a Glue job."""

    G_1X = "G.1X"
    """1 DPU: 4 vCPU, 16 GB of memory."""
    G_2X = "G.2X"
    """2 DPU."""
    G_4X = "G.4X"
    """4 DPU."""
    G_8X = "G.8X"
    """8 DPU."""


DPU = {
    WorkerType.G_1X: 1,
    WorkerType.G_2X: 2,
    WorkerType.G_4X: 4,
    WorkerType.G_8X: 8,
}
"""Data processing units of a worker (AWS Glue Developer Guide, "Configuring job
properties", worker types)."""

if TYPE_CHECKING:
    PipelineEngineValue = PipelineEngine | Literal["glue", "container", "ray"]
    WorkerTypeValue = WorkerType | Literal["G.1X", "G.2X", "G.4X", "G.8X"]
else:
    PipelineEngineValue, WorkerTypeValue = PipelineEngine, WorkerType
