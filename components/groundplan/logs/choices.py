"""Enums of the arguments of a LogStore."""

from enum import Enum
from typing import TYPE_CHECKING, Literal


class LogOutputType(str, Enum):
    """What Fluent Bit sends lines to, in place of CloudWatch Logs."""

    OPENSEARCH = "opensearch"
    """OpenSearch, or what has its bulk API."""
    LOKI = "loki"
    """Grafana Loki."""
    HTTP = "http"
    """Any receiver of JSON documents by HTTP POST."""


if TYPE_CHECKING:
    LogOutputTypeValue = LogOutputType | Literal["opensearch", "loki", "http"]
else:
    LogOutputTypeValue = LogOutputType
