"""Closed choices of an `ExperimentTracking`."""

from enum import Enum


class TrackingServer(str, Enum):
    """Who runs MLflow."""

    MANAGED = "managed"
    """SageMaker: an MLflow app, with no server to size, patch or pay by the hour."""
    CLUSTER = "cluster"
    """A Kubernetes cluster: MLflow's chart, with a PostgreSQL database in RDS."""
