"""Pairs the statements of two IAM policies."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundplan.manifest.documents import canonical_statement

Statement = Mapping[str, Any]
Pair = tuple[str, Statement | None, Statement | None]
"""The label of a statement (its `Sid`, else its index), the old and the new one."""


def changed_statements(old: Sequence[Statement], new: Sequence[Statement]) -> Iterator[Pair]:
    """Yields the statements that differ: matched by `Sid`, else by content, else by
    position. Their order has no meaning."""
    before, after = dict(enumerate(old)), dict(enumerate(new))
    pairs: list[Pair] = []
    by_sid = {
        statement.get("Sid"): index for index, statement in before.items() if statement.get("Sid")
    }
    for index, statement in list(after.items()):
        if statement.get("Sid") in by_sid:
            pairs.append(
                (statement["Sid"], before.pop(by_sid.pop(statement["Sid"])), after.pop(index))
            )
    by_content: dict[str, list[int]] = {}
    for index, statement in before.items():
        by_content.setdefault(canonical_statement(statement), []).append(index)
    for index, statement in list(after.items()):
        if indices := by_content.get(canonical_statement(statement)):
            pairs.append((_label(statement, index), before.pop(indices.pop(0)), after.pop(index)))
    # A statement with a Sid is never the next version of another one.
    pairs += [
        (s["Sid"], None, after.pop(index)) for index, s in list(after.items()) if s.get("Sid")
    ]
    pairs += [
        (s["Sid"], before.pop(index), None) for index, s in list(before.items()) if s.get("Sid")
    ]
    removed, added = list(before.items()), list(after.items())
    for step in range(max(len(removed), len(added))):
        one, other = removed[step : step + 1], added[step : step + 1]
        pairs.append(
            (str((other or one)[0][0]), one[0][1] if one else None, other[0][1] if other else None)
        )
    yield from (pair for pair in pairs if _differ(pair[1], pair[2]))


def _label(statement: Statement, index: int) -> str:
    return str(statement.get("Sid") or index)


def _differ(old: Statement | None, new: Statement | None) -> bool:
    return (
        old is None
        or new is None
        or canonical_statement(old) != canonical_statement(new)
        or old.get("Sid") != new.get("Sid")
    )
