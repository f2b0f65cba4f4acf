"""The enums of a ModelMonitoring's arguments."""

from enum import Enum
from typing import TYPE_CHECKING, Literal


class MonitoringEngine(str, Enum):
    """What runs a check. The results are the same, byte for byte."""

    FUNCTION = "function"
    """The Lambda function: up to about fifty million rows in its 15 minutes."""
    SPARK = "spark"
    """A Glue job, which the function starts: for more."""


if TYPE_CHECKING:
    MonitoringEngineValue = MonitoringEngine | Literal["function", "spark"]
else:
    MonitoringEngineValue = MonitoringEngine
