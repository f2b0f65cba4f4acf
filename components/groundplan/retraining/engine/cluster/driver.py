"""Carries retraining runs from a CronJob of the cluster that trains: jobs go through
its queue; the registry and the endpoint are SageMaker's.

    python -m groundplan.retraining.engine.cluster.driver

`GROUNDPLAN_RESULTS` names the results of the endpoint's checks, whose drift begins
runs.
"""

import json
import os
import sys
from dataclasses import replace
from typing import Any

from groundplan.model_monitoring.analysis.kubernetes_api import Cluster
from groundplan.retraining.engine import driver
from groundplan.retraining.engine.answers import Answer
from groundplan.retraining.engine.cluster import asked
from groundplan.retraining.engine.cluster.jobs import ClusterJobs
from groundplan.retraining.engine.names import ALARMING
from groundplan.retraining.engine.pipeline import Pipeline
from groundplan.retraining.engine.services import Services
from groundplan.retraining.engine.settings import RetrainingSettings, from_environment

RESULTS = "GROUNDPLAN_RESULTS"


def on_cluster(services: Services, cluster: Cluster, settings: RetrainingSettings) -> Services:
    """Returns services whose jobs are those of a cluster."""
    jobs = ClusterJobs(cluster, services.s3, settings, lambda: services.models.champion().record)
    return replace(services, jobs=jobs, executions=None)


def advance(
    pipeline: Pipeline, s3: Any, settings: RetrainingSettings, results: str
) -> list[Answer]:
    """Decides for all that asks for a run, and takes all steps that can be taken now.
    Returns the answers: what runs wait for, and how they ended."""
    events = asked.events(s3, settings, results)
    return [*(driver.advance(pipeline, event) for event in events), driver.advance(pipeline)]


def main() -> int:
    """Advances the pipeline that the environment describes. Returns 1 where a run has
    failed or was rolled back."""
    from groundplan.retraining.engine.sagemaker.services import connect

    settings = from_environment(os.environ)
    services = on_cluster(connect(settings), Cluster(), settings)
    pipeline, results = Pipeline(settings, services), os.environ.get(RESULTS, "")
    answers = advance(pipeline, services.s3, settings, results)
    for answer in answers:
        sys.stdout.write(json.dumps(answer.document()) + "\n")
    return int(any(answer.outcome in ALARMING for answer in answers))


if __name__ == "__main__":
    sys.exit(main())
