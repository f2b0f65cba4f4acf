"""The Lambda function of endpoints that release by registry: what is approved goes
live, and what came of it is recorded.

EventBridge sends it three kinds of events: a model package was approved, an endpoint
changed its state, and time has passed. It never waits: an update outlasts a function,
which may run for 15 minutes. Events come more than once, out of order or never, so each
only prompts a look at what is true (`promotion`). What needs a person is logged as an
error, which an alarm counts.

The environment says which endpoints: `GROUNDPLAN_TARGETS`, a JSON object of release
targets by name, or, as an environment holds 4 KB only, `GROUNDPLAN_TARGETS_FILE`, a
file with the same beside the code.
"""

import json
import logging
import os
import pathlib
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from groundplan.release.engine import registry
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import Refused
from groundplan.release.engine.events import (
    ENDPOINT_EVENTS,
    PACKAGE_EVENT,
    SCHEDULED_EVENT,
    group_name,
)
from groundplan.release.engine.promotion import Answer, Promotion
from groundplan.release.engine.target import Target

TARGETS, TARGETS_FILE = "GROUNDPLAN_TARGETS", "GROUNDPLAN_TARGETS_FILE"

log = logging.getLogger(__name__)
log.setLevel(logging.INFO)


def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Handles an invocation of Lambda. Errors that may pass are raised, so that Lambda
    tries again; others are answers."""
    answers = answer(event, targets(os.environ), lambda target: Clients.connect(target.region))
    log.info(
        json.dumps({"event": event.get("id"), "type": event.get("detail-type"), "answers": answers})
    )
    return {"answers": answers}


def targets(environment: Mapping[str, str]) -> list[Target]:
    """Returns the release targets that the function's environment names. One that can't
    be read calls people, and keeps nobody from the others."""
    text = environment.get(TARGETS, "")
    if not text and environment.get(TARGETS_FILE):
        text = pathlib.Path(environment[TARGETS_FILE]).read_text(encoding="utf-8")
    if not text:
        raise Refused(f"There are no release targets. Fix: set {TARGETS} or {TARGETS_FILE}")
    found = []
    for name, data in json.loads(text).items():
        try:
            found.append(Target.read(name, data))
        except Refused as error:
            log.error("%s: %s", name, error)
    return found


def answer(
    event: Mapping[str, Any], known: list[Target], connect: Callable[[Target], Clients]
) -> dict[str, dict[str, str]]:
    """Returns what was done last for each endpoint that an event concerns.

    Nothing that goes wrong with one endpoint keeps another from its turn. What is
    raised for one is raised when all had theirs: Lambda tries again then, and calls
    people.
    """
    answers: dict[str, dict[str, str]] = {}
    raised: list[Exception] = []
    for target in _turns(event, known):
        try:
            for outcome in _answers(event, target, connect):
                answers[target.endpoint] = outcome.as_dict()
                level = logging.ERROR if outcome.is_alarming else logging.INFO
                log.log(level, "%s: %s: %s", target.endpoint, outcome.outcome, outcome.message)
        except Exception as error:  # noqa: BLE001 (raised below)
            log.warning("%s: %s: %s", target.endpoint, type(error).__name__, error)
            raised.append(error)
    if raised:
        raise raised[0]
    return answers


def _turns(event: Mapping[str, Any], known: list[Target]) -> list[Target]:
    """Returns the targets, from another one for each event: a function that is out of
    time did not reach the last ones."""
    first = zlib.crc32(str(event.get("id", "")).encode()) % max(1, len(known))
    return [*known[first:], *known[:first]]


def _answers(
    event: Mapping[str, Any], target: Target, connect: Callable[[Target], Clients]
) -> Iterator[Answer]:
    kind, detail = event.get("detail-type"), event.get("detail", {})
    if kind == PACKAGE_EVENT:
        group = group_name(target.model_package_group)
        if _is_approval(detail) and detail.get("ModelPackageGroupName") == group:
            version, arn = int(detail["ModelPackageVersion"]), str(detail["ModelPackageArn"])
            yield from _promotion(target, connect).approved(version, arn, str(event["time"]))
    elif kind in ENDPOINT_EVENTS:
        if detail.get("EndpointName") == target.endpoint:
            yield from _promotion(target, connect).settled()
    elif kind == SCHEDULED_EVENT:
        yield from _promotion(target, connect).hour_passed()


def _promotion(target: Target, connect: Callable[[Target], Clients]) -> Promotion:
    return Promotion(connect(target), target, progress=log.info)


def _is_approval(detail: Mapping[str, Any]) -> bool:
    """Returns whether an event reports an approval, and no other change of an
    approved version."""
    changed = detail.get("UpdatedModelPackageFields")
    return detail.get("ModelApprovalStatus") == registry.APPROVED and (
        not changed or "ModelApprovalStatus" in changed
    )
