"""Records as the audit trail returns them: whether one can be used, and in which order
they were written.

The order is S3's: the time at which it stored a record, never the clock of the laptop
that ran the release, which may be off. S3 counts whole seconds; within one, each record
follows the one that left the endpoint where it began.
"""

import datetime
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TEXTS = ("release", "kind", "outcome", "started_at", "started_by")


@dataclass(frozen=True)
class Stored:
    """A record in S3."""

    at: datetime.datetime
    """When S3 stored it."""
    record: Mapping[str, Any]

    @property
    def begins(self) -> str:
        """The configuration that the release began from."""
        return str(self.record["from"]["config"])

    @property
    def ends(self) -> str:
        """The configuration that was live when the release ended."""
        return str(self.record["live"])

    @property
    def name(self) -> str:
        return str(self.record["release"])


def fault(record: Mapping[str, Any]) -> str:
    """Returns why a record is unusable, empty if it is not. Another version of
    groundplan may write records of another form."""
    wrong = [key for key in TEXTS if not isinstance(record.get(key), str)]
    wrong += [
        key
        for key in ("from", "to")
        if not isinstance(record.get(key), Mapping) or not record[key].get("config")
    ]
    wrong += [key for key in ("version", "package_arn", "live") if key not in record]
    if record.get("version") is not None and not isinstance(record["version"], int):
        wrong.append("version")
    return f"it lacks, or has in another form: {', '.join(wrong)}" if wrong else ""


def in_order(found: Sequence[Stored]) -> list[Mapping[str, Any]]:
    """Returns the records, oldest first."""
    ordered: list[Stored] = []
    by_time = sorted(found, key=lambda stored: (_second(stored), stored.name))
    for _, group in itertools.groupby(by_time, key=_second):
        ordered += _chained(list(group), ordered[-1].ends if ordered else None)
    return [stored.record for stored in ordered]


def _second(stored: Stored) -> datetime.datetime:
    return stored.at.replace(microsecond=0)


def _chained(group: list[Stored], start: str | None) -> list[Stored]:
    """Records of one second, each after the one that left the endpoint where it began;
    by name if they form no chain."""
    for first in _starts(group, start):
        if _linked(group, first):
            return group  # by name: the clocks agree
        walk = _walk(group, first)
        if len(walk) == len(group) and _linked(walk, first):
            return walk
    return group


def _linked(group: Sequence[Stored], start: str) -> bool:
    lefts = [start, *(stored.ends for stored in group)]
    return all(left == stored.begins for left, stored in zip(lefts, group, strict=False))


def _starts(group: Sequence[Stored], start: str | None) -> Iterator[str]:
    """Yields where the chain may begin: where the records before it ended, or at the
    configuration that more releases left than came to."""
    if start is not None:
        yield start
    balance: dict[str, int] = {}
    for stored in group:
        balance[stored.begins] = balance.get(stored.begins, 0) + 1
        balance[stored.ends] = balance.get(stored.ends, 0) - 1
    # In a circle: at what the stack created, which no release of a version led to.
    created = {stored.ends for stored in group if stored.record["kind"] == "deploy"}
    yield from sorted(balance, key=lambda config: (-balance[config], config in created))


def _walk(group: Sequence[Stored], start: str) -> list[Stored]:
    """A way through all records that takes each once: an Eulerian trail, by
    Hierholzer's algorithm."""
    leaving: dict[str, list[Stored]] = {}
    for stored in sorted(group, key=lambda stored: stored.name, reverse=True):
        leaving.setdefault(stored.begins, []).append(stored)
    way: list[Stored] = []
    stack: list[tuple[str, Stored | None]] = [(start, None)]
    while stack:
        config, arrived = stack[-1]
        if leaving.get(config):
            following = leaving[config].pop()
            stack.append((following.ends, following))
        else:
            stack.pop()
            if arrived is not None:
                way.append(arrived)
    return way[::-1]
