"""Reads IAM policy documents as statements, from JSON text or from data.

Values are text, wildcards and `${symbols}` included, by the rules of
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
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
    """Returns the statements of a policy, from JSON text or from data; `None` for
    anything else."""
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


@lru_cache(maxsize=65536)
def matches(pattern: str, text: str) -> bool:
    """Returns whether a pattern with `*` and `?` matches a text, whose own wildcards
    are matched literally.

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
