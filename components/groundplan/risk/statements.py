"""The difference of two sets of statements of IAM policies.

The difference is exact: `a` less `b` are boxes of actions x resources x principals.
Values are compared as text, wildcards and `${symbols}` included."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from groundplan.policy_documents import Condition as Condition
from groundplan.policy_documents import Statement as Statement
from groundplan.policy_documents import Term as Term
from groundplan.policy_documents import Terms as Terms
from groundplan.policy_documents import matches as matches
from groundplan.policy_documents import read as read


def less(
    these: Iterable[Statement], those: Iterable[Statement], literally: bool = False
) -> Iterator[Statement]:
    """Yields the parts of `these` that `those` don't include; with `literally`, that
    aren't there in the same words."""
    others = list(those)
    for statement in these:
        boxes = [statement] if statement.actions else []
        # The statement of the same name first: the rest is its difference.
        for other in sorted(others, key=lambda o: (o.sid != statement.sid, o.sid)):
            if other.effect == statement.effect and _conditions_include(
                other, statement, literally
            ):
                boxes = [part for box in boxes for part in _cut(box, other, literally)]
        yield from boxes


def ignoring_conditions(statements: Iterable[Statement]) -> list[Statement]:
    """Returns the statements without their conditions."""
    return [replace(statement, conditions=frozenset()) for statement in statements]


def covers(wide: Term, narrow: Term) -> bool:
    """Returns whether all that `narrow` names is named by `wide`."""
    if not wide.negated and not narrow.negated:
        return matches(wide.names[0], narrow.names[0])
    if wide.negated and narrow.negated:
        return all(any(matches(own, out) for own in narrow.names) for out in wide.names)
    if wide.negated:
        return not any(_may_meet(out, narrow.names[0]) for out in wide.names)
    return wide.names[0] in ("*", "*:*")


def _may_meet(one: str, other: str) -> bool:
    """Returns whether something may match both patterns; in doubt, yes."""
    if matches(one, other) or matches(other, one):
        return True
    start, begin = (re.split(r"[*?]", pattern, maxsplit=1)[0] for pattern in (one, other))
    both_wild = start != one and begin != other
    return both_wild and (begin.startswith(start) or start.startswith(begin))


def _cut(box: Statement, other: Statement, literally: bool) -> Iterator[Statement]:
    """Yields what is left of a box when another is taken out, as boxes that don't
    overlap."""
    shared: list[Terms] = []
    for mine, theirs in (
        (box.actions, other.actions),
        (box.resources, other.resources),
        (box.principals, other.principals),
    ):
        shared.append(_shared(mine, theirs, literally))
        if mine and not shared[-1]:
            yield box
            return
    actions, resources, principals = shared
    if box.actions - actions:
        yield replace(box, actions=box.actions - actions)
    if box.resources - resources:
        yield replace(box, actions=actions, resources=box.resources - resources)
    if box.principals - principals:
        yield replace(
            box, actions=actions, resources=resources, principals=box.principals - principals
        )


def _shared(mine: Terms, theirs: Terms, literally: bool) -> Terms:
    """Returns those of `mine` that `theirs` include."""
    same = mine & theirs
    if literally or len(same) == len(mine):
        return same
    wild = [
        (_start(term), term)
        for term in theirs
        if term.negated or "*" in term.names[0] or "?" in term.names[0]
    ]
    return same | {
        term
        for term in mine - same
        if any(
            (term.negated or term.names[0].startswith(start)) and covers(wide, term)
            for start, wide in wild
        )
    }


@lru_cache(maxsize=65536)
def _start(term: Term) -> str:
    """Returns what all that a term covers begins with."""
    return "" if term.negated else re.split(r"[*?]", term.names[0], maxsplit=1)[0]


NARROWER_WITH_FEWER = re.compile(
    r"^(ForAnyValue:|ForAllValues:)?(StringEquals|StringEqualsIgnoreCase|StringLike|ArnEquals|ArnLike|IpAddress|NumericEquals"
    r"|DateEquals|BinaryEquals)$"
)
"""Operators whose condition is the stricter, the fewer values it has."""
NARROWER_WITH_MORE = re.compile(
    r"^(StringNotEquals|StringNotEqualsIgnoreCase|StringNotLike|ArnNotEquals|ArnNotLike|NotIpAddress)$"
)
"""Operators whose condition is the stricter, the more values it has."""


def _conditions_include(wide: Statement, narrow: Statement, literally: bool) -> bool:
    """Returns whether `wide` holds wherever `narrow` does: each of its conditions
    follows from one of the other's."""
    if literally:
        return wide.conditions == narrow.conditions
    return all(
        any(_follows(required, actual) for actual in narrow.conditions)
        for required in wide.conditions
    )


def _follows(required: Condition, actual: Condition) -> bool:
    """Returns whether the condition `actual` implies the condition `required`."""
    if required == actual:
        return True
    strict = required.operator.removesuffix("IfExists")
    if required.key.lower() != actual.key.lower() or actual.operator not in (
        required.operator,
        strict,
    ):
        return False
    if NARROWER_WITH_FEWER.match(strict):
        like = "Like" in strict or "Arn" in strict
        return all(
            any(value == wide or (like and matches(wide, value)) for wide in required.values)
            for value in actual.values
        )
    if NARROWER_WITH_MORE.match(strict):
        return required.values <= actual.values
    return required.values == actual.values
