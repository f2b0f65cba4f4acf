"""A sample of a dataset's rows that does not depend on their order: the rows whose
hashes are the lowest. Merging two samples gives the sample of both.

It chooses the edges of cells and the vocabulary's kind; no test of drift uses it, so
that its own error is of no account: the cells are counted over all rows.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from groundplan.model_monitoring.analysis.columns import Batch
from groundplan.model_monitoring.analysis.documents import hash64
from groundplan.model_monitoring.analysis.exact_sum import LARGEST, Floats

ROWS = 20_000
"""The share of the rows below an edge is within 1.4 percent of the one aimed at, with
99.9 percent confidence (Dvoretzky-Kiefer-Wolfowitz-Massart)."""

Hashes = npt.NDArray[np.uint64]


def hashes(shard: str, first: int, rows: int) -> Hashes:
    """Returns a hash of each row, by its shard and number: splitmix64's finalizer."""
    places = np.arange(first, first + rows, dtype=np.uint64)
    mixed = places * np.uint64(0x9E3779B97F4A7C15) + np.uint64(hash64(shard, "shard"))
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)), dtype=np.uint64)


@dataclass
class Sample:
    """Rows with the lowest hashes: the numeric columns, one below the other."""

    names: tuple[str, ...]
    rows: int = ROWS
    kept: Hashes = field(default_factory=lambda: np.array([], dtype=np.uint64))
    values: Floats = field(default_factory=lambda: np.empty((0, 0)))

    def __post_init__(self) -> None:
        if not self.values.size:
            self.values = np.empty((len(self.names), len(self.kept)))

    def add(self, batch: Batch, shard: str, first: int) -> None:
        """Adds a shard's rows, of which the first one has that number."""
        fresh = hashes(shard, first, batch.rows)
        if len(self.kept) >= self.rows:
            (places,) = np.nonzero(fresh < self.kept[-1])
        else:
            places = np.arange(batch.rows)
        columns = np.array([batch.numbers[name][places] for name in self.names])
        self._keep(fresh[places], columns.reshape(len(self.names), len(places)))

    def merge(self, other: "Sample") -> None:
        """Adds the rows of another sample."""
        self._keep(other.kept, other.values)

    def _keep(self, fresh: Hashes, columns: Floats) -> None:
        together = np.concatenate([self.kept, fresh])
        order = np.argsort(together, kind="stable")[: self.rows]
        self.kept = together[order]
        self.values = np.concatenate([self.values, columns], axis=1)[:, order]

    def finite(self, name: str) -> Floats:
        """Returns the finite values of a column."""
        values = self.values[self.names.index(name)]
        return np.asarray(values[np.abs(np.nan_to_num(values, nan=np.inf)) <= LARGEST])
