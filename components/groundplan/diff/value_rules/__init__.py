"""Replacement, updates in place and refusals that depend on values or on other inputs:
what a provider decides in code (Terraform's ForceNewIf and CustomizeDiff), and what a
service refuses. A table of rules for each group of services names its sources.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.diff.properties import Difference
from groundplan.diff.value_rules import (
    compute,
    databases,
    kubernetes,
    networks,
    platforms,
    searches,
    storage,
    streams,
)
from groundplan.diff.value_rules.conditions import at
from groundplan.diff.value_rules.rule import Outcome, Rule, Sides, Table
from groundplan.manifest.property_paths import below

Keys = tuple[str, ...]

TABLES: tuple[Table, ...] = (
    compute.RULES,
    databases.RULES,
    networks.RULES,
    platforms.RULES,
    searches.RULES,
    storage.RULES,
    streams.RULES,
)

RULES: Mapping[str, tuple[Rule, ...]] = {
    token: rules for table in TABLES for token, rules in table.items()
}
"""Type token -> its rules. A type is in one table only."""

WORST_FIRST = (Outcome.REPLACED, Outcome.REFUSED, Outcome.UNKNOWN, Outcome.IN_PLACE)
"""The order in which outcomes of the properties of one object decide."""


@dataclass(frozen=True)
class Judgement:
    """What a change does by the rules of its type."""

    outcome: Outcome
    why: str = ""
    """Why it is refused."""
    whole: bool = False
    """Whether it is of a part of an object that is added or removed as a whole: what
    else the object has may decide too."""


def rules_of(token: str) -> tuple[Rule, ...]:
    """Returns the rules of a type."""
    return RULES.get(token) or kubernetes.rules_of(token)


def ruled_properties(token: str) -> frozenset[Keys]:
    """Returns the properties that rules decide."""
    return frozenset(rule.keys for rule in rules_of(token))


def judge(
    token: str, difference: Difference, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Judgement | None:
    """Returns what a difference does by the rules of its type, `None` where no rule is
    about its property."""
    judgements = list(_judgements(token, difference, before, after))
    return min(judgements, key=lambda j: WORST_FIRST.index(j.outcome), default=None)


def _judgements(
    token: str, difference: Difference, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Judgement]:
    decided: set[str] = set()
    pending: dict[str, bool] = {}
    for rule in rules_of(token):
        inside = below(difference.keys, rule.keys)
        around = difference.whole and below(rule.keys, difference.keys)
        if not (inside or around) or rule.path in decided:
            continue
        whole = not inside
        sides = Sides(before, after, at(before, rule.path), at(after, rule.path))
        if whole and sides.old == sides.new:
            continue
        pending.setdefault(rule.path, whole)
        applies = rule.when(sides)
        if applies is False or (applies is None and rule.outcome is Outcome.REFUSED):
            continue  # the other rules decide on what may be refused
        decided.add(rule.path)
        outcome = rule.outcome if applies else Outcome.UNKNOWN
        yield Judgement(outcome, rule.why if applies else "", whole)
    for path, whole in pending.items():
        if path not in decided:
            yield Judgement(Outcome.IN_PLACE, whole=whole)
