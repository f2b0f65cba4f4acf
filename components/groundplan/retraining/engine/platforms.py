"""The services of a pipeline for those who ask for runs and decide on them, from
anywhere: they reach AWS, or the bucket, and not the cluster."""

from typing import Any

from groundplan.release.cluster.target import is_cluster
from groundplan.retraining.engine.services import Services
from groundplan.retraining.engine.settings import RetrainingSettings


def remote(settings: RetrainingSettings, session: Any = None) -> Services:
    """Returns the services of the platform that serves: SageMaker, or a cluster."""
    if is_cluster(settings.release_target):
        from groundplan.retraining.engine.cluster import connection

        return connection.remote(settings, session)
    from groundplan.retraining.engine.sagemaker.services import connect

    return connect(settings, session)
