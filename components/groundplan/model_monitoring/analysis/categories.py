"""A categorical feature's distribution as counts: of each value of the baseline, or,
where it has more values than are worth counting one by one, of groups of values.

Groups are chosen by a hash of the value, so that they are the same everywhere. Which
values the baseline knows is then a bit per hash: a value that it does not know may meet
a bit of another one, so that rows with unseen values are counted too low, by a share
that is known (`collisions`). A known value is never counted as unseen.
"""

import base64
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from groundplan.model_monitoring.analysis.cells import Counts, dense, sparse
from groundplan.model_monitoring.analysis.documents import hash64

LIMIT = 256
"""Values that are counted one by one."""
GROUPS = 256
BITS = 1 << 17
"""16 KB per feature; 13,000 values leave nine in ten bits free."""
EXAMPLES = 10
"""Unseen values that a report names."""
EXAMPLE_LENGTH = 60


@dataclass(frozen=True)
class Vocabulary:
    """The values of a column that the baseline has seen."""

    values: tuple[str, ...] = ()
    """Sorted; empty where there are more than `LIMIT`."""
    bits: bytes = b""
    """A bit per hash, in place of the values."""

    @classmethod
    def of(cls, values: Iterable[str], limit: int = LIMIT) -> "Vocabulary":
        """Returns the vocabulary of all distinct values of a column."""
        distinct = sorted(set(values))
        if len(distinct) <= limit:
            return cls(tuple(distinct))
        places = np.array([hash64(value, "bit") % BITS for value in distinct])
        bits = np.zeros(BITS, dtype=np.uint8)
        bits[places] = 1
        return cls((), np.packbits(bits).tobytes())

    @property
    def length(self) -> int:
        """Number of counts of a column."""
        return GROUPS if self.bits else len(self.values)

    @property
    def collisions(self) -> float:
        """Share of unseen values that pass for seen ones."""
        return int(np.unpackbits(np.frombuffer(self.bits, np.uint8)).sum()) / BITS

    def name(self, place: int) -> str:
        """Returns the name of a count."""
        return f"group {place}" if self.bits else self.values[place]

    def place(self, value: str, places: Mapping[str, int]) -> int | None:
        """Returns the place of a value's count, None for one that was not seen."""
        if not self.bits:
            return places.get(value)
        bit = hash64(value, "bit") % BITS
        seen = self.bits[bit >> 3] >> (7 - (bit & 7)) & 1
        return hash64(value, "group") % GROUPS if seen else None

    def document(self) -> dict[str, Any]:
        """Returns plain data."""
        return {"values": list(self.values), "bits": base64.b64encode(self.bits).decode()}

    @classmethod
    def read(cls, document: Any) -> "Vocabulary":
        """Returns what `document` wrote."""
        return cls(tuple(document["values"]), base64.b64decode(document["bits"]))


@dataclass
class Categories:
    """Counts of a categorical column."""

    vocabulary: Vocabulary
    counts: Counts
    missing: int = 0
    unseen: int = 0
    examples: dict[str, int] = field(default_factory=dict)
    """Some unseen values and their rows: those of the lowest hashes. A value that is
    among them at the end was so in each part, so that its number is exact."""

    def __post_init__(self) -> None:
        self._places = {value: place for place, value in enumerate(self.vocabulary.values)}

    @classmethod
    def empty(cls, vocabulary: Vocabulary) -> "Categories":
        """Returns counts without rows."""
        return cls(vocabulary, np.zeros(vocabulary.length, dtype=np.int64))

    @property
    def valid(self) -> int:
        """Rows with a value."""
        return int(self.counts.sum()) + self.unseen

    @property
    def rows(self) -> int:
        """All rows."""
        return self.valid + self.missing

    def add(self, values: Iterable[str | None]) -> None:
        """Counts a column's values; None is a missing value."""
        counted: Counter[str | None] = Counter(values)
        self.missing += counted.pop(None, 0)
        unseen: dict[str, int] = {}
        for value, count in counted.items():
            assert value is not None  # noqa: S101 (popped above)
            place = self.vocabulary.place(value, self._places)
            if place is None:
                self.unseen += count
                shown = value[:EXAMPLE_LENGTH]
                unseen[shown] = unseen.get(shown, 0) + count
            else:
                self.counts[place] += count
        self._keep(unseen)

    def merge(self, other: "Categories") -> None:
        """Adds what another one counted with the same vocabulary."""
        self.counts += other.counts
        self.missing += other.missing
        self.unseen += other.unseen
        self._keep(other.examples)

    def _keep(self, examples: Mapping[str, int]) -> None:
        for value, count in examples.items():
            self.examples[value] = self.examples.get(value, 0) + count
        if len(self.examples) > EXAMPLES:
            kept = sorted(self.examples, key=lambda value: (hash64(value, "example"), value))
            self.examples = {value: self.examples[value] for value in kept[:EXAMPLES]}

    def document(self) -> dict[str, Any]:
        """Returns plain data, without the vocabulary: a window has its baseline's."""
        return {
            "counts": sparse(self.counts),
            "missing": self.missing,
            "unseen": self.unseen,
            "examples": self.examples,
        }

    @classmethod
    def read(cls, document: Any, vocabulary: Vocabulary) -> "Categories":
        """Returns what `document` wrote."""
        return cls(
            vocabulary,
            dense(document["counts"], vocabulary.length),
            document["missing"],
            document["unseen"],
            dict(document["examples"]),
        )
