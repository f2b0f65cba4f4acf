"""Releases of an endpoint: start, roll back, list."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from groundplan.api.handlers import parameters as of
from groundplan.api.handlers.call import NotFound, current
from groundplan.api.handlers.once import Asked
from groundplan.api.handlers.places import release_place
from groundplan.api.models import answers
from groundplan.api.models.requests import ReleaseRequest, RollbackRequest
from groundplan.release.engine.errors import Refused
from groundplan.release.engine.result import IN_PROGRESS, Result

ACCEPTED, OK = 202, 200


def start_release(
    endpoint: of.EndpointName, body: ReleaseRequest, key: of.IdempotencyKey
) -> Response[answers.ReleaseResult]:
    """Begins the release of an approved version. The release runtime brings it to its
    end; `get_release` has it."""
    place = release_place(endpoint)

    def act(asked: Asked) -> tuple[int, answers.ReleaseResult]:
        result = place.releases.deploy(
            body.version, reason=body.reason, wait=False, override=body.override, name=asked.name
        )
        return _result(result, endpoint)

    return place.requests.once(current(), key, body, act)


def start_rollback(
    endpoint: of.EndpointName, body: RollbackRequest, key: of.IdempotencyKey
) -> Response[answers.ReleaseResult]:
    """Begins to move the endpoint back to a release that was verified."""
    place = release_place(endpoint)

    def act(asked: Asked) -> tuple[int, answers.ReleaseResult]:
        result = place.releases.rollback(
            body.version, reason=body.reason, wait=False, name=asked.name
        )
        return _result(result, endpoint)

    return place.requests.once(current(), key, body, act)


def list_releases(
    endpoint: of.EndpointName,
    limit: of.Limit = of.DEFAULT_LIMIT,
    before: of.BeforeRelease = None,
) -> answers.Releases:
    """Lists the releases that have ended, the newest first."""
    try:
        records = release_place(endpoint).releases.trail.newest(limit, before or "")
    except Refused as error:
        raise NotFound(str(error)) from None
    return answers.Releases(items=[release_of(each) for each in records[::-1]])


def get_release(endpoint: of.EndpointName, release: of.ReleaseName) -> answers.Release:
    """Returns a release: under way, or as it ended."""
    trail = release_place(endpoint).releases.trail
    record = trail.record(release)
    if record is not None:
        return release_of(record)
    held = trail.held()
    if held is None or held.release != release:
        raise NotFound(f"{endpoint} has no release {release}. Fix: list its releases")
    return release_of(trail.plan(held).as_dict())


def release_of(record: Mapping[str, Any]) -> answers.Release:
    """Returns a release of its record, or of the plan of one under way."""
    ended = "outcome" in record
    return answers.Release(
        release=str(record["release"]),
        kind=str(record.get("kind") or ""),
        endpoint=str(record.get("endpoint") or ""),
        version=record.get("version"),
        outcome=str(record["outcome"]) if ended else IN_PROGRESS,
        reason=str(record.get("reason") or "") if ended else "",
        started_at=str(record.get("started_at") or ""),
        started_by=str(record.get("started_by") or ""),
        live=record.get("live"),
    )


def _result(result: Result, endpoint: str) -> tuple[int, answers.ReleaseResult]:
    """Returns the status and the body: 202 while the endpoint is on its way."""
    under_way = result.outcome == IN_PROGRESS
    record = result.record
    if under_way:
        trail = release_place(endpoint).releases.trail
        held = trail.held()
        record = None if held is None else trail.plan(held).as_dict()
    body = answers.ReleaseResult(
        outcome=result.outcome,
        message=result.message,
        release=None if record is None else release_of(record),
        warning=result.warning,
    )
    return (ACCEPTED if under_way else OK), body
