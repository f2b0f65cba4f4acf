"""The releases of an endpoint: deploy, roll back, resume. One at a time, by a lock in
S3 that no clock takes away.

A lock is left behind by a crash, and nobody can know from outside whether its holder
still lives. So anyone may go on with its release, at any time, even beside its holder:
all steps of `machine` can be taken twice. A lock whose release has a record is over,
and the next release removes it.

A command whose answer was lost gives it when it is repeated, and does nothing twice
(`acknowledgement`).
"""

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.release.engine import alarms, gate_report, history, live, registry, status
from groundplan.release.engine import plan as plans
from groundplan.release.engine.acknowledgement import Acknowledgement
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import (
    Busy,
    JustEnded,
    LockRemains,
    Refused,
    ReleaseError,
    Unfinished,
)
from groundplan.release.engine.machine import Machine
from groundplan.release.engine.moving import StillMoving
from groundplan.release.engine.plan import Plan, Smoke
from groundplan.release.engine.result import IN_PROGRESS, UNCHANGED, Result, sentence
from groundplan.release.engine.target import Target
from groundplan.release.engine.trail import Held, Trail
from groundplan.release.engine.waiting import Patience


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


class Releases:
    """The releases of one endpoint."""

    def __init__(
        self,
        clients: Clients,
        target: Target,
        progress: Callable[[str], None] = lambda _text: None,
        now: Callable[[], datetime.datetime] = _now,
        patience: Patience = Patience(),  # noqa: B008 (frozen)
    ) -> None:
        self._clients, self._target, self._now = clients, target, now
        self._progress = progress
        self.trail = Trail(clients, target)
        self._answers = Acknowledgement(clients, self.trail)
        self._machine = Machine(clients, target, self.trail, progress, now, patience)

    # What can be asked for. Each raises `Refused` or `Busy` if nothing was changed,
    # `Unfinished` if it has to be resumed.

    def deploy(
        self,
        version: int | None = None,
        smoke: Smoke | None = None,
        reason: str = "",
        wait: bool = True,
        override: str = "",
        name: str = "",
    ) -> Result:
        """Release an approved version, by default the newest. Goes on with this
        version's release if it was begun.

        A broken gate of the endpoint refuses it, unless `override` says why it goes
        live all the same. `name` is the release's, in place of a new one: a release of
        this name that has ended is the result, and nothing is released twice.
        """
        with self._reading():
            if (ended := self._ended(name)) is not None:
                return ended
            found = self._version(version)
            held, over = self._held(plans.DEPLOY, found.version)
            if over is not None:
                return self._again(over)
            if held is None:
                wanted = plans.deploy(
                    self._clients, self._target, found, self._now(), smoke, reason
                )
                wanted = replace(wanted, release=name or wanted.release)
                self._require_quiet_alarms()
                if wanted.config != wanted.from_config:
                    wanted = replace(
                        wanted,
                        gates=gate_report.enforce(self._clients, self._target, found, override),
                    )
                held = self._begin(wanted)
        if held is None:
            return Result(
                UNCHANGED,
                f"{self._target.endpoint} serves version {found.version} already",
                self._last(),
            )
        plan = self.trail.plan(held)
        if plan.kind != plans.DEPLOY or plan.package_arn != found.arn:
            raise Busy(self._busy(plan))
        return self._run(held, wait)

    def rollback(
        self,
        to: int | None = None,
        smoke: Smoke | None = None,
        reason: str = "",
        wait: bool = True,
        name: str = "",
    ) -> Result:
        """Go back to the verified release before the live one, or to the last verified
        one of version `to`. Goes on with a rollback that was begun. `name`: as of
        `deploy`."""
        with self._reading():
            if (ended := self._ended(name)) is not None:
                return ended
            held, over = self._held(plans.ROLLBACK, to)
            if held is None and over is None:
                records = self._records()
                if to is None:
                    over = self._answers.lost(records, self._target.endpoint)
            if over is not None:
                return self._again(over)
            if held is None:
                goal = self._goal(records, to)
                wanted = plans.rollback(
                    self._clients, self._target, goal.as_dict(), self._now(), smoke, reason
                )
                wanted = replace(wanted, release=name or wanted.release)
                self._answers.ask(wanted.release)
                held = self._begin(wanted)
        if held is None:
            return Result(UNCHANGED, f"{self._target.endpoint} is there already", self._last())
        plan = self.trail.plan(held)
        if plan.kind != plans.ROLLBACK or (to is not None and plan.version != to):
            raise Busy(self._busy(plan))
        result = self._run(held, wait)
        self._answers.give_to_beginner(held.plan)  # who does not wait expects no more
        return result

    def resume(self, wait: bool = True) -> Result:
        """Continue the release that was begun and is not over, whoever began it, and
        bring it to its end."""
        with self._reading():
            held = self.trail.held()
            record = self.trail.record(held.release) if held else None
            if held is not None and record is not None:
                self.trail.unlock(held)
        if held is None:
            return Result(
                UNCHANGED, f"No release of {self._target.endpoint} is under way", self._last()
            )
        if record is not None:
            outcome, text = str(record.get("outcome")), self._sentence(record)
            result = Result(outcome, text, record)
        else:
            result = self._run(held, wait)
        if held.plan.get("kind") == plans.ROLLBACK and result.outcome != IN_PROGRESS:
            self._answers.give_to_beginner(held.plan)
        return result

    def status(self) -> dict[str, Any]:
        """Returns what is live, what is under way, and how the last release ended."""
        with self._reading():
            return status.status(self._clients, self._target, self.trail)

    def _ended(self, name: str) -> Result | None:
        """Returns the result of the release of this name, if it has ended."""
        record = self.trail.record(name) if name else None
        if record is None:
            return None
        self._answers.give(name)
        return Result(str(record.get("outcome")), self._sentence(record), record)

    def _version(self, version: int | None) -> registry.Version:
        if version is None:
            return registry.latest_approved(self._clients, self._target)
        return registry.find(self._clients, self._target, version)

    def _goal(self, records: Sequence[Mapping[str, Any]], to: int | None) -> history.Verified:
        endpoint = live.endpoint(self._clients, self._target.endpoint)
        if to is None:
            goal = history.previous(records, endpoint["EndpointConfigName"], self._target.endpoint)
        else:
            goal = history.of_version(records, to, self._target.endpoint)
        if goal.package_arn:
            try:
                version = registry.describe(self._clients, goal.package_arn)
            except Refused:
                # Gone from the registry: its model is still in SageMaker, and was
                # verified.
                return goal
            if version.approval == registry.REJECTED:
                raise Refused(
                    f"The release to go back to, version {version.version}, was rejected since: "
                    f"{version.reason or 'no reason'}. Fix: name another with --to"
                )
        return goal

    # The lock.

    def _held(self, kind: str, version: int | None) -> tuple[Held | None, Mapping[str, Any] | None]:
        """Returns the lock of a release that is not over. Else the lock is removed that
        one left behind, and its record is returned if it is of this kind, and version
        if one is asked for: then its answer was lost."""
        held = self.trail.held()
        if held is None:
            return None, None
        over = self.trail.record(held.release)
        if over is None:
            return held, None
        same = over.get("kind") == kind and version in (None, over.get("version"))
        if same and not self._answers.is_given(held.release):
            self.trail.unlock(held)
            return None, over
        self.trail.unlock(held)
        return None, None

    def _again(self, record: Mapping[str, Any]) -> Result:
        """Returns the answer of a release that ended without it."""
        message = (
            f"{self._sentence(record)}\nThis is the end of the release that was begun before, "
            "which had not been reported: nothing more was changed. For another release, run "
            "the command again"
        )
        self._answers.give(str(record["release"]))
        return Result(str(record.get("outcome")), message, record)

    def _begin(self, plan: Plan) -> Held | None:
        """Take the lock; None if there is nothing to do."""
        endpoint = live.endpoint(self._clients, plan.endpoint)
        status, pending = endpoint["EndpointStatus"], live.pending_config(endpoint)
        if status in live.MOVING and pending not in (None, endpoint["EndpointConfigName"]):
            raise Busy(
                f"Endpoint {plan.endpoint} is being updated to {pending}, which no "
                "release began. Fix: wait until it is over, "
                "see `groundplan release status`"
            )
        if status not in (live.IN_SERVICE, "UpdateRollbackFailed", *live.MOVING):
            reason = endpoint.get("FailureReason", "no reason given")
            raise Refused(
                f"Endpoint {plan.endpoint} is {status}: {reason}. Fix: see "
                "docs/runbooks/serving-deployment.md"
            )
        if endpoint["EndpointConfigName"] == plan.config and status != "UpdateRollbackFailed":
            return None
        held = self.trail.lock(plan.as_dict())
        if held.release == plan.release and self._is_outdated(plan):
            self.trail.unlock(held)
            if live.endpoint(self._clients, plan.endpoint)["EndpointConfigName"] == plan.config:
                return None
            raise JustEnded(
                f"Another release of endpoint {plan.endpoint} has just ended. Fix: look "
                "at it, then the same command again"
            )
        return held

    def _is_outdated(self, plan: Plan) -> bool:
        """Returns whether the plan, which was created before the lock was ours, starts
        from where the endpoint is no longer. Where another process went on with this
        plan, and has moved the endpoint, it is not."""
        endpoint = live.endpoint(self._clients, plan.endpoint)
        if endpoint["EndpointConfigName"] == plan.from_config:
            return False
        return self.trail.noted(plan.release, "update-requested") is None

    def _busy(self, plan: Plan) -> str:
        return (
            f"{plan.sentence} on endpoint {plan.endpoint} is not over: {plan.release}, begun "
            f"{plan.started_at} by {plan.started_by}. "
            "Fix: wait for it; if nobody runs it any more, `groundplan release resume` "
            "brings it to its end"
        )

    def _require_quiet_alarms(self) -> None:
        on = alarms.on(self._clients, self._target.rollback_alarms)
        if on:
            alarm_names = "; ".join(f"{name} ({why})" if why else name for name, why in on)
            raise Refused(
                f"A rollback alarm of {self._target.endpoint} is on, so SageMaker would "
                f"undo the release at once: {alarm_names}. "
                "Fix: roll back, or wait until it is OK"
            )

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except (ClientError, BotoCoreError) as error:
            raise ReleaseError(f"Nothing live was changed: {aws.words(error)}") from error

    def _run(self, held: Held, wait: bool) -> Result:
        plan = self.trail.plan(held)
        try:
            record = self._machine.run(plan, wait)
        except StillMoving:
            return Result(
                IN_PROGRESS,
                f"{plan.release} is under way; its end is recorded when the endpoint has settled",
            )
        except (ClientError, BotoCoreError) as error:
            raise Unfinished(
                f"{plan.release} is not over: {aws.words(error)}. "
                "Fix: `groundplan release resume`, or the same command again, when AWS answers"
            ) from error
        message, warning = self._sentence(record), ""
        try:
            self.trail.unlock(held)
        except LockRemains as error:
            warning, message = str(error), f"{message}\n{error}"
            self._answers.give(plan.release)
        return Result(record["outcome"], message, record, warning)

    def _records(self) -> list[Mapping[str, Any]]:
        """Returns the records, oldest first; says which ones can't be read."""
        past = self.trail.history()
        for problem in past.unreadable:
            self._progress(problem)
        return past.records

    def _last(self) -> Mapping[str, Any] | None:
        found = self._records()
        return found[-1] if found else None

    def _sentence(self, record: Mapping[str, Any]) -> str:
        return sentence(record, self.trail.where(str(record["release"])))
