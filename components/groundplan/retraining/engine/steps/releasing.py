"""The steps `release` and `watch`. Rollouts roll back by themselves, by alarm: the
steps read how they ended, and watch the endpoint for a while after that."""

from groundplan.retraining.engine.ending import RELEASE_BEGUN
from groundplan.retraining.engine.journal import Note
from groundplan.retraining.engine.names import Outcome, Step
from groundplan.retraining.engine.run import Done, Ends, Result, Run, Wait, patience
from groundplan.retraining.engine.services import Busy, Releases, ReleaseState, ReleaseStatus, Since
from groundplan.retraining.engine.steps.registering import version_of

HOUR, MINUTE = 3600.0, 60.0
LOOKS, RARE_LOOKS = 300, 1800
"""Seconds between two looks at the endpoint while it is watched: at first, and after
some hours."""
ROLLBACK = "rollback-begun"


def release(run: Run) -> Result:
    """Begins the release of the approved version, or goes on with it."""
    version = version_of(run)
    state = run.services.releases.state(version)
    if state.status is ReleaseStatus.LIVE:
        return Done(f"{version} is live: {state.message}")
    if state.status is ReleaseStatus.ROLLED_BACK:
        return Ends(Outcome.ROLLED_BACK, state.message)
    if state.status is ReleaseStatus.FAILED:
        return Ends(Outcome.FAILED, state.message)
    approved = run.journal.noted(Step.APPROVAL.value)
    age = approved.age if approved else 0.0
    hours = run.settings.limits.release_hours
    if state.status is ReleaseStatus.NONE and age > hours * HOUR:
        return Ends(Outcome.FAILED, f"{version} could not be released within {hours:g} hours")
    try:
        if state.status is ReleaseStatus.NONE and (alarms := run.services.releases.alarms()):
            raise Busy(f"Alarms are on, which would undo the release: {', '.join(alarms)}")
        run.journal.note(RELEASE_BEGUN, {"version": version})
        run.services.releases.begin(version, f"retraining run {run.plan.run}")
    except Busy as busy:
        return Wait(patience(age), str(busy))
    return Wait(patience(age), f"{version} is being released")


def watch(run: Run) -> Result:
    """Watches the endpoint after the release; goes back if an alarm is on, or was."""
    version, releases = version_of(run), run.services.releases
    state = releases.state(version)
    if state.status is ReleaseStatus.ROLLED_BACK:
        begun = run.journal.noted(ROLLBACK)
        why = str(begun.data.get("reason", "")) if begun else state.message
        return Ends(Outcome.ROLLED_BACK, f"{version} was rolled back: {why}")
    released = run.journal.noted(Step.RELEASE.value)
    if reason := _alarmed(releases, state, released):
        run.journal.note(ROLLBACK, {"reason": reason})
    if (begun := run.journal.noted(ROLLBACK)) is not None:
        reason = str(begun.data.get("reason", ""))
        try:
            releases.roll_back(version, f"retraining run {run.plan.run}: {reason}")
        except Busy as busy:
            return Wait(int(MINUTE), str(busy))
        return Wait(int(MINUTE), f"{version} is being rolled back: {reason}")
    age = released.age if released else 0.0
    left = run.settings.limits.bake_minutes * MINUTE - age
    if left > 0:
        seconds = min(left, RARE_LOOKS, max(LOOKS, age / 20))
        return Wait(max(1, int(seconds)), f"{version} is watched")
    return Done(f"{version} serves, and no alarm is on")


def _alarmed(releases: Releases, state: ReleaseState, released: Note | None) -> str:
    """Returns why a release goes back; empty if it stays."""
    if alarms := releases.alarms():
        return f"alarms are on after the release: {', '.join(alarms)}"
    since = _since(state, released)
    if since and (alarms := releases.fired(since)):
        return f"alarms were on since the release began: {', '.join(alarms)}"
    return ""


def _since(state: ReleaseState, released: Note | None) -> Since | None:
    """Returns when the release began, whose own end says that no alarm was on until
    then; without a record, when its end was noted."""
    if released is None or released.at is None:
        return None
    at = min(state.started_at or released.at, released.at)
    return Since(at, released.age + (released.at - at).total_seconds())
