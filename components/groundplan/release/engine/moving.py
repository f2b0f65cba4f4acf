"""The step of a release that takes time: UpdateEndpoint, called once whatever answers
get lost, and where it ends."""

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.release.engine import live
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.ending import Ended, definite
from groundplan.release.engine.errors import Unfinished
from groundplan.release.engine.history import FAILED, ROLLED_BACK
from groundplan.release.engine.plan import Plan
from groundplan.release.engine.trail import Trail
from groundplan.release.engine.waiting import MARGIN, SETTLING, Patience, Wait

SETTLED_WITH_FAULTS = "UpdateRollbackFailed"
"""The endpoint serves old and new, mixed; an update to a sound configuration mends it
(Developer Guide)."""


class StillMoving(Exception):
    """The endpoint is on its way, and nobody waits for it."""


class Moving:
    """Moves the endpoint from one configuration to another."""

    def __init__(
        self,
        clients: Clients,
        trail: Trail,
        progress: Callable[[str], None],
        now: Callable[[], datetime.datetime],
        patience: Patience,
    ) -> None:
        self._clients, self._trail = clients, trail
        self._progress, self._now, self._patience = progress, now, patience

    def move(
        self, plan: Plan, request: Mapping[str, Any], origin: str, step: str, wait: bool
    ) -> None:
        """Have the endpoint run another configuration than `origin`, and see where it
        ends."""
        if self._trail.noted(plan.release, f"{step}-accepted") is None:
            self._update(plan, request, origin, step, wait)
        asked = self._trail.noted(plan.release, f"{step}-requested") or {}
        waiting = Wait(self._patience, plan.patience_seconds + MARGIN)
        wanted, stage = request["EndpointConfigName"], ""
        while True:
            found = live.endpoint(self._clients, plan.endpoint)
            if live.stage(found) != stage:
                stage = live.stage(found)
                self._progress(f"{step} {plan.endpoint}: {stage}")
            unmoved = (
                found["EndpointConfigName"] == origin
                and not _touched(found, asked)
                and waiting.elapsed < SETTLING
            )
            if found["EndpointStatus"] not in live.MOVING and not unmoved:
                break
            self._pause(plan, waiting, wait)
        self._arrived(found, wanted, origin, step)

    def _update(
        self, plan: Plan, request: Mapping[str, Any], origin: str, step: str, wait: bool
    ) -> None:
        """Call UpdateEndpoint, unless it was called and the answer got lost."""
        waiting = Wait(self._patience, plan.patience_seconds + MARGIN)
        wanted = request["EndpointConfigName"]
        while True:
            found = live.endpoint(self._clients, plan.endpoint)
            current, status = found["EndpointConfigName"], found["EndpointStatus"]
            if current == wanted and status == live.IN_SERVICE:
                break
            if status in live.MOVING:
                if live.pending_config(found) == wanted:
                    break
                self._progress(f"{step} {plan.endpoint}: waiting until it is no longer {status}")
            else:
                asked = self._trail.noted(plan.release, f"{step}-requested")
                if asked is not None and _touched(found, asked) and _new_failure(found, asked):
                    break  # it was called, and SageMaker went back while nobody looked
                if self._call(plan, request, found, origin, step):
                    break
            self._pause(plan, waiting, wait)
        self._trail.note(
            plan.release, f"{step}-accepted", {"at": self._now().isoformat(timespec="seconds")}
        )

    def _call(
        self,
        plan: Plan,
        request: Mapping[str, Any],
        found: Mapping[str, Any],
        origin: str,
        step: str,
    ) -> bool:
        current, status = found["EndpointConfigName"], found["EndpointStatus"]
        if current != origin:
            raise Ended(
                FAILED, step, f"someone else moved the endpoint to {current}, away from {origin}"
            )
        if status not in (live.IN_SERVICE, SETTLED_WITH_FAULTS):
            raise Ended(
                FAILED,
                step,
                f"the endpoint is {status}: {found.get('FailureReason', 'no reason given')}",
            )
        before = {
            "last_modified": _modified(found),
            "failure_reason": found.get("FailureReason", ""),
        }
        self._trail.note(plan.release, f"{step}-requested", before)
        self._progress(f"{step} {plan.endpoint} to {request['EndpointConfigName']}")
        with definite(step):
            try:
                self._clients.sagemaker.update_endpoint(**request)
            except ClientError as error:
                if not aws.is_in_progress(error):
                    raise
                # By autoscaling or someone else, or by our own call whose answer got
                # lost: look again.
                return False
        return True

    def _pause(self, plan: Plan, waiting: Wait, wait: bool) -> None:
        if not wait:
            raise StillMoving
        if not waiting.again():
            raise Unfinished(
                f"{plan.release} is not over after {waiting.elapsed / 60:.0f} minutes: "
                "the endpoint has not settled. "
                "Fix: look at `groundplan release status`, then `groundplan release resume`"
            )

    def _arrived(self, found: Mapping[str, Any], wanted: str, origin: str, step: str) -> None:
        """Whether what is live is what was asked for. SageMaker calls a rollback
        InService too."""
        current, status = found["EndpointConfigName"], found["EndpointStatus"]
        reason = str(found.get("FailureReason", "")) or "SageMaker gives no reason"
        if status == live.IN_SERVICE and current == wanted:
            return
        if status == live.IN_SERVICE and current == origin:
            outcome = ROLLED_BACK if step == "update" else FAILED
            raise Ended(outcome, step, f"SageMaker went back to {origin}: {reason}")
        if status == live.IN_SERVICE:
            raise Ended(
                FAILED,
                step,
                f"someone else moved the endpoint to {current}, while it went to {wanted}",
            )
        raise Ended(FAILED, step, f"the endpoint is {status}: {reason}")


def _modified(found: Mapping[str, Any]) -> str:
    return str(found.get("LastModifiedTime", ""))


def _touched(found: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """Returns whether the endpoint was changed since the update was asked for."""
    return _modified(found) != str(asked.get("last_modified", ""))


def _new_failure(found: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """Returns whether SageMaker reports a failure that it did not report before."""
    reason = str(found.get("FailureReason", ""))
    return reason not in ("", str(asked.get("failure_reason", "")))
