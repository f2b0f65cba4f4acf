"""What stops, what starts again, and why. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Kind(str, Enum):
    """What may be stopped. Nothing of it holds data: volumes, checkpoints and
    notebooks' disks stay."""

    POOL = "pool"
    ENDPOINT = "endpoint"
    NOTEBOOK = "notebook"
    STUDIO_APP = "Studio app"
    TRAINING_JOB = "training job"


STARTED_AGAIN = (Kind.POOL, Kind.ENDPOINT)
"""What the guard starts again. A notebook or a job is started by who needs it."""


class Reason(str, Enum):
    """Why something stops, the strongest first."""

    EXPIRED = "expired"
    CEILING = "ceiling"
    BUDGET = "budget"
    CLOSED = "closed"
    IDLE = "idle"


class Level(int, Enum):
    """How far something is stopped."""

    RUNS = 0
    CLOSED = 1
    """Nothing new starts, and what runs may finish: of pools only."""
    STOPPED = 2


@dataclass(frozen=True)
class Target:
    """Something that may be stopped, as it is now."""

    kind: Kind
    name: str
    """Its name in AWS."""
    label: str
    """Its name in the settings, or in AWS."""
    level: Level = Level.RUNS
    team: str = ""
    usd_per_hour_at_most: float = 0.0
    was: Mapping[str, Any] = field(default_factory=dict)
    """What starting it again needs."""

    @property
    def key(self) -> str:
        return f"{self.kind.value}/{self.name}"


@dataclass(frozen=True)
class Situation:
    """What decides."""

    expired: bool = False
    near_ceiling: bool = False
    over: frozenset[str] = frozenset()
    """Scopes of the budgets that are spent: `environment`, `team:search`."""
    open: bool = True
    idle: frozenset[str] = frozenset()
    """Keys of idle targets."""


@dataclass(frozen=True)
class Stop:
    """A target that stops."""

    target: Target
    reason: Reason
    level: Level


@dataclass(frozen=True)
class Start:
    """A target that starts again."""

    target: Target
    was: Mapping[str, Any]


Stopped = Mapping[str, Mapping[str, Any]]
"""What the guard has stopped: key -> its reason, and what starting it needs (`was`)."""


def reason(target: Target, situation: Situation) -> Reason | None:
    """Returns why a target must not run; None if it may."""
    if situation.expired:
        return Reason.EXPIRED
    if situation.near_ceiling:
        return Reason.CEILING
    if situation.over & scopes(target):
        return Reason.BUDGET
    # A job that was admitted may finish: it ends by itself.
    if not situation.open and target.kind is not Kind.TRAINING_JOB:
        return Reason.CLOSED
    return Reason.IDLE if target.key in situation.idle else None


def scopes(target: Target) -> frozenset[str]:
    """Returns the scopes of budgets that a target belongs to."""
    found = {"environment"}
    if target.team:
        found.add(f"team:{target.team}")
    if target.kind is Kind.ENDPOINT:
        found.add(f"model:{target.label}")
    return frozenset(found)


def level(target: Target, why: Reason) -> Level:
    """Returns how far a reason stops a target: at closing time, running pods may
    finish."""
    if why is Reason.CLOSED and target.kind is Kind.POOL:
        return Level.CLOSED
    return Level.STOPPED


def decide(
    targets: Sequence[Target], situation: Situation, stopped: Stopped
) -> Iterator[Stop | Start]:
    """Yields what stops, and what the guard has stopped and starts again. It is decided
    from what is there, so that repeating it changes nothing."""
    for target in targets:
        why = reason(target, situation)
        if why is not None:
            wanted = level(target, why)
            if target.level < wanted:
                yield Stop(target, why, wanted)
        elif _starts(target, stopped):
            yield Start(target, stopped[target.key]["was"])


def _starts(target: Target, stopped: Stopped) -> bool:
    """An endpoint that idled starts only when a person starts it."""
    known = stopped.get(target.key)
    return (
        known is not None
        and target.kind in STARTED_AGAIN
        and target.level > Level.RUNS
        and known["reason"] != Reason.IDLE.value
    )


def after(steps: Sequence[Stop | Start], targets: Sequence[Target], stopped: Stopped) -> Stopped:
    """Returns what the guard has stopped, after these steps. What somebody else has
    started since is not the guard's any more."""
    found = {key: dict(known) for key, known in stopped.items()}
    for target in targets:
        if target.level is Level.RUNS:
            found.pop(target.key, None)
    for step in steps:
        if isinstance(step, Start):
            continue  # until a later run sees that it runs: a start may fail
        key = step.target.key
        # The sizes from before the first stop, not those of a pool that is closed.
        was = stopped[key]["was"] if key in found else step.target.was
        found[key] = {
            "kind": step.target.kind.value,
            "name": step.target.name,
            "label": step.target.label,
            "reason": step.reason.value,
            "was": dict(was),
        }
    return found
