"""A resource that is judged, and what a judgement says."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

HOURS = 730
"""Hours a month, as AWS's own calculators count."""


class Kind(str, Enum):
    """What is judged."""

    ENDPOINT = "endpoint"
    POOL = "node pool"
    QUEUE = "queue"
    NOTEBOOK = "notebook"
    VOLUME = "volume"
    ADDRESS = "address"
    NAT_GATEWAY = "NAT gateway"
    FILE_SYSTEM = "file system"
    LOG_GROUP = "log group"
    FUNCTION = "function"


class Verdict(str, Enum):
    """What a judgement comes to."""

    IDLE = "idle"
    TOO_LARGE = "too large"
    TOO_SMALL = "too small"
    HEALTHY = "healthy"
    NOT_ENOUGH_DATA = "not enough data"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Cost:
    """What a resource costs in a month, at list prices on demand."""

    usd: float | None
    """None if a price is unknown."""
    basis: str
    """`2 x ml.m5.large, 730 h`, or why it is unknown."""


FREE = Cost(0.0, "no charge")


@dataclass(frozen=True)
class Setting:
    """The setting of a stack file that a recommendation changes."""

    key: str
    """`endpoints.churn.instanceCount`, without the project's namespace."""
    before: Any
    after: Any

    def text(self, namespace: str) -> str:
        """Returns the change as a person reads it."""
        return f"{namespace}:{self.key}: {self.before} -> {self.after}"


@dataclass(frozen=True)
class Resource:
    """A resource of the environment."""

    kind: Kind
    id: str
    name: str
    cost: Cost
    team: str = ""
    """Empty where no tag and no namespace names one."""
    created: datetime.datetime | None = None
    """None where AWS does not say."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the judgement of its kind reads."""


@dataclass(frozen=True)
class Judgement:
    """What is said of a resource."""

    verdict: Verdict
    reason: str
    """What was measured, with the limit."""
    advice: str = ""
    setting: Setting | None = None
    saving_usd: float | None = None
    """USD a month that the advice saves; None if it saves nothing, or unknown."""
    threshold: str = ""
    """The name of the threshold; empty if none was passed."""


@dataclass(frozen=True)
class Judged:
    """A resource with a judgement of it."""

    resource: Resource
    judgement: Judgement


HEALTHY = Judgement(Verdict.HEALTHY, "")


def unknown(reason: str) -> Judgement:
    """Returns the judgement of what nothing measures."""
    return Judgement(Verdict.UNKNOWN, reason)


def not_enough(reason: str) -> Judgement:
    """Returns the judgement of what has been measured for too short a time."""
    return Judgement(Verdict.NOT_ENOUGH_DATA, reason)
