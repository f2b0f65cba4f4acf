"""Carries retraining runs from a CronJob of the cluster that trains: jobs go through
its queue; the registry and the endpoint are SageMaker's.

    python -m groundplan.retraining.engine.cluster.driver
"""

import json
import os
import sys
from dataclasses import replace

from groundplan.model_monitoring.analysis.kubernetes_api import Cluster
from groundplan.retraining.engine import driver
from groundplan.retraining.engine.cluster.jobs import ClusterJobs
from groundplan.retraining.engine.names import ALARMING
from groundplan.retraining.engine.pipeline import Pipeline
from groundplan.retraining.engine.services import Services
from groundplan.retraining.engine.settings import RetrainingSettings, from_environment


def on_cluster(services: Services, cluster: Cluster, settings: RetrainingSettings) -> Services:
    """Returns services whose jobs are those of a cluster."""
    jobs = ClusterJobs(cluster, services.s3, settings, lambda: services.models.champion().record)
    return replace(services, jobs=jobs, executions=None)


def main() -> int:
    """Advances the pipeline that the environment describes. Returns 1 where a run has
    failed or was rolled back."""
    from groundplan.retraining.engine.sagemaker.services import connect

    settings = from_environment(os.environ)
    services = on_cluster(connect(settings), Cluster(), settings)
    answer = driver.advance(Pipeline(settings, services))
    sys.stdout.write(json.dumps(answer.document()) + "\n")
    return int(answer.outcome in ALARMING)


if __name__ == "__main__":
    sys.exit(main())
