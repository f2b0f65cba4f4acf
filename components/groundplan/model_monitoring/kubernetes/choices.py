"""The enums of a KubernetesModelMonitoring's arguments."""

from enum import Enum
from typing import TYPE_CHECKING, Literal


class CheckEngine(str, Enum):
    """What runs a check. The results are the same, byte for byte."""

    CONTAINER = "container"
    """A pod, with `workers` processes: ten million rows of ten features take two
    minutes of a processor."""
    RAY = "ray"
    """A RayJob of KubeRay, which Kueue admits from a queue: for more than one node
    reads in time."""


if TYPE_CHECKING:
    CheckEngineValue = CheckEngine | Literal["container", "ray"]
else:
    CheckEngineValue = CheckEngine
