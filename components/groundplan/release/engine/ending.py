"""How a release ends: the outcome that stops its steps, and the record of it."""

import datetime
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.release.engine import alarms, live
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import Refused
from groundplan.release.engine.history import FAILED, SUCCEEDED
from groundplan.release.engine.plan import Plan
from groundplan.release.engine.target import Target
from groundplan.release.engine.trail import Trail


class Ended(Exception):
    """The release is over."""

    def __init__(self, outcome: str, step: str, reason: str = "", smoke: str = "none") -> None:
        self.outcome, self.step, self.reason, self.smoke = outcome, step, reason, smoke
        super().__init__(reason)


@contextmanager
def definite(step: str) -> Iterator[None]:
    """Ends the release where AWS refuses a call, for nothing is live that was not; what
    may pass is left to a resume."""
    try:
        yield
    except ClientError as error:
        if aws.is_transient(error):
            raise
        raise Ended(FAILED, step, aws.words(error)) from None


class Ending:
    """Writes records."""

    def __init__(
        self,
        clients: Clients,
        target: Target,
        trail: Trail,
        now: Callable[[], datetime.datetime],
    ) -> None:
        self._clients, self._target, self._trail, self._now = clients, target, trail, now

    def record(self, plan: Plan, end: Ended) -> dict[str, Any]:
        """Returns the truth about a release, at its end."""
        try:
            current: str | None = live.endpoint(self._clients, plan.endpoint)["EndpointConfigName"]
        except Refused:
            current = None
        since = datetime.datetime.fromisoformat(plan.started_at)
        names = () if end.outcome == SUCCEEDED else self._target.rollback_alarms
        return {
            "schema": 1,
            "release": plan.release,
            "kind": plan.kind,
            "endpoint": plan.endpoint,
            "region": self._target.region,
            "outcome": end.outcome,
            "step": end.step,
            "reason": end.reason,
            "version": plan.version,
            "package_arn": plan.package_arn,
            "artifacts": plan.artifacts,
            "approval": plan.approval,
            "from": {
                "config": plan.from_config,
                "package_arn": plan.from_package,
                "version": live.version_of(plan.from_package),
            },
            "to": {"config": plan.config, "model": plan.model},
            "live": current,
            "deployment_config": plan.update_request.get("DeploymentConfig", {}),
            "alarms_fired": alarms.fired(self._clients, names, since),
            "smoke": end.smoke,
            "smoke_requests": self._trail.noted(plan.release, "smoke")
            if plan.has_recorded_requests
            else None,
            "gates": plan.gates,
            "why": plan.reason,
            "started_at": plan.started_at,
            "started_by": plan.started_by,
            # Not before it began, which S3's clock says.
            "ended_at": max(since, self._now()).isoformat(timespec="seconds"),
            "ended_by": self._clients.caller(),
        }
