"""The kinds of SageMaker endpoints."""

from enum import Enum
from typing import TYPE_CHECKING, Literal


class EndpointKind(str, Enum):
    """An inference option of SageMaker."""

    REAL_TIME = "real-time"
    """Responds synchronously, from instances that are always on."""
    SERVERLESS = "serverless"
    """Responds synchronously, from capacity that is billed by request."""
    ASYNCHRONOUS = "asynchronous"
    """Queues requests, and writes responses to a bucket."""


if TYPE_CHECKING:
    EndpointKindValue = EndpointKind | Literal["real-time", "serverless", "asynchronous"]
else:
    EndpointKindValue = EndpointKind
