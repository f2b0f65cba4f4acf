"""What counts as drift: the settings of a check."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from groundplan.model_monitoring.analysis.documents import InvalidDocument

SHARES = (
    "false_alarm_rate",
    "smallest_drift",
    "smallest_share",
    "largest_undetected",
    "largest_broken_share",
    "largest_quality_drop",
)
"""The limits that are between 0 and 1."""


@dataclass(frozen=True)
class Limits:
    """An alarm needs both: a difference that is no accident, and one that matters."""

    false_alarm_rate: float = 0.01
    """Of checks of rows that have not drifted, at most this share alarms: half of it on
    data, half on quality. A twentieth of it again is the chance that the baseline
    itself is too unusual a sample for this to hold."""
    smallest_drift: float = 0.1
    """Smallest distance of two distributions that alarms: the Kolmogorov-Smirnov
    distance of numbers, half the sum of differences of categories' shares. Between 0
    and 1. Half a standard deviation is 0.2."""
    smallest_share: float = 0.02
    """Smallest change of the share of missing, invalid or unseen values that alarms."""
    largest_undetected: float = 0.3
    """A window that could not show a drift of this distance is too small to be called
    ok: it has not enough data."""
    minimum_rows: int = 200
    """Rows of a window below which no column is judged."""
    largest_broken_share: float = 0.01
    """Share of captured lines that may be unreadable."""
    largest_quality_drop: float = 0.05
    """Smallest drop that alarms: of accuracy, F1, AUC; a rise of the Brier score or of
    the miscalibration; and as a share of the baseline's, of MAE and RMSE."""
    minimum_labels: int = 100
    """Labelled rows of a slice below which its quality is not judged."""
    worst_quality: Mapping[str, float] = field(default_factory=dict)
    """By metric, the worst value that does not alarm, whatever the baseline's is."""

    def __post_init__(self) -> None:
        wrong = [
            f"{name}: {getattr(self, name)!r}. Fix: a number between 0 and 1"
            for name in SHARES
            if not 0 < getattr(self, name) < 1
        ]
        wrong += [
            f"{name}: {getattr(self, name)!r}. Fix: at least 1"
            for name in ("minimum_rows", "minimum_labels")
            if getattr(self, name) < 1
        ]
        if self.largest_undetected < self.smallest_drift:
            wrong.append("largest_undetected: less than smallest_drift. Fix: at least as much")
        if wrong:
            raise InvalidDocument("the limits are invalid:\n" + "\n".join(wrong))

    @property
    def error(self) -> float:
        """The false alarm rate of one family of tests: data, or quality."""
        return self.false_alarm_rate / 2

    @property
    def baseline_error(self) -> float:
        """The chance, per family, that a bound of the baseline does not hold."""
        return self.false_alarm_rate / 40

    def document(self) -> dict[str, Any]:
        """Returns plain data."""
        return {**asdict(self), "worst_quality": dict(self.worst_quality)}

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Limits":
        """Returns what `document` wrote. Raises `InvalidDocument`."""
        names = [field.name for field in fields(cls)]
        unknown = sorted(str(key) for key in document if key not in names)
        if unknown:
            raise InvalidDocument(
                f"the limits are invalid: {', '.join(unknown)}. Fix: {', '.join(names[:-1])}, or "
                f"{names[-1]}.<metric>"
            )
        try:
            return cls(**document)
        except TypeError as error:
            raise InvalidDocument(f"the limits are invalid: {error}") from error
