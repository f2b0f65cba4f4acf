"""What a check says of one subject, and of all together. Plain data, one spelling."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from groundplan.model_monitoring.analysis.documents import rounded


class Status(StrEnum):
    """What is known of a subject, worst first."""

    ALARM = "alarm"
    NOT_ENOUGH_DATA = "not_enough_data"
    OK = "ok"
    NOT_CHECKED = "not_checked"


class Family(StrEnum):
    """What a verdict is about."""

    RECORDS = "records"
    """Lines that could not be read."""
    DATA_DRIFT = "data_drift"
    PREDICTION_DRIFT = "prediction_drift"
    MISSING = "missing_values"
    INVALID = "invalid_values"
    UNSEEN = "unseen_values"
    QUALITY = "quality"


@dataclass(frozen=True)
class Verdict:
    """What a check says of one subject."""

    family: Family
    subject: str
    """A column, or a metric."""
    status: Status
    reason: str
    """A sentence for people."""
    rows: int
    baseline_rows: int
    slice: str = ""
    """The slice, of a metric; empty for all rows."""
    value: float | None = None
    """The distance, the share or the metric, in the window."""
    baseline_value: float | None = None
    low: float | None = None
    high: float | None = None
    """The confidence interval of the value."""
    chance: float | None = None
    """The p-value, adjusted for all tests of the check."""
    limit: float | None = None
    """The smallest change that alarms."""
    detectable: float | None = None
    """The smallest change that these numbers of rows can show."""
    error: float | None = None
    """By how much the value may be too small because it is counted in cells."""
    psi: float | None = None
    """The population stability index, which nothing is decided by."""

    def document(self) -> dict[str, Any]:
        """Returns plain data."""
        numbers = (
            "value",
            "baseline_value",
            "low",
            "high",
            "chance",
            "limit",
            "detectable",
            "error",
            "psi",
        )
        return {
            "family": self.family.value,
            "subject": self.subject,
            "slice": self.slice,
            "status": self.status.value,
            "reason": self.reason,
            "rows": self.rows,
            "baseline_rows": self.baseline_rows,
            **{name: rounded(getattr(self, name)) for name in numbers},
        }


def worst(statuses: Iterable[Status]) -> Status:
    """Returns what is said of several subjects together: an alarm of one is an alarm,
    and what is known of some only is not ok. Nothing checked is `NOT_CHECKED`."""
    order = list(Status)
    return min(statuses, key=order.index, default=Status.NOT_CHECKED)
