"""Reads IAM policy documents: text or data, statements alone or in lists."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from groundplan.policy.reading import objects, texts


@dataclass(frozen=True)
class Statement:
    """One statement of a policy."""

    name: str
    """Its `Sid`, or its number: `statement 2`."""
    allows: bool
    actions: tuple[str, ...]
    """The actions; empty for `NotAction`."""
    resources: tuple[str, ...]
    principals: tuple[tuple[str, str], ...]
    """(kind, who): `("Service", "sagemaker.amazonaws.com")`; `("*", "*")` for
    everyone."""
    conditions: Mapping[str, tuple[str, ...]]
    """Condition key, in lower case -> its values. IAM ignores the case of keys."""
    operators: Mapping[str, str]
    """Condition key, in lower case -> its operator: `StringEquals`."""
    all_but: frozenset[str]
    """Which of `Action`, `Resource`, `Principal` are negated (`NotAction`)."""

    def bound(self, *prefixes: str) -> bool:
        """Returns whether a condition on a key with one of these prefixes restricts it,
        to values other than `*`.

        Operators that are also met where the key is absent (`...IfExists`,
        `ForAllValues:...`) restrict nothing."""
        return any(
            key.startswith(prefix.lower())
            and not any(
                loose in self.operators[key] for loose in ("Not", "IfExists", "ForAllValues")
            )
            and not set(values) & {"*", ""}
            for key, values in self.conditions.items()
            for prefix in prefixes
        )


def parsed(document: Any) -> Any:
    """Returns a document of any form, from text or data; None for text that is not
    JSON, or not known yet."""
    if not isinstance(document, str):
        return document
    try:
        return json.loads(document)
    except ValueError:
        return None


def statements(document: Any) -> tuple[Statement, ...]:
    """Returns the statements of a policy, in order; none where the document isn't known
    or isn't one."""
    if isinstance(document, str):
        return _parsed(document)
    return tuple(_statements(document)) if isinstance(document, Mapping) else ()


@lru_cache(maxsize=256)
def _parsed(text: str) -> tuple[Statement, ...]:
    try:
        document = json.loads(text)
    except ValueError:
        return ()
    return tuple(_statements(document)) if isinstance(document, Mapping) else ()


def _statements(document: Mapping[str, Any]) -> Iterator[Statement]:
    for number, entry in enumerate(objects(document.get("Statement")), 1):
        conditions: dict[str, tuple[str, ...]] = {}
        operators: dict[str, str] = {}
        given = entry.get("Condition")
        for operator, keys in (given if isinstance(given, Mapping) else {}).items():
            for key, values in (keys if isinstance(keys, Mapping) else {}).items():
                conditions[str(key).lower()] = tuple(_values(values))
                operators[str(key).lower()] = str(operator)
        yield Statement(
            name=str(entry.get("Sid") or f"statement {number}"),
            allows=entry.get("Effect") == "Allow",
            actions=tuple(texts(entry.get("Action"))),
            resources=tuple(texts(entry.get("Resource"))),
            principals=tuple(_principals(entry.get("Principal"))),
            conditions=conditions,
            operators=operators,
            all_but=frozenset(
                part for part in ("Action", "Resource", "Principal") if f"Not{part}" in entry
            ),
        )


def _principals(given: Any) -> Iterator[tuple[str, str]]:
    if isinstance(given, Mapping):
        for kind, who in given.items():
            yield from ((str(kind), text) for text in texts(who))
    else:
        yield from (("*", text) for text in texts(given))


def _values(given: Any) -> Iterator[str]:
    for value in given if isinstance(given, list) else [given]:
        yield str(value).lower() if isinstance(value, bool) else str(value)
