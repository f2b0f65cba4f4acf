"""One run that was begun: its plan, its journal, and what its steps return."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from groundplan.retraining.engine.journal import Journal, RunJournal
from groundplan.retraining.engine.names import Outcome
from groundplan.retraining.engine.plan import Plan
from groundplan.retraining.engine.services import Services
from groundplan.retraining.engine.settings import RetrainingSettings

SHORTEST, LONGEST = 60, 3600
"""Seconds between two looks at something that takes time."""


@dataclass(frozen=True)
class Context:
    """What all runs of an endpoint share."""

    settings: RetrainingSettings
    services: Services
    journal: Journal


@dataclass(frozen=True)
class Run:
    """A run."""

    context: Context
    plan: Plan
    journal: RunJournal

    @property
    def settings(self) -> RetrainingSettings:
        return self.context.settings

    @property
    def services(self) -> Services:
        return self.context.services


@dataclass(frozen=True)
class Done:
    """The step is done."""

    message: str
    data: Mapping[str, Any] = field(default_factory=dict)
    """What the journal keeps of it."""


@dataclass(frozen=True)
class Wait:
    """The step waits for something outside."""

    seconds: int
    message: str


@dataclass(frozen=True)
class Ends:
    """The run ends here."""

    outcome: Outcome
    message: str
    data: Mapping[str, Any] = field(default_factory=dict)


Result = Done | Wait | Ends


def patience(age: float) -> int:
    """Returns the seconds until the next look at what has taken `age` seconds: a tenth
    of that, so that a job of weeks stays within the 25,000 events that Step Functions
    keeps of an execution (quotas of Step Functions)."""
    return int(min(LONGEST, max(SHORTEST, age / 10)))
