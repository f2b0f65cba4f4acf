"""The releases of an endpoint: deploy, roll back, resume. One at a time, by a lock in
S3 that no clock takes away.

A lock is left behind by a crash, and nobody can know from outside whether its holder
still lives. So anyone may go on with its release, at any time, even beside its holder:
all steps of `machine` can be taken twice. A lock whose release has a record is over,
and the next release removes it.
"""

import datetime
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from groundplan.release.engine import alarms, aws, gate_report, history, live, registry
from groundplan.release.engine import plan as plans
from groundplan.release.engine.errors import Busy, Refused, ReleaseError, Unfinished
from groundplan.release.engine.machine import Machine, StillMoving
from groundplan.release.engine.plan import Plan, Smoke
from groundplan.release.engine.target import Target
from groundplan.release.engine.trail import Held, Trail
from groundplan.release.engine.waiting import Patience

UNCHANGED, IN_PROGRESS = "unchanged", "in-progress"


@dataclass(frozen=True)
class Result:
    """What came of it: `succeeded`, `rolled-back`, `failed`, `unchanged` (it was live
    already) or `in-progress`."""

    outcome: str
    message: str
    record: Mapping[str, Any] | None = None


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


class Releases:
    """The releases of one endpoint."""

    def __init__(
        self,
        clients: aws.Clients,
        target: Target,
        progress: Callable[[str], None] = lambda _text: None,
        now: Callable[[], datetime.datetime] = _now,
        patience: Patience = Patience(),  # noqa: B008 (frozen)
    ) -> None:
        self._clients, self._target, self._now = clients, target, now
        self.trail = Trail(clients, target)
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
    ) -> Result:
        """Release an approved version, by default the newest. Goes on with this
        version's release if it was begun.

        A broken gate of the endpoint refuses it, unless `override` says why it goes
        live all the same.
        """
        with self._reading():
            found = self._version(version)
            held = self._held()
            if held is None:
                wanted = plans.deploy(
                    self._clients, self._target, found, self._now(), smoke, reason
                )
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
        plan = Plan.read(held.plan)
        if plan.kind != plans.DEPLOY or plan.package_arn != found.arn:
            raise Busy(self._busy(plan))
        return self._run(held, wait)

    def rollback(
        self, to: int | None = None, smoke: Smoke | None = None, reason: str = "", wait: bool = True
    ) -> Result:
        """Go back to the verified release before the live one, or to the last verified
        one of version `to`."""
        with self._reading():
            held = self._held()
            if held is None:
                goal = self._goal(to)
                wanted = plans.rollback(
                    self._clients, self._target, goal.as_dict(), self._now(), smoke, reason
                )
                held = self._begin(wanted)
        if held is None:
            return Result(UNCHANGED, f"{self._target.endpoint} is there already", self._last())
        plan = Plan.read(held.plan)
        if plan.kind != plans.ROLLBACK or (to is not None and plan.version != to):
            raise Busy(self._busy(plan))
        return self._run(held, wait)

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
            return Result(record["outcome"], self._sentence(record), record)
        return self._run(held, wait)

    def status(self) -> dict[str, Any]:
        """What is live, what is under way, and how the last release ended."""
        with self._reading():
            endpoint = live.endpoint(self._clients, self._target.endpoint)
            configuration = live.config(self._clients, endpoint["EndpointConfigName"])
            model = live.model_of(configuration, self._target.variant)
            held = self.trail.held()
            over = held is not None and self.trail.record(held.release) is not None
            last = self._last()
            on = alarms.on(self._clients, self._target.rollback_alarms)
            package = live.package_of(self._clients, model)
        plan = None if held is None or over else Plan.read(held.plan)
        expected = last["live"] if last else None
        return {
            "endpoint": self._target.endpoint,
            "state": endpoint["EndpointStatus"],
            "stage": live.stage(endpoint),
            "failure_reason": endpoint.get("FailureReason", ""),
            "config": endpoint["EndpointConfigName"],
            "pending_config": live.pending_config(endpoint),
            "model": model,
            "package_arn": package,
            "version": live.version_of(package),
            "alarms_on": [name for name, _ in on],
            "as_recorded": expected in (None, endpoint["EndpointConfigName"]),
            "under_way": None if plan is None else _about(plan),
            "last": last,
        }

    def _version(self, version: int | None) -> registry.Version:
        if version is None:
            return registry.latest_approved(self._clients, self._target)
        return registry.find(self._clients, self._target, version)

    def _goal(self, to: int | None) -> history.Verified:
        records = self.trail.records()
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

    def _held(self) -> Held | None:
        """The lock of a release that is not over. One whose record is there was only
        left behind, and is cleared away."""
        held = self.trail.held()
        if held is not None and self.trail.record(held.release) is not None:
            self.trail.unlock(held)
            return None
        return held

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
        if held.release == plan.release and not self._current(plan):
            self.trail.unlock(held)
            if live.endpoint(self._clients, plan.endpoint)["EndpointConfigName"] == plan.config:
                return None
            raise Busy(
                f"Another release of endpoint {plan.endpoint} has just ended. Fix: look "
                "at it, then the same command again"
            )
        return held

    def _current(self, plan: Plan) -> bool:
        """Whether the plan still starts from where the endpoint is: it was created
        before the lock was ours."""
        return bool(
            live.endpoint(self._clients, plan.endpoint)["EndpointConfigName"] == plan.from_config
        )

    def _busy(self, plan: Plan) -> str:
        what = f"the {plan.kind} of version {plan.version}" if plan.version else f"a {plan.kind}"
        return (
            f"{what} on endpoint {plan.endpoint} is not over: {plan.release}, begun "
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
        plan = Plan.read(held.plan)
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
        with suppress(
            ClientError, BotoCoreError
        ):  # it is over: who meets the lock sees the record, and clears it away
            self.trail.unlock(held)
        return Result(record["outcome"], self._sentence(record), record)

    def _last(self) -> Mapping[str, Any] | None:
        records = self.trail.records()
        return records[-1] if records else None

    def _sentence(self, record: Mapping[str, Any]) -> str:
        """Returns a record as text."""
        what = (
            f"version {record['version']}"
            if record["version"] is not None
            else record["to"]["config"]
        )
        name = f"{record['kind']} of {what} on {record['endpoint']}"
        if record["outcome"] == history.SUCCEEDED:
            return (
                f"{name} succeeded: it is live, and verified. {self.trail.where(record['release'])}"
            )
        lines = [
            (
                f"{name} "
                f"{'was rolled back' if record['outcome'] == history.ROLLED_BACK else 'failed'}: "
                f"{record['reason']}."
            )
        ]
        lines += [
            f"  alarm {alarm['alarm']} {alarm['at']}: {alarm['why']}"
            for alarm in record["alarms_fired"]
        ]
        lines.append(
            f"Live is {record['live'] or 'nothing'}. {self.trail.where(record['release'])}"
        )
        return "\n".join(lines)


def _about(plan: Plan) -> dict[str, Any]:
    kept = (
        "release",
        "kind",
        "version",
        "package_arn",
        "config",
        "from_config",
        "started_at",
        "started_by",
    )
    return {key: getattr(plan, key) for key in kept}
