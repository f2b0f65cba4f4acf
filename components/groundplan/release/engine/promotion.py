"""What the function does for one endpoint: ends the release under way, then begins that
of the newest version whose approval waits.

The newest approved version goes live, in whatever order the events come. An approval
waits while the endpoint is moved by something else, and is looked at again whenever
anything happens to the endpoint, and every hour. It ends with a release, or an answer
that calls a person: none is dropped.
"""

import datetime
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from groundplan.release.engine import history, live, registry
from groundplan.release.engine import plan as plans
from groundplan.release.engine.approvals import Approval, Approvals
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import Busy, JustEnded, LockRemains, Refused, Unreadable
from groundplan.release.engine.events import group_name
from groundplan.release.engine.plan import Plan
from groundplan.release.engine.releases import Releases
from groundplan.release.engine.result import IN_PROGRESS, UNCHANGED, Result
from groundplan.release.engine.target import Target
from groundplan.release.engine.trail import Held
from groundplan.release.engine.waiting import MARGIN

WHY = "approved in the registry"
REFUSED, BLOCKED, DEFERRED, RECORDED, SUPERSEDED = (
    "refused",
    "blocked",
    "deferred",
    "recorded",
    "superseded",
)
NOT_LIVE = (REFUSED, BLOCKED, history.FAILED, history.ROLLED_BACK)
"""Outcomes after which an approved version does not serve: they call people."""
UNDER_WAY = (IN_PROGRESS, DEFERRED, BLOCKED)
"""Outcomes after which nothing else can begin yet."""
ATTEMPTS = 3
"""How often an approval is tried that met another release at its very end."""
REGISTRY = "registry"
"""The time of an approval whose event never came: it was seen in the registry."""


@dataclass(frozen=True)
class Answer:
    """What was done for an endpoint."""

    outcome: str
    message: str
    calls: bool = False
    """Whether a person is needed, whatever the outcome is."""

    @property
    def is_alarming(self) -> bool:
        """Whether people are called."""
        return self.calls or self.outcome in NOT_LIVE

    def as_dict(self) -> dict[str, str]:
        return {"outcome": self.outcome, "message": self.message}


class Promotion:
    """The releases that the function begins and ends, for one endpoint."""

    def __init__(self, clients: Clients, target: Target, progress: Callable[[str], None]) -> None:
        self._clients, self._target = clients, target
        self._releases = Releases(clients, target, progress=progress)
        self._trail = self._releases.trail
        self._approvals = Approvals(self._trail)

    # What events say. Each yields what was done, as it is done.

    def approved(self, version: int, arn: str, time: str) -> Iterator[Answer]:
        """A version was approved."""
        approval = Approval(version, re.sub(r"[^0-9A-Za-z:.+-]", "-", time))
        known = self._approvals.is_answered(approval)
        if not known:
            self._approvals.add(approval, {"package_arn": arn, "version": version, "time": time})
        answers = 0
        for answer in self._go_on(None if known else approval):
            answers += 1
            yield answer
        if known and not answers:
            yield Answer(RECORDED, f"the approval of version {version} was acted on already")

    def settled(self) -> Iterator[Answer]:
        """Yields the endpoint changed its state."""
        answers = 0
        for answer in self._go_on():
            answers += 1
            yield answer
            if answer.outcome in UNDER_WAY:
                return
        missed = self._missed()
        if missed is not None:
            self._approvals.add(missed, {"version": missed.version, "time": missed.time})
            for answer in self._go_on():
                answers += 1
                yield answer
        if not answers:
            yield Answer(UNCHANGED, f"No release of {self._target.endpoint} is under way")

    def hour_passed(self) -> Iterator[Answer]:
        """Time has passed: what was begun or waits is looked at, and nothing else."""
        if self._blocked_or_held() or self._approvals.waiting():
            yield from self.settled()

    def _blocked_or_held(self) -> bool:
        try:
            return self._trail.held() is not None
        except Unreadable:
            return True

    # One after the other.

    def _go_on(self, arrived: Approval | None = None) -> Iterator[Answer]:
        """Ends the release under way; then the approvals that wait, newest first."""
        ended = self._end(arrived)
        if ended is not None:
            yield ended
            if ended.outcome in UNDER_WAY:
                return
        done: set[str] = set()
        while (approval := self._next(done)) is not None:
            done.add(approval.name)
            answer = self._act(approval)
            yield answer
            if answer.outcome in UNDER_WAY:
                return

    def _next(self, done: set[str]) -> Approval | None:
        waiting = self._approvals.waiting()
        return next((each for each in waiting if each.name not in done), None)

    def _end(self, arrived: Approval | None) -> Answer | None:
        """Brings the release under way to its end, if there is one. An approval only
        joins its own version's, and waits for any other."""
        try:
            held = self._trail.held()
            if held is None:
                return None
            plan = self._trail.plan(held)
            own = plan.kind == plans.DEPLOY and (
                arrived is None or self._is_of_group(plan.package_arn, arrived.version)
            )
            if arrived is not None and not own and self._trail.record(held.release) is None:
                message = f"{plan.sentence} is not over; version {arrived.version} follows"
                return _overdue(Answer(DEFERRED, message), held, plan)
            answer = _answer(self._releases.resume(wait=False))
        except (Unreadable, LockRemains) as error:
            return Answer(BLOCKED, str(error))
        if answer.outcome != IN_PROGRESS:
            return answer
        if arrived is not None:
            self._approvals.answer(arrived, IN_PROGRESS, answer.message)
        return _overdue(answer, held, plan)

    def _act(self, approval: Approval) -> Answer:
        """Releases what was approved, unless that is done or overtaken."""
        try:
            answer = self._overtaken(approval) or self._deploy(approval)
        except Refused as error:
            answer = Answer(REFUSED, str(error))
        except (Unreadable, LockRemains) as error:
            answer = Answer(BLOCKED, str(error))
        if answer.outcome in (DEFERRED, BLOCKED):
            limit = self._target.seconds() + MARGIN
            if approval.waits <= limit:
                return answer
            waits = f"Version {approval.version} waits for {approval.waits / 60:.0f} minutes"
            return Answer(answer.outcome, f"{waits}: {answer.message}", calls=True)
        self._approvals.answer(approval, answer.outcome, answer.message)
        if answer.outcome in (IN_PROGRESS, UNCHANGED, history.SUCCEEDED):
            self._supersede(approval)
        return answer

    def _overtaken(self, approval: Approval) -> Answer | None:
        """Returns what came of an approval already, or why a newer version stays
        live."""
        name = f"version {approval.version}"
        records = self._trail.records()
        for record in records:
            # An event that came late: else a version that was rolled back would come
            # back with it. Both times are AWS's.
            if (
                record["kind"] == plans.DEPLOY
                and self._is_of_group(record["package_arn"], approval.version)
                and _not_before(record["started_at"], approval.time)
            ):
                return Answer(RECORDED, f"{record['release']} has {record['outcome']} already")
        if not any((record["version"] or 0) > approval.version for record in records):
            return None
        serving = self._serving()
        if serving is None or serving.version <= approval.version:
            return None
        if not self._is_of_group(serving.arn, serving.version):
            return None  # of another group, which counts by itself
        if serving.approval != registry.APPROVED:
            return None
        return Answer(
            REFUSED,
            f"{name} was approved, but version {serving.version}, which serves "
            f"{self._target.endpoint}, is newer. Fix: `groundplan release deploy TARGET "
            f"{approval.version}` if it is to serve in its place",
        )

    def _serving(self) -> registry.Version | None:
        """Returns the version that is live; None if it is of no registry, or gone from
        it."""
        endpoint = live.endpoint(self._clients, self._target.endpoint)
        config = live.config(self._clients, endpoint["EndpointConfigName"])
        arn = live.package_of(self._clients, live.model_of(config, self._target.variant))
        if arn is None or live.version_of(arn) is None:
            return None
        try:
            return registry.describe(self._clients, arn)
        except Refused:
            return None

    def _is_of_group(self, arn: object, version: int) -> bool:
        """Returns whether a model package is this version of the target's group.
        SageMaker writes its ARNs in lower case."""
        group = group_name(self._target.model_package_group)
        return str(arn).lower().endswith(f":model-package/{group}/{version}".lower())

    def _deploy(self, approval: Approval) -> Answer:
        for _ in range(ATTEMPTS):
            try:
                return _answer(self._releases.deploy(approval.version, reason=WHY, wait=False))
            except JustEnded as error:  # whose event has come already
                busy = error
            except Busy as error:
                return Answer(DEFERRED, str(error))
        return Answer(DEFERRED, str(busy))

    def _supersede(self, begun: Approval) -> None:
        """Answers what was approved before a newer version, whose release has begun. A
        version that was approved later waits: if the newer one fails, it follows."""
        for approval in self._approvals.waiting():
            if approval.version < begun.version and approval.time <= begun.time:
                message = f"version {begun.version} is newer, and its release has begun"
                self._approvals.answer(approval, SUPERSEDED, message)

    def _missed(self) -> Approval | None:
        """Returns the newest approved version that has had no release, and whose event
        never came; none before the first release."""
        past = [record for record in self._trail.records() if record["version"] is not None]
        if not past:
            return None
        tried = {record["package_arn"] for record in past}
        newest = max(record["version"] for record in past)
        for version in registry.versions(self._clients, self._target):
            is_new = version.version > newest and version.arn not in tried
            if version.approval == registry.APPROVED and is_new:
                known = self._approvals.is_known(version.version)
                return None if known else Approval(version.version, REGISTRY)
        return None


def _overdue(answer: Answer, held: Held, plan: Plan) -> Answer:
    """Returns the same answer, which calls people if the release has not ended in
    time."""
    limit = plan.patience_seconds + MARGIN
    if held.age <= limit:
        return answer
    message = f"{answer.message}. It has not ended within {limit / 60:.0f} minutes"
    return Answer(answer.outcome, message, calls=True)


def _answer(result: Result) -> Answer:
    return Answer(result.outcome, result.message, calls=bool(result.warning))


def _not_before(started_at: str, approved_at: str) -> bool:
    """Returns whether a release began at the time of an approval or later; false if one
    of both is no time."""
    try:
        begun = datetime.datetime.fromisoformat(started_at)
        return begun >= datetime.datetime.fromisoformat(approved_at)
    except (TypeError, ValueError):
        return False
