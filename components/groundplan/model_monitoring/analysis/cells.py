"""A numeric feature's distribution as counts in fixed cells: the sketch of baselines
and windows.

Edges are chosen once, from the baseline: quantiles of its values. Each edge is a cell
of its own, and so is each gap between two edges, so that a value that many rows share
(a zero, a whole number) is counted exactly. Counts are integers: merging is addition,
exact in any order.

What the cells lose is known: between two edges, the distribution of the baseline is
known up to the share of its rows in that gap. With F and G the two distributions, a
Kolmogorov-Smirnov distance taken over the edges is at most the true one, and smaller
by no more than the largest such share (F and G grow: in a gap, F(x) - G(x) is at most
F(right) - G(left), which is the difference at one edge plus the share of the gap).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from groundplan.model_monitoring.analysis.exact_sum import LARGEST, Floats, Moments

Counts = npt.NDArray[np.int64]

EDGES = 200
"""Edges of a feature: gaps of half a percent of the baseline's rows."""


def edges_of(sample: Floats, edges: int = EDGES) -> Floats:
    """Returns distinct edges: quantiles of a sample that are values of it, the smallest
    and the largest among them."""
    if not len(sample):
        return np.array([], dtype=np.float64)
    ordered = np.sort(sample)
    places = np.linspace(0, len(ordered) - 1, min(edges, len(ordered))).round().astype(np.int64)
    # Adding zero turns -0.0 into 0.0: one value, one spelling.
    return np.unique(ordered[places]) + 0.0


@dataclass
class Cells:
    """Counts of a numeric column: rows per cell, missing values, and what is no finite
    number."""

    edges: Floats
    counts: Counts
    moments: Moments
    missing: int = 0
    invalid: int = 0
    smallest: float | None = None
    largest: float | None = None

    @classmethod
    def empty(cls, edges: Floats) -> "Cells":
        """Returns cells without rows."""
        return cls(edges, np.zeros(2 * len(edges) + 1, dtype=np.int64), Moments())

    @property
    def valid(self) -> int:
        """Rows with a finite number."""
        return int(self.counts.sum())

    @property
    def rows(self) -> int:
        """All rows."""
        return self.valid + self.missing + self.invalid

    def add(self, values: Floats, invalid: int = 0) -> None:
        """Counts a column's values; NaN is a missing value. `invalid` of the NaNs were
        no numbers at all."""
        known = values[~np.isnan(values)]
        finite = known[np.abs(known) <= LARGEST]
        self.missing += len(values) - len(known) - invalid
        self.invalid += len(known) - len(finite) + invalid
        if not len(finite):
            return
        self.counts += np.bincount(cell_of(self.edges, finite), minlength=len(self.counts))
        self.moments.add(finite)
        low, high = float(finite.min()) + 0.0, float(finite.max()) + 0.0
        self.smallest = low if self.smallest is None else min(self.smallest, low)
        self.largest = high if self.largest is None else max(self.largest, high)

    def merge(self, other: "Cells") -> None:
        """Adds what another one counted in the same cells."""
        self.counts += other.counts
        self.moments.merge(other.moments)
        self.missing += other.missing
        self.invalid += other.invalid
        lows = [cells.smallest for cells in (self, other) if cells.smallest is not None]
        highs = [cells.largest for cells in (self, other) if cells.largest is not None]
        self.smallest, self.largest = min(lows, default=None), max(highs, default=None)

    @property
    def cumulated(self) -> Floats:
        """Share of the valid rows below each boundary of two cells."""
        return np.asarray(np.cumsum(self.counts)[:-1] / max(1, self.valid), dtype=np.float64)

    @property
    def error(self) -> float:
        """Largest share of the rows within one gap: by how much a distance to these
        cells may be too small, or a rank uncertain."""
        return float(self.counts[::2].max(initial=0) / max(1, self.valid))

    def quantile(self, rank: float) -> float | None:
        """Returns a value of that rank, to within the edges of its cell; linear between
        them. None without rows."""
        if not self.valid or self.smallest is None or self.largest is None:
            return None
        aim = rank * self.valid
        sums = np.cumsum(self.counts)
        cell = min(int(np.searchsorted(sums, aim, side="left")), len(self.counts) - 1)
        low, high = self.bounds(cell)
        before = int(sums[cell] - self.counts[cell])
        part = (aim - before) / max(1, int(self.counts[cell]))
        return float(min(max(low + (high - low) * part, self.smallest), self.largest))

    def bounds(self, cell: int) -> tuple[float, float]:
        """Returns the two ends of a cell, within the values that were seen."""
        gap = cell // 2
        if cell % 2:
            return float(self.edges[gap]), float(self.edges[gap])
        ends = [*self.edges, self.largest]
        low = self.edges[gap - 1] if gap else self.smallest
        high = ends[gap]
        return float(np.nan if low is None else low), float(np.nan if high is None else high)

    def document(self) -> dict[str, Any]:
        """Returns plain data, without the edges: a window has its baseline's."""
        return {
            "counts": sparse(self.counts),
            "moments": self.moments.document(),
            "missing": self.missing,
            "invalid": self.invalid,
            "smallest": self.smallest,
            "largest": self.largest,
        }

    @classmethod
    def read(cls, document: Any, edges: Floats) -> "Cells":
        """Returns what `document` wrote."""
        return cls(
            edges,
            dense(document["counts"], 2 * len(edges) + 1),
            Moments.read(document["moments"]),
            document["missing"],
            document["invalid"],
            document["smallest"],
            document["largest"],
        )


def cell_of(edges: Floats, values: Floats) -> npt.NDArray[np.int64]:
    """Returns the cell of each value: odd numbers are edges, even ones the gaps."""
    left = np.searchsorted(edges, values, side="left")
    inside = left < len(edges)
    equal = np.zeros(len(values), dtype=np.int64)
    equal[inside] = edges[left[inside]] == values[inside]
    return np.asarray(2 * left + equal, dtype=np.int64)


def sparse(counts: Counts) -> list[list[int]]:
    """Returns the counts that are not zero, with their places."""
    return [[int(place), int(counts[place])] for place in np.flatnonzero(counts)]


def dense(pairs: list[list[int]], length: int) -> Counts:
    """Returns the counts that `sparse` wrote."""
    counts = np.zeros(length, dtype=np.int64)
    for place, count in pairs:
        counts[place] = count
    return counts
