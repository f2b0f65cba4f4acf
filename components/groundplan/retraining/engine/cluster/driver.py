"""Carries retraining runs from a CronJob of the cluster that trains: jobs go through
its queue. The registry and the endpoint are SageMaker's, or the bucket's and the
cluster's, as the release target says: then no call goes to SageMaker.

    python -m groundplan.retraining.engine.cluster.driver

`GROUNDPLAN_RESULTS` names the results of the endpoint's checks, whose drift begins
runs.
"""

import json
import logging
import os
import sys
from dataclasses import replace
from typing import Any

from groundplan.model_monitoring.analysis.kubernetes_api import Cluster
from groundplan.release.cluster import promotion
from groundplan.release.cluster.releases import ClusterReleases
from groundplan.release.cluster.target import is_cluster
from groundplan.retraining.engine import driver
from groundplan.retraining.engine.answers import Answer
from groundplan.retraining.engine.cluster import asked, connection
from groundplan.retraining.engine.cluster.jobs import ClusterJobs
from groundplan.retraining.engine.names import ALARMING
from groundplan.retraining.engine.pipeline import Pipeline
from groundplan.retraining.engine.services import Services
from groundplan.retraining.engine.settings import RetrainingSettings, from_environment

log = logging.getLogger(__name__)

RESULTS = "GROUNDPLAN_RESULTS"


def on_cluster(services: Services, cluster: Cluster, settings: RetrainingSettings) -> Services:
    """Returns services whose jobs are those of a cluster."""
    jobs = ClusterJobs(cluster, services.s3, settings, lambda: services.models.champion().record)
    return replace(services, jobs=jobs, executions=None)


def advance(
    pipeline: Pipeline,
    s3: Any,
    settings: RetrainingSettings,
    results: str,
    releases: ClusterReleases | None = None,
) -> list[Answer]:
    """Decides for all that asks for a run, and takes all steps that can be taken now.
    Returns the answers: what runs wait for, and how they ended. The release under way,
    and what people approve and reject, come first."""
    if releases is not None and (waits := promotion.look(releases)):
        log.info("%s: %s", settings.endpoint, waits)
    events = asked.events(s3, settings, results)
    return [*(driver.advance(pipeline, event) for event in events), driver.advance(pipeline)]


def main() -> int:
    """Advances the pipeline that the environment describes. Returns 1 where a run has
    failed or was rolled back."""
    settings = from_environment(os.environ)
    services, releases = connected(settings, Cluster())
    answers = advance(
        Pipeline(settings, services),
        services.s3,
        settings,
        os.environ.get(RESULTS, ""),
        releases,
    )
    for answer in answers:
        sys.stdout.write(json.dumps(answer.document()) + "\n")
    return int(any(answer.outcome in ALARMING for answer in answers))


def connected(
    settings: RetrainingSettings, cluster: Cluster, session: Any = None
) -> tuple[Services, ClusterReleases | None]:
    """Returns the services of a pipeline, and the releases of an endpoint on the
    cluster."""
    if is_cluster(settings.release_target):
        services, releases = connection.connect(settings, cluster, session)
        return on_cluster(services, cluster, settings), releases
    # It loads SageMaker's adapters, which a loop on the cluster has no use for.
    from groundplan.retraining.engine.sagemaker.services import connect

    return on_cluster(connect(settings, session), cluster, settings), None


if __name__ == "__main__":
    sys.exit(main())
