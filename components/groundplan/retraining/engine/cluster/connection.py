"""Connects the services of a pipeline whose endpoint is on the cluster: to S3, the
Kubernetes API and Prometheus. SageMaker is none of them."""

from typing import Any

import boto3  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.release.cluster import connection
from groundplan.release.cluster.alerts import Alerts
from groundplan.release.cluster.connection import Absent
from groundplan.release.cluster.releases import ClusterReleases, registry_of
from groundplan.release.cluster.target import ClusterTarget
from groundplan.release.cluster.workloads import Api
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import ReleaseError
from groundplan.retraining.engine.cluster.models import BucketModels
from groundplan.retraining.engine.cluster.releases import PodReleases
from groundplan.retraining.engine.notifications import Topic
from groundplan.retraining.engine.services import (
    Models,
    Refused,
    Releases,
    Services,
)
from groundplan.retraining.engine.settings import RetrainingSettings


def clients(settings: RetrainingSettings, session: Any = None, account: str = "") -> Clients:
    """Returns clients of S3, and of STS where there is AWS. `account`: who acts where
    there is none, by default the driver."""
    who = (account or settings.account) if settings.account else ""
    return connection.clients(settings.region, session, who)


def target(settings: RetrainingSettings) -> ClusterTarget:
    """Returns the endpoint of settings. Raises `Refused` if they can't be read."""
    try:
        return ClusterTarget.read(settings.endpoint, settings.release_target)
    except ReleaseError as error:
        raise Refused(str(error)) from None


def connect(
    settings: RetrainingSettings, api: Api, session: Any = None, alerts: Alerts | None = None
) -> tuple[Services, ClusterReleases]:
    """Returns the services of a pipeline but its jobs, for a driver in the cluster, and
    the releases that it takes part in."""
    own, place = clients(settings, session), target(settings)
    health = alerts or Alerts(place)
    releases = ClusterReleases(own, place, api, health)
    models = BucketModels(own, releases.registry, settings, lambda: releases.serving().version)
    return _services(own, settings, models, PodReleases(releases, health), session), releases


def remote(settings: RetrainingSettings, session: Any = None) -> Services:
    """Returns the services for a person's computer, which reaches the bucket and not
    the cluster."""
    own, place = clients(settings, session, connection.person()), target(settings)
    cluster: Any = Absent("The cluster")
    models = BucketModels(own, registry_of(own, place), settings, lambda: str(cluster.serving))
    return _services(own, settings, models, cluster, session)


def _services(
    own: Clients, settings: RetrainingSettings, models: Models, releases: Releases, session: Any
) -> Services:
    jobs: Any = Absent("The cluster")
    topic = None
    if settings.topic_arn:
        source = session or boto3.session.Session()
        sns = source.client("sns", region_name=settings.region, config=aws.CONTROL)
        topic = Topic(sns, settings.topic_arn)
    return Services(s3=own.s3, jobs=jobs, models=models, releases=releases, notifications=topic)
