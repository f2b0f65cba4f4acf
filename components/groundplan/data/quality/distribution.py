"""The rule of a distribution: how far a column is from the last version. Needs numpy.

The distance is the loop's: the Kolmogorov-Smirnov distance of numbers, half the sum of
the differences of shares of texts. Both are between 0 and 1. A rule breaks if the
distance is above its limit, and above what chance explains for as many rows.
"""

import math

import numpy as np

from groundplan.data.quality.result import RuleResult
from groundplan.data.quality.rules import QualityRule
from groundplan.data.sketches import NUMERIC, Counts

ERROR = 0.001
"""The chance that data which has not changed breaks a rule."""


def outcome(rule: QualityRule, before: Counts | None, now: Counts, kind: str) -> RuleResult:
    """Returns what comes of a rule. `before` are the counts of the last version, None
    if there is none, or if it has no statistics; `now` are the counts of this data in
    the same cells; `kind` is this data's kind of the column, empty for none of those
    that are counted."""
    known = before.kind(rule.column) if before else ""
    if not before or not known:
        why = "no version was published with statistics"
        if before:
            why = f"the last version has no statistics of {rule.column}"
        return RuleResult(rule.name, True, f"there is nothing to compare with: {why}", False)
    if kind != known:
        found = f"it is {kind}" if kind else "it is there no more, or has another type"
        return RuleResult(rule.name, False, f"it was {known} in the last version, and {found}")
    distance, chance, error = _compared(before, now, rule.column)
    valid = _rows(now, rule.column)
    if not valid or not _rows(before, rule.column):
        return RuleResult(rule.name, True, "there is nothing to compare with: no values", False)
    more = f" (up to {error:.3g} more)" if error else ""
    detail = f"the distance to the last version is {distance:.3g}{more}"
    if distance > rule.limit and distance <= chance:
        few = f"of {valid} rows, up to {chance:.3g} may be chance"
        return RuleResult(rule.name, True, f"{detail}; {few}")
    return RuleResult(rule.name, distance <= rule.limit, detail)


def _rows(counts: Counts, column: str) -> int:
    """Returns the rows with a value."""
    if column in counts.cells:
        return counts.cells[column].valid
    return counts.categories[column].valid


def _compared(before: Counts, now: Counts, column: str) -> tuple[float, float, float]:
    """Returns the distance, the largest one that chance explains, and by how much cells
    may have made the distance too small."""
    rows = _rows(before, column), _rows(now, column)
    if before.kind(column) == NUMERIC:
        old, new = before.cells[column], now.cells[column]
        distance = float(np.abs(old.cumulated - new.cumulated).max(initial=0.0))
        return distance, sum(_band(count) for count in rows), old.error
    old_texts, new_texts = before.categories[column], now.categories[column]
    shares = [
        np.append(counted.counts, counted.unseen) / max(1, counted.valid)
        for counted in (old_texts, new_texts)
    ]
    distance = float(np.abs(shares[0] - shares[1]).sum() / 2)
    kinds = len(shares[0])
    return distance, sum(_spread(count, kinds) for count in rows), 0.0


def _band(rows: int) -> float:
    """By how much the distribution function of a sample may miss the true one:
    Dvoretzky, Kiefer and Wolfowitz (1956), with Massart's constant; half of `ERROR` for
    each."""
    return math.sqrt(math.log(4 / ERROR) / (2 * rows)) if rows else math.inf


def _spread(rows: int, kinds: int) -> float:
    """By how much the shares of a sample may miss the true ones, as half the sum of
    differences: its mean is at most half of sqrt(kinds / rows), and one row changes it
    by 1 / rows (McDiarmid 1989)."""
    if not rows:
        return math.inf
    return math.sqrt(kinds / rows) / 2 + math.sqrt(math.log(2 / ERROR) / (2 * rows))
