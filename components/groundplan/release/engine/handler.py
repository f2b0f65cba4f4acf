"""The Lambda function of endpoints that release by registry: what is approved goes
live, and what came of it is recorded.

EventBridge sends it three kinds of events: a model package was approved, an endpoint
changed its state, and time has passed. It never waits: an update outlasts a function,
which may run for 15 minutes. Events come more than once, out of order or never, so each
only prompts a look at what is true.

The environment says which endpoints: `GROUNDPLAN_TARGETS`, a JSON object of release
targets by name, or, as an environment holds 4 KB only, `GROUNDPLAN_TARGETS_FILE`, a
file with the same beside the code.
"""

import datetime
import json
import logging
import os
import pathlib
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from groundplan.release.engine import aws, history, registry
from groundplan.release.engine.errors import Busy, Refused, ReleaseError
from groundplan.release.engine.events import (
    ENDPOINT_EVENTS,
    PACKAGE_EVENT,
    SCHEDULED_EVENT,
    group_name,
)
from groundplan.release.engine.releases import Releases, Result
from groundplan.release.engine.target import Target

TARGETS, TARGETS_FILE = "GROUNDPLAN_TARGETS", "GROUNDPLAN_TARGETS_FILE"
WHY = "approved in the registry"
NOT_LIVE = ("refused", history.FAILED, history.ROLLED_BACK)
"""Outcomes after which an approved version does not serve. They are logged as errors,
which is what calls people."""

log = logging.getLogger(__name__)
log.setLevel(logging.INFO)


def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """What Lambda calls. Errors that may pass are raised, so that Lambda tries again;
    others are answers."""
    answers = answer(event, targets(os.environ), lambda target: aws.Clients.connect(target.region))
    log.info(
        json.dumps({"event": event.get("id"), "type": event.get("detail-type"), "answers": answers})
    )
    return {"answers": answers}


def targets(environment: Mapping[str, str]) -> list[Target]:
    """The release targets that the function's environment names."""
    text = environment.get(TARGETS, "")
    if not text and environment.get(TARGETS_FILE):
        text = pathlib.Path(environment[TARGETS_FILE]).read_text(encoding="utf-8")
    if not text:
        raise Refused(f"There are no release targets. Fix: set {TARGETS} or {TARGETS_FILE}")
    return [Target.read(name, data) for name, data in json.loads(text).items()]


def answer(
    event: Mapping[str, Any], known: list[Target], connect: Callable[[Target], aws.Clients]
) -> dict[str, dict[str, str]]:
    """What was done for each endpoint that an event concerns. What is raised for one is
    raised when all had their turn."""
    answers, raised = {}, []
    for target in known:
        try:
            outcome = _answer(event, target, connect)
        except (ReleaseError, ClientError, BotoCoreError) as error:
            raised.append(error)
            continue
        if outcome is not None:
            answers[target.endpoint] = outcome
        if outcome is not None and outcome["outcome"] in NOT_LIVE:
            log.error("%s: %s: %s", target.endpoint, outcome["outcome"], outcome["message"])
    if raised:
        raise raised[0]
    return answers


def _answer(
    event: Mapping[str, Any], target: Target, connect: Callable[[Target], aws.Clients]
) -> dict[str, str] | None:
    kind, detail = event.get("detail-type"), event.get("detail", {})
    if kind == PACKAGE_EVENT:
        meant = _is_approval(detail) and detail.get("ModelPackageGroupName") == group_name(
            target.model_package_group
        )
        return (
            _approved(Work(target, connect(target)), detail, str(event["time"])) if meant else None
        )
    if kind in ENDPOINT_EVENTS:
        return (
            _settled(Work(target, connect(target)))
            if detail.get("EndpointName") == target.endpoint
            else None
        )
    if kind == SCHEDULED_EVENT:
        work = Work(target, connect(target))
        # Only what was begun: what was refused would be refused again every hour.
        return _settled(work) if work.releases.trail.held() is not None else None
    return None


class Work:
    """A target, and what it takes to release to it."""

    def __init__(self, target: Target, clients: aws.Clients) -> None:
        self.target, self.clients = target, clients
        self.releases = Releases(clients, target, progress=log.info)


def _is_approval(detail: Mapping[str, Any]) -> bool:
    """Returns whether an event reports an approval, and no other change of an
    approved version."""
    changed = detail.get("UpdatedModelPackageFields")
    return detail.get("ModelApprovalStatus") == registry.APPROVED and (
        not changed or "ModelApprovalStatus" in changed
    )


def _approved(work: Work, detail: Mapping[str, Any], time: str) -> dict[str, str]:
    arn = str(detail["ModelPackageArn"])
    approved_at = datetime.datetime.fromisoformat(time)
    for record in work.releases.trail.records():
        # This event again, or its twin: else a version that was rolled back would come
        # back with every late delivery.
        begun = datetime.datetime.fromisoformat(record["started_at"])
        if record["kind"] == "deploy" and record["package_arn"] == arn and begun >= approved_at:
            return {
                "outcome": "recorded",
                "message": f"{record['release']} has {record['outcome']} already",
            }
    return _deploy(work, int(detail["ModelPackageVersion"]))


def _settled(work: Work) -> dict[str, str]:
    """Bring the release under way to its end, if there is one; then begin what was
    approved in the meantime."""
    found = work.releases.resume(wait=False)
    if found.outcome == "in-progress":
        return _told(found)
    waiting = _next(work)
    return _told(found) if waiting is None else _deploy(work, waiting.version)


def _next(work: Work) -> registry.Version | None:
    """The newest version that was approved while another release was under way, and has
    not had its turn."""
    records = [record for record in work.releases.trail.records() if record["version"] is not None]
    if not records:
        return None  # the approval's own event begins the first one
    tried = {record["package_arn"] for record in records}
    newest = max(record["version"] for record in records)
    for version in registry.versions(work.clients, work.target):
        if (
            version.approval == registry.APPROVED
            and version.arn not in tried
            and version.version > newest
        ):
            return version
    return None


def _deploy(work: Work, version: int) -> dict[str, str]:
    try:
        return _told(work.releases.deploy(version, reason=WHY, wait=False))
    except Busy as error:
        # The end of what is under way is an event too, and looks for what was approved.
        return {"outcome": "deferred", "message": str(error)}
    except Refused as error:
        log.warning("%s", error)
        return {"outcome": "refused", "message": str(error)}


def _told(result: Result) -> dict[str, str]:
    return {"outcome": result.outcome, "message": result.message}
