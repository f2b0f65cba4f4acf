"""IAM policies as statements, and the difference of two sets of statements.

The difference is exact: `a` less `b` are boxes of actions x resources x principals.
Values are compared as text, wildcards and `${symbols}` included, by the rules of
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any


@dataclass(frozen=True, order=True)
class Term:
    """One action, resource or principal; or, negated, everything but a few."""

    names: tuple[str, ...]
    """The names in the form that is compared."""
    negated: bool = False
    written: tuple[str, ...] = field(default=(), compare=False)
    """The names as they are written, where that differs."""

    def __str__(self) -> str:
        names = self.written or self.names
        return f"all but {', '.join(names)}" if self.negated else names[0]


Terms = frozenset[Term]


@dataclass(frozen=True)
class Condition:
    """One line of a condition block: an operator on a key, with its values."""

    operator: str
    key: str
    values: frozenset[str]

    def __str__(self) -> str:
        return f"{self.operator} {self.key} {', '.join(sorted(self.values))}"


@dataclass(frozen=True)
class Statement:
    """One statement, or a part of one."""

    sid: str
    effect: str
    actions: Terms
    resources: Terms
    principals: Terms
    """Empty in an identity policy."""
    conditions: frozenset[Condition] = frozenset()

    @property
    def condition(self) -> str:
        """The conditions in words, in order."""
        return " and ".join(sorted(str(condition) for condition in self.conditions))


def read(document: Any) -> tuple[Statement, ...] | None:
    """The statements of a policy, from JSON text or from data; `None` for anything
    else."""
    if isinstance(document, str):
        return _parse(document) if '"Statement"' in document else None
    if not isinstance(document, Mapping) or "Statement" not in document:
        return None
    entries = document["Statement"]
    entries = entries if isinstance(entries, list) else [entries]
    return tuple(_statement(entry) for entry in entries if isinstance(entry, Mapping))


@lru_cache(maxsize=4096)
def _parse(text: str) -> tuple[Statement, ...] | None:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return read(data) if isinstance(data, Mapping) else None


def less(
    these: Iterable[Statement], those: Iterable[Statement], literally: bool = False
) -> Iterator[Statement]:
    """The parts of `these` that `those` don't include; with `literally`, that aren't
    there in the same words."""
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
    """The statements without their conditions."""
    return [replace(statement, conditions=frozenset()) for statement in statements]


def covers(wide: Term, narrow: Term) -> bool:
    """Whether all that `narrow` names is named by `wide`."""
    if not wide.negated and not narrow.negated:
        return matches(wide.names[0], narrow.names[0])
    if wide.negated and narrow.negated:
        return all(any(matches(own, out) for own in narrow.names) for out in wide.names)
    if wide.negated:
        return not any(_may_meet(out, narrow.names[0]) for out in wide.names)
    return wide.names[0] in ("*", "*:*")


@lru_cache(maxsize=65536)
def matches(pattern: str, text: str) -> bool:
    """Whether a pattern with `*` and `?` matches a text, whose own wildcards are
    matched literally.

    Backtracks to the last star only, so that the time is bounded for any policy."""
    at, here, star, resume = 0, 0, -1, 0
    while at < len(text):
        asked = pattern[here : here + 1]
        if asked == "*":
            star, resume, here = here, at, here + 1
        elif asked == text[at] or (asked == "?" and text[at] != "*"):
            at, here = at + 1, here + 1
        elif star >= 0:
            resume += 1
            at, here = resume, star + 1
        else:
            return False
    return not pattern[here:].strip("*")


def _may_meet(one: str, other: str) -> bool:
    """Whether something may match both patterns; in doubt, yes."""
    if matches(one, other) or matches(other, one):
        return True
    start, begin = (re.split(r"[*?]", pattern, maxsplit=1)[0] for pattern in (one, other))
    both_wild = start != one and begin != other
    return both_wild and (begin.startswith(start) or start.startswith(begin))


def _cut(box: Statement, other: Statement, literally: bool) -> Iterator[Statement]:
    """What is left of a box when another is taken out, as boxes that don't overlap."""
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
    """Those of `mine` that `theirs` include."""
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
    """What all that a term covers begins with."""
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
    """Whether `wide` holds wherever `narrow` does: each of its conditions follows from
    one of the other's."""
    if literally:
        return wide.conditions == narrow.conditions
    return all(
        any(_follows(required, actual) for actual in narrow.conditions)
        for required in wide.conditions
    )


def _follows(required: Condition, actual: Condition) -> bool:
    """Whether the condition `actual` implies the condition `required`."""
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


def _statement(entry: Mapping[str, Any]) -> Statement:
    return Statement(
        sid=str(entry.get("Sid") or ""),
        effect=str(entry.get("Effect", "Allow")),
        actions=_terms(entry, "Action"),
        resources=_terms(entry, "Resource"),
        principals=_principals(entry),
        conditions=frozenset(_conditions(entry.get("Condition"))),
    )


def _terms(entry: Mapping[str, Any], key: str) -> Terms:
    if f"Not{key}" in entry:
        return frozenset({_term(sorted(set(_list(entry[f"Not{key}"]))), key, negated=True)})
    return frozenset(_term([name], key) for name in _list(entry.get(key)))


def _term(names: list[str], key: str, negated: bool = False) -> Term:
    # IAM ignores the case of actions.
    return (
        Term(tuple(n.lower() for n in names), negated, tuple(names))
        if key == "Action"
        else Term(tuple(names), negated)
    )


def _principals(entry: Mapping[str, Any]) -> Terms:
    key = "NotPrincipal" if "NotPrincipal" in entry else "Principal"
    if key not in entry:
        return frozenset()
    named = entry[key]
    pairs = named.items() if isinstance(named, Mapping) else [("AWS", named)]
    names = sorted({_principal(str(sort), name) for sort, value in pairs for name in _list(value)})
    return (
        frozenset({Term(tuple(names), negated=True)})
        if key == "NotPrincipal"
        else frozenset(Term((n,)) for n in names)
    )


def _principal(sort: str, name: str) -> str:
    """A principal as it compares: an account by its number is the account's root."""
    if sort == "AWS" and re.fullmatch(r"\d{12}|\$\{[\w.]*accountId\}", name):
        return f"arn:aws:iam::{name}:root"
    return name


def _conditions(block: Any) -> Iterator[Condition]:
    if isinstance(block, Mapping):
        for operator, keys in block.items():
            for key, values in keys.items() if isinstance(keys, Mapping) else ():
                yield Condition(str(operator), str(key), frozenset(_list(values)))


def _list(value: Any) -> list[str]:
    if value is None:
        return []
    items = value if isinstance(value, list) else [value]
    return [
        item if isinstance(item, str) else json.dumps(item, sort_keys=True, default=str)
        for item in items
    ]
