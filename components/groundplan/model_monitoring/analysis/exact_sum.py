"""Sums of floats without rounding, so that they don't depend on the order of their
terms: the same rows give the same mean, however they were spread over shards.

Each float is an integer times a power of two; integers are added without error. The
sum is one integer, in units of 2**-1127: the smallest float, 2**-1074, with the 53
bits of a mantissa that `frexp` returns as a fraction.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MANTISSA_BITS = 53
UNIT = 1127
LOW_BITS = 26
LARGEST = 1e150
"""The square of a larger number is infinite in a few additions: such a value is
counted as invalid."""
PART = 1 << 20
"""Values per pass: the sums of 27-bit halves stay below 2**53, where float64 counts
exactly."""


def exact_sum(values: Floats) -> int:
    """Returns the sum of finite floats, in units of 2**-1127."""
    total = 0
    for start in range(0, len(values), PART):
        total += _part(values[start : start + PART])
    return total


def _part(values: Floats) -> int:
    fractions, exponents = np.frexp(values)
    mantissas = np.ldexp(fractions, MANTISSA_BITS).astype(np.int64)
    high, low = mantissas >> LOW_BITS, mantissas & ((1 << LOW_BITS) - 1)
    lowest = int(exponents.min())
    shifted = exponents - lowest
    highs, lows = np.bincount(shifted, weights=high), np.bincount(shifted, weights=low)
    total = 0
    for index in np.flatnonzero((highs != 0) | (lows != 0)):
        whole = (int(highs[index]) << LOW_BITS) + int(lows[index])
        total += whole << (lowest + int(index) - MANTISSA_BITS + UNIT)
    return total


@dataclass
class Moments:
    """Number, sum and sum of squares of values; adding and merging lose nothing."""

    count: int = 0
    total: int = 0
    squares: int = 0

    def add(self, values: Floats) -> None:
        """Adds finite values of at most `LARGEST`."""
        if len(values):
            self.count += len(values)
            self.total += exact_sum(values)
            self.squares += exact_sum(values * values)

    def merge(self, other: "Moments") -> None:
        """Adds what another one counted."""
        self.count += other.count
        self.total += other.total
        self.squares += other.squares

    @property
    def mean(self) -> float | None:
        """The mean, rounded once; None without values."""
        return float(Fraction(self.total, self.count << UNIT)) if self.count else None

    @property
    def variance(self) -> float | None:
        """The sample's variance, None for fewer than two values."""
        if self.count < 2:
            return None
        unit = 1 << UNIT
        mean = Fraction(self.total, unit * self.count)
        spread = Fraction(self.squares, unit) - self.count * mean * mean
        return max(0.0, float(spread / (self.count - 1)))

    @property
    def deviation(self) -> float | None:
        """The standard deviation, None for fewer than two values."""
        variance = self.variance
        return None if variance is None else float(np.sqrt(variance))

    def document(self) -> dict[str, Any]:
        """Returns plain data: the integers as hexadecimal mantissas and exponents."""
        return {"count": self.count, "sum": _packed(self.total), "squares": _packed(self.squares)}

    @classmethod
    def read(cls, document: Any) -> "Moments":
        """Returns what `document` wrote."""
        return cls(document["count"], _unpacked(document["sum"]), _unpacked(document["squares"]))


def _packed(value: int) -> list[Any]:
    """Returns an integer without its trailing zero bits: short where values have few
    digits, and one spelling per integer."""
    zeros = (value & -value).bit_length() - 1 if value else 0
    return [hex(value >> zeros), zeros]


def _unpacked(packed: list[Any]) -> int:
    return int(packed[0], 16) << int(packed[1])
