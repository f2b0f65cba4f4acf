"""Quality beside the baseline's, per metric and slice."""

import math
from collections.abc import Iterator, Mapping

from groundplan.model_monitoring.analysis import quality_metrics
from groundplan.model_monitoring.analysis.intervals import Estimate
from groundplan.model_monitoring.analysis.limits import Limits
from groundplan.model_monitoring.analysis.quality import Quality, Tally
from groundplan.model_monitoring.analysis.quality_metrics import RELATIVE, RISES
from groundplan.model_monitoring.analysis.verdicts import Family, Status, Verdict

METRICS = 5
"""At most so many of a slice: each interval takes its part of the error."""
WIDEST = 2.0
"""An interval that reaches this many times the smallest drop to the worse side shows
nothing: there is not enough data."""


def quality_verdicts(
    baseline: Quality, quality: Quality | None, limits: Limits
) -> Iterator[Verdict]:
    """Yields the verdicts of all slices. Each interval is at the level of all of them
    together (Bonferroni), so that what the report shows is what is decided by."""
    if quality is None:
        yield Verdict(Family.QUALITY, "labels", Status.NOT_CHECKED, "no labels are collected", 0, 0)
        return
    number = METRICS * len(quality.slices)
    for name, tally in quality.slices.items():
        yield from _slice(name, baseline.slices[name], tally, number, limits)


def _slice(
    name: str, before: Tally, tally: Tally, number: int, limits: Limits
) -> Iterator[Verdict]:
    if tally.rows < limits.minimum_labels:
        yield Verdict(
            Family.QUALITY,
            "labels",
            Status.NOT_ENOUGH_DATA,
            f"{tally.rows:,} labelled rows, {limits.minimum_labels:,} are needed",
            tally.rows,
            before.rows,
            name,
        )
        return
    now = quality_metrics.metrics(tally, limits.error / number)
    old = (
        quality_metrics.metrics(before, limits.baseline_error / number)
        if before.rows >= limits.minimum_labels
        else {}
    )
    for metric, estimate in now.items():
        yield _metric(name, metric, estimate, old, (tally.rows, before.rows), limits)


def _metric(
    name: str,
    metric: str,
    now: Estimate,
    old: Mapping[str, Estimate],
    rows: tuple[int, int],
    limits: Limits,
) -> Verdict:
    before = old.get(metric)
    floor = limits.worst_quality.get(metric)
    drop = limits.largest_quality_drop
    if metric in RELATIVE and before is not None:
        drop *= before.value
    status, reason = _judged(metric, now, before, drop, floor)
    return Verdict(
        Family.QUALITY,
        metric,
        status,
        reason,
        *rows,
        name,
        value=now.value,
        baseline_value=None if before is None else before.value,
        low=now.low,
        high=now.high,
        limit=drop if before is not None else floor,
    )


def _judged(
    metric: str, now: Estimate, before: Estimate | None, drop: float, floor: float | None
) -> tuple[Status, str]:
    sign = -1 if metric in RISES else 1
    best = now.high if sign > 0 else now.low
    worst = now.low if sign > 0 else now.high
    if floor is not None and sign * (floor - best) > 0:
        return Status.ALARM, f"worse than {floor:g}, with certainty"
    if before is None:
        if floor is None:
            return Status.NOT_CHECKED, "the baseline has no quality to compare with"
        if sign * (floor - now.value) <= 0:
            return Status.OK, f"not worse than {floor:g}"
        return Status.NOT_ENOUGH_DATA, f"worse than {floor:g}, but perhaps by accident"
    lowest = before.low if sign > 0 else before.high
    fallen = sign * (before.value - now.value)
    if fallen >= drop and sign * (lowest - best) > 0:
        return Status.ALARM, f"worse than the baseline by {fallen:.3g}"
    if not math.isfinite(worst) or sign * (now.value - worst) > WIDEST * drop:
        return (
            Status.NOT_ENOUGH_DATA,
            f"the interval reaches {abs(now.value - worst):.3g} to the worse side",
        )
    return Status.OK, "not worse than the baseline by more than accident or the limit"
