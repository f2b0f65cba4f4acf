"""Intervals and tests of shares, exact for every number of rows (scipy's incomplete
beta function), and what many tests at once cost."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special  # type: ignore[import-untyped]

from groundplan.model_monitoring.analysis.cells import Counts
from groundplan.model_monitoring.analysis.exact_sum import Floats


@dataclass(frozen=True)
class Estimate:
    """A value with its confidence interval."""

    value: float
    low: float
    high: float


def share(count: float, rows: float, error: float) -> Estimate:
    """Returns a share with its Clopper-Pearson interval, which misses the true share
    with at most that probability."""
    if not rows:
        return Estimate(math.nan, 0.0, 1.0)
    low, high = share_bounds(np.array([count]), int(rows), error)
    return Estimate(count / rows, float(low[0]), float(high[0]))


def share_bounds(counts: Counts | Floats, rows: int, error: float) -> tuple[Floats, Floats]:
    """Returns the Clopper-Pearson bounds of many shares of the same rows."""
    if not rows:
        return np.zeros(len(counts)), np.ones(len(counts))
    with np.errstate(all="ignore"):
        low = special.betaincinv(counts, rows - counts + 1, error / 2)
        high = special.betaincinv(counts + 1, rows - counts, 1 - error / 2)
    low = np.where(counts <= 0, 0.0, low)
    high = np.where(counts >= rows, 1.0, high)
    return np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)


def tails(counts: Counts, rows: int, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Returns the probabilities of as few, and of as many, as were counted, if the true
    share is within bounds: of few at its lower, of many at its upper bound."""
    with np.errstate(all="ignore"):
        few = np.where(counts >= rows, 1.0, special.bdtr(counts, rows, low))
        many = np.where(counts <= 0, 1.0, special.betainc(counts, rows - counts + 1, high))
    few = np.where(low <= 0, 1.0, few)
    many = np.where(high >= 1, 1.0, many)
    return np.asarray(few, dtype=np.float64), np.asarray(many, dtype=np.float64)


def quantile(probability: float) -> float:
    """Returns a quantile of the normal distribution."""
    return float(special.ndtri(probability))


def band(rows: int, error: float) -> float:
    """Returns by how much an empirical distribution function of independent rows may
    miss the true one, anywhere, except with that probability: Dvoretzky, Kiefer and
    Wolfowitz (1956), with the constant of Massart (1990)."""
    return math.sqrt(math.log(2 / error) / (2 * rows)) if rows else math.inf


def holm(chances: Sequence[float], tests: int) -> list[float]:
    """Returns p-values adjusted for that many tests: below a level, at most that share
    of checks has any false one, whatever the dependence of the tests (Holm 1979)."""
    order = sorted(range(len(chances)), key=lambda place: chances[place])
    adjusted, most = [1.0] * len(chances), 0.0
    for rank, place in enumerate(order):
        most = max(most, min(1.0, chances[place] * (tests - rank)))
        adjusted[place] = most
    return adjusted
