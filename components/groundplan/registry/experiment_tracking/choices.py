"""The enums of an `ExperimentTracking`'s arguments."""

from enum import Enum
from typing import TYPE_CHECKING, Literal


class TrackingServer(str, Enum):
    """Who runs MLflow."""

    MANAGED = "managed"
    """SageMaker: an MLflow app, with no server to size, patch or pay by the hour."""
    CLUSTER = "cluster"
    """A Kubernetes cluster: MLflow's chart, with a PostgreSQL database in RDS."""


if TYPE_CHECKING:
    TrackingServerValue = TrackingServer | Literal["managed", "cluster"]
else:
    TrackingServerValue = TrackingServer
