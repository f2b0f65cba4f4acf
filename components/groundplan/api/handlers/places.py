"""What a request is about: the endpoint's releases, its retraining, a dataset."""

import json
from dataclasses import dataclass
from typing import Any

from groundplan.api.handlers.call import NotFound, current
from groundplan.api.handlers.connections import ClientsOfCaller
from groundplan.api.handlers.once import Requests
from groundplan.release.engine.releases import Releases
from groundplan.release.engine.target import Target
from groundplan.retraining.engine.pipeline import Pipeline
from groundplan.retraining.engine.platforms import remote
from groundplan.retraining.engine.settings import RetrainingSettings

MACHINE = "state_machine_arn"


@dataclass(frozen=True)
class ReleasePlace:
    """An endpoint that releases go to."""

    clients: ClientsOfCaller
    target: Target
    releases: Releases
    requests: Requests


@dataclass(frozen=True)
class TrainingPlace:
    """An endpoint that is retrained."""

    pipeline: Pipeline
    machine_arn: str
    """Empty where the cluster's CronJob carries runs."""
    executions: Any
    requests: Requests


def has_releases(endpoint: str) -> bool:
    """Whether the API releases to an endpoint."""
    return endpoint in current().settings.targets


def has_trainings(endpoint: str) -> bool:
    """Whether the API starts runs of an endpoint."""
    return endpoint in current().settings.pipelines


def release_place(endpoint: str) -> ReleasePlace:
    """Returns where releases of an endpoint go. Raises `NotFound`."""
    call = current()
    if endpoint not in call.settings.targets:
        raise NotFound(_unknown(endpoint, sorted(call.settings.targets), "releases"))
    target = Target.read(endpoint, call.settings.targets[endpoint])
    clients = call.connections.of_caller(target.region, call.caller.principal)
    root = f"{target.audit_prefix}{target.endpoint}/"
    requests = Requests(clients.s3, target.audit_bucket, root, target.audit_kms_key_arn)
    return ReleasePlace(clients, target, Releases(clients, target), requests)


def training_place(endpoint: str) -> TrainingPlace:
    """Returns the retraining of an endpoint. Raises `NotFound`."""
    call = current()
    if endpoint not in call.settings.pipelines:
        raise NotFound(_unknown(endpoint, sorted(call.settings.pipelines), "retraining"))
    export = call.settings.pipelines[endpoint]
    settings = RetrainingSettings.read(json.dumps(export))
    pipeline = Pipeline(settings, remote(settings, call.connections))
    s3 = call.connections.client("s3", settings.region)
    return TrainingPlace(
        pipeline,
        str(export.get(MACHINE) or ""),
        call.connections.client("stepfunctions", settings.region),
        Requests(s3, settings.bucket, settings.root, settings.kms_key_arn or None),
    )


def dataset_bucket(dataset: str) -> tuple[Any, str]:
    """Returns the client and the bucket of a dataset's versions. Raises `NotFound`."""
    settings = current().settings
    if dataset not in settings.datasets:
        raise NotFound(f"The API shows no dataset {dataset}. Fix: see GET /v1/datasets")
    return current().connections.client("s3", settings.region), settings.bucket


def _unknown(endpoint: str, known: list[str], what: str) -> str:
    names = ", ".join(known) or "none"
    return f"The API has no {what} of an endpoint {endpoint}. Endpoints with {what}: {names}"
