"""Versions of an endpoint's model package group: register, approve or reject, list."""

import datetime

from aws_lambda_powertools.event_handler import Response

from groundplan.api.handlers import parameters as of
from groundplan.api.handlers.call import NotFound, current
from groundplan.api.handlers.once import Asked
from groundplan.api.handlers.places import ReleasePlace, release_place
from groundplan.api.handlers.releases import release_of
from groundplan.api.models import answers
from groundplan.api.models.requests import Decision, DecisionRequest, RegistrationRequest
from groundplan.release.engine import candidates, gate_report, registry
from groundplan.release.engine.candidates import Candidate
from groundplan.release.engine.errors import Refused
from groundplan.release.engine.registration import register
from groundplan.release.engine.version_record import ModelTask

CREATED, OK = 201, 200


def list_versions(
    endpoint: of.EndpointName,
    limit: of.Limit = of.DEFAULT_LIMIT,
    below: of.BelowVersion = None,
) -> answers.ModelVersions:
    """Lists the newest versions, the newest first."""
    place = release_place(endpoint)
    found = registry.versions(place.clients, place.target, limit, below)
    return answers.ModelVersions(items=[_version(each) for each in found])


def get_version(endpoint: of.EndpointName, version: of.VersionNumber) -> answers.ModelVersionDetail:
    """Returns a version with its origin, its approval and its releases."""
    place = release_place(endpoint)
    found = _found(place, version)
    records = place.releases.trail.records()
    return answers.ModelVersionDetail(
        **{
            **found.as_dict(),
            "properties": dict(found.properties),
            "artifacts": [dict(each) for each in found.artifacts],
            "releases": [release_of(each) for each in records if each["package_arn"] == found.arn],
        }
    )


def register_version(
    endpoint: of.EndpointName, body: RegistrationRequest, key: of.IdempotencyKey
) -> Response[answers.RegisteredVersion]:
    """Registers a version, for approval. Who registers it is the caller."""
    place = release_place(endpoint)

    def act(_asked: Asked) -> tuple[int, answers.RegisteredVersion]:
        candidate = Candidate(
            group=place.target.model_package_group,
            record_uri=body.record_uri,
            model=body.model,
            image=body.image,
            task=ModelTask(body.task.value),
            metrics=body.metrics,
            manifest_uri=body.manifest_uri,
            slices=body.slices,
            description=body.description,
            environment=body.environment,
            document=None
            if body.evaluation_uri is None
            else candidates.evaluation(place.clients, body.evaluation_uri),
        )
        found = register(place.clients, candidate)
        status = CREATED if found.created else OK
        answer = answers.RegisteredVersion(
            arn=found.arn, version=found.version, created=found.created
        )
        return status, answer

    return place.requests.once(current(), key, body, act)


def decide_on_version(
    endpoint: of.EndpointName,
    version: of.VersionNumber,
    body: DecisionRequest,
    key: of.IdempotencyKey,
) -> Response[answers.ModelVersion]:
    """Approves or rejects a version. Who decides is the caller: where the endpoint
    asks for two persons, another than the one who registered it."""
    place = release_place(endpoint)

    def act(_asked: Asked) -> tuple[int, answers.ModelVersion]:
        found, now = _found(place, version), datetime.datetime.now(datetime.UTC)
        where = (place.clients, place.target, found)
        if body.decision is Decision.REJECT:
            decided = registry.decide(*where, approve=False, reason=body.reason, now=now)
        else:
            decided = gate_report.approve(*where, body.reason, now, body.despite_gates)
        return OK, _version(decided)

    return place.requests.once(current(), key, body, act)


def _found(place: ReleasePlace, version: int) -> registry.Version:
    try:
        return registry.find(place.clients, place.target, version)
    except Refused as error:
        raise NotFound(str(error)) from None


def _version(found: registry.Version) -> answers.ModelVersion:
    return answers.ModelVersion(**found.as_dict())
