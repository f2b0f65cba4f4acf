"""Plots of a report as numbers: points and bars in the units of an SVG, whose size the
template knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from groundplan.model_monitoring.analysis.categories import Categories
from groundplan.model_monitoring.analysis.cells import Cells
from groundplan.model_monitoring.analysis.exact_sum import Floats

WIDTH, HEIGHT = 320.0, 120.0
MOST_BARS = 10


@dataclass(frozen=True)
class Curves:
    """Two distribution functions, one over the other: their largest distance is what
    the check measures."""

    baseline: str
    window: str
    """Points of a polyline."""
    left: str
    right: str
    """What the ends of the axis are."""
    place: float
    """Where the distance is largest."""


@dataclass(frozen=True)
class Bar:
    """The share of a category, before and now, in percent of the widest bar."""

    name: str
    before: float
    after: float
    shares: tuple[float, float]


@dataclass(frozen=True)
class Reliability:
    """A tenth of the score: its mean, the share of positives, and its interval."""

    x: float
    y: float
    low: float
    high: float


def curves(baseline: Cells, window: Cells) -> Curves | None:
    """Returns the plot of a numeric column; the axis has the baseline's values, without
    the outermost half percent. None without values."""
    edges = baseline.edges
    low, high = baseline.quantile(0.005), baseline.quantile(0.995)
    if not len(edges) or low is None or high is None or not window.valid:
        return None
    if low == high:
        low, high = low - 1, high + 1
    # Twice each edge: below it, and with it.
    doubled = np.repeat(edges, 2)
    apart = np.abs(baseline.cumulated - window.cumulated)
    inside = (doubled >= low) & (doubled <= high)
    across = (np.clip(doubled, low, high) - low) / (high - low) * WIDTH
    return Curves(
        _points(across[inside], baseline.cumulated[inside]),
        _points(across[inside], window.cumulated[inside]),
        f"{low:.4g}",
        f"{high:.4g}",
        round(float(across[int(apart.argmax())]), 1),
    )


def _points(across: Floats, shares: Floats) -> str:
    """Returns points of a polyline, from the lower to the upper end."""
    places = [0.0, *across.tolist(), WIDTH]
    heights = [*shares[:1].tolist(), *shares.tolist(), *shares[-1:].tolist()]
    return " ".join(f"{x:.1f},{HEIGHT * (1 - y):.1f}" for x, y in zip(places, heights, strict=True))


def bars(baseline: Categories, window: Categories) -> list[Bar]:
    """Returns the plot of a categorical column: the categories whose shares differ
    most, and the unseen ones."""
    if not window.valid or not baseline.valid:
        return []
    before, after = baseline.counts / baseline.valid, window.counts / window.valid
    order = np.argsort(-np.abs(before - after), kind="stable")[:MOST_BARS]
    found = [(window.vocabulary.name(int(i)), float(before[i]), float(after[i])) for i in order]
    if window.unseen:
        found.append(("(never seen before)", 0.0, window.unseen / window.valid))
    widest = max((max(old, new) for _, old, new in found), default=1.0) or 1.0
    return [
        Bar(name, round(100 * old / widest, 1), round(100 * new / widest, 1), (old, new))
        for name, old, new in found
    ]


def reliability(bins: Sequence[Mapping[str, float]]) -> list[Reliability]:
    """Returns the plot of calibration, in a square as high as the other plots."""
    return [
        Reliability(
            round(HEIGHT * b["score"], 1),
            *(round(HEIGHT * (1 - b[name]), 1) for name in ("share", "low", "high")),
        )
        for b in bins
    ]
