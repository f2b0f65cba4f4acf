"""The statements of two IAM policies side by side."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundplan.manifest.documents import meaning

Statement = Mapping[str, Any]
Pair = tuple[str, Statement | None, Statement | None]
"""What the statement is called (its `Sid`, else its place), and how it was and will be."""


def paired(old: Sequence[Statement], new: Sequence[Statement]) -> Iterator[Pair]:
    """The statements that differ: matched by `Sid`, else by content, else in order.
    Their order means nothing."""
    before, after = dict(enumerate(old)), dict(enumerate(new))
    found: list[Pair] = []
    there = {
        statement.get("Sid"): place for place, statement in before.items() if statement.get("Sid")
    }
    for place, statement in list(after.items()):
        if statement.get("Sid") in there:
            found.append(
                (statement["Sid"], before.pop(there.pop(statement["Sid"])), after.pop(place))
            )
    same: dict[str, list[int]] = {}
    for place, statement in before.items():
        same.setdefault(meaning(statement), []).append(place)
    for place, statement in list(after.items()):
        if places := same.get(meaning(statement)):
            found.append((_called(statement, place), before.pop(places.pop(0)), after.pop(place)))
    # What has a name of its own is no other statement's next version.
    found += [
        (s["Sid"], None, after.pop(place)) for place, s in list(after.items()) if s.get("Sid")
    ]
    found += [
        (s["Sid"], before.pop(place), None) for place, s in list(before.items()) if s.get("Sid")
    ]
    gone, come = list(before.items()), list(after.items())
    for step in range(max(len(gone), len(come))):
        one, other = gone[step : step + 1], come[step : step + 1]
        found.append(
            (str((other or one)[0][0]), one[0][1] if one else None, other[0][1] if other else None)
        )
    yield from (pair for pair in found if _differ(pair[1], pair[2]))


def _called(statement: Statement, place: int) -> str:
    return str(statement.get("Sid") or place)


def _differ(old: Statement | None, new: Statement | None) -> bool:
    return (
        old is None
        or new is None
        or meaning(old) != meaning(new)
        or old.get("Sid") != new.get("Sid")
    )
