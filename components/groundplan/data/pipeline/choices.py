"""The enums of a DataPipeline."""

from enum import Enum
from typing import TYPE_CHECKING, Literal


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
    WorkerTypeValue = WorkerType | Literal["G.1X", "G.2X", "G.4X", "G.8X"]
else:
    WorkerTypeValue = WorkerType
