"""Drift of one column: how far a window's distribution is from the baseline's, and how
probable so large a distance is if nothing has changed.

The baseline stays while windows come every hour. A two-sample test has its false alarm
rate over new draws of both samples, so that an unlucky baseline would alarm in every
window. Here the baseline's own error is a bound that holds with high probability, and
what is left is a test of the window alone: its false alarm rate holds window after
window, for one and the same baseline.
"""

import math
from dataclasses import dataclass

import numpy as np

from groundplan.model_monitoring.analysis.categories import Categories
from groundplan.model_monitoring.analysis.cells import Cells
from groundplan.model_monitoring.analysis.exact_sum import Floats
from groundplan.model_monitoring.analysis.intervals import band, share_bounds, tails

GROUPS = 10
"""Groups of the stability index, as in the field: deciles of the baseline."""


@dataclass(frozen=True)
class Distance:
    """The distance of a window from its baseline."""

    value: float
    chance: float
    """The p-value of this test alone."""
    detectable: float
    """The smallest true distance that is significant, about, at the test's level."""
    error: float
    psi: float
    named: str
    """Where the distance is: a category, or a value of the column."""


@dataclass(frozen=True)
class Level:
    """The probabilities of error that one of a check's tests may use."""

    window: float
    baseline: float


def of_numbers(baseline: Cells, window: Cells, level: Level) -> Distance:
    """Returns the Kolmogorov-Smirnov distance over the baseline's cells.

    If nothing has changed, the window's distribution function is within the band of
    both sample sizes: P(distance > b + x) <= 2 exp(-2 n x**2), with b the baseline's
    bound. The distance over cells is no larger than the true one, so that cells never
    add a false alarm."""
    apart = np.abs(baseline.cumulated - window.cumulated)
    value = float(apart.max(initial=0.0))
    bound = band(baseline.valid, level.baseline)
    excess = max(0.0, value - bound)
    chance = min(1.0, 2 * math.exp(-2 * window.valid * excess * excess))
    place = int(apart.argmax()) if len(apart) else 0
    named = f"{baseline.edges[place // 2]:.6g}" if len(baseline.edges) else ""
    return Distance(
        value,
        chance,
        bound + band(window.valid, level.window),
        baseline.error,
        _stability(*_deciles(baseline, window)),
        named,
    )


def of_categories(baseline: Categories, window: Categories, level: Level) -> Distance:
    """Returns half the sum of the differences of shares, with the probability of the
    most improbable category.

    Each category is an exact binomial test against the bounds of the baseline's share;
    the least of as many p-values counts that many times (Bonferroni). Exact for rare
    categories too, where a chi-square statistic is not, and it names the category."""
    before = np.append(baseline.counts, baseline.unseen)
    after = np.append(window.counts, window.unseen)
    rows, kinds = window.valid, len(before)
    shares = before / max(1, baseline.valid), after / max(1, rows)
    apart = np.abs(shares[0] - shares[1])
    low, high = share_bounds(before, baseline.valid, level.baseline / kinds)
    chances = 2 * np.minimum(*tails(after, rows, low, high))
    # Unseen values have a test of their own: see `unseen` of the check.
    place = int(np.argmin(chances[:-1])) if kinds > 1 else 0
    named = baseline.vocabulary.name(place) if kinds > 1 else ""
    return Distance(
        float(apart.sum() / 2),
        float(min(1.0, chances[:-1].min(initial=1.0) * max(1, kinds - 1))),
        band(baseline.valid, level.baseline / kinds) + band(rows, level.window / kinds),
        # Of groups of values the distance is a lower bound, with no known error.
        math.nan if baseline.vocabulary.bits else 0.0,
        _stability(before.astype(np.float64), after.astype(np.float64)),
        named,
    )


def _deciles(baseline: Cells, window: Cells) -> tuple[Floats, Floats]:
    """Returns the counts of both in groups of about a tenth of the baseline's rows."""
    before = np.concatenate([[0.0], baseline.cumulated, [1.0]])[:-1]
    groups = np.minimum((before * GROUPS).astype(np.int64), GROUPS - 1)
    old = np.bincount(groups, weights=baseline.counts, minlength=GROUPS)
    new = np.bincount(groups, weights=window.counts, minlength=GROUPS)
    return old.astype(np.float64), new.astype(np.float64)


def _stability(before: Floats, after: Floats) -> float:
    """Returns the population stability index; half a row is added to each group, so
    that an empty one has a logarithm."""
    old = (before + 0.5) / (before.sum() + 0.5 * len(before))
    new = (after + 0.5) / (after.sum() + 0.5 * len(after))
    return float(((new - old) * np.log(new / old)).sum())


def of_share(
    counted: int, rows: int, before: int, baseline_rows: int, level: Level, both: bool
) -> float:
    """Returns the p-value of a share of rows: that it rose, or, for `both`, changed."""
    low, high = share_bounds(np.array([before]), baseline_rows, level.baseline)
    few, many = tails(np.array([counted]), rows, low, high)
    return float(min(1.0, 2 * min(few[0], many[0]) if both else many[0]))
