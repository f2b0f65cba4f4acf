"""Conditions on the version of an engine: downgrades, and upgrades to another major
version."""

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from groundplan.diff.changes import ABSENT
from groundplan.diff.value_rules.conditions import at, has_value, is_symbol
from groundplan.diff.value_rules.rule import Condition, Sides

Version = tuple[int, ...]

ANY_MINOR = 10**9
"""What `x` means in `6.x`: the latest minor version."""

MAJOR_PARTS = {
    "mysql": 2,
    "mariadb": 2,
    "aurora-mysql": 2,
    "aurora": 2,
    "neptune": 2,
}
"""Engine -> the numbers of its version that are the major version; one for the others.
Sources: Amazon RDS user guide (Upgrades to MySQL, MariaDB: 8.0 to 8.4 is a major
upgrade), Amazon Neptune user guide (1.2 to 1.3 is a major upgrade)."""


def parsed(value: Any) -> Version | None:
    """Returns the numbers of a version, `None` where it has none:
    `8.0.mysql_aurora.3.04.0` is 8.0, `OpenSearch_2.11` is 2.11."""
    if not isinstance(value, str | int | float) or isinstance(value, bool) or is_symbol(value):
        return None
    match = re.search(r"\d+(\.(\d+|x))*", str(value))
    if match is None:
        return None
    return tuple(ANY_MINOR if part == "x" else int(part) for part in match.group().split("."))


def aurora_release(value: Any) -> str:
    """Returns the release of Aurora MySQL in a version: `8.0.mysql_aurora.3.04.0` is
    3.04.0."""
    match = re.search(r"_aurora\.(\d+(?:\.\d+)*)", str(value))
    return match.group(1) if match else ""


def older(sides: Sides) -> bool | None:
    """A version before the old one. A shorter version stands for all that begin with
    it: 15 is not older than 15.4."""
    return _compared(_releases(sides), _is_older)


def _is_older(old: Version, new: Version) -> bool:
    length = min(len(old), len(new))
    return new[:length] < old[:length]


def newer(sides: Sides) -> bool | None:
    """A version after the old one."""
    return _compared(_releases(sides), lambda old, new: _is_older(new, old))


def other_major(path: str = "engine", parts: Mapping[str, int] | None = None) -> Condition:
    """An upgrade to another major version of the engine that the input `path` names."""

    def holds(sides: Sides) -> bool | None:
        engine = at(sides.after, path)
        count = (MAJOR_PARTS if parts is None else parts).get(str(engine), 1)
        return _compared(sides, lambda old, new: _head(old, count) < _head(new, count))

    return holds


def major_of(count: int) -> Condition:
    """An upgrade to another major version, which is the first `count` numbers."""
    return lambda sides: _compared(sides, lambda old, new: _head(old, count) < _head(new, count))


def _head(version: Version, count: int) -> Version:
    return tuple(part for part, _ in zip_longest(version[:count], range(count), fillvalue=0))


def skips_a_minor(sides: Sides) -> bool | None:
    """An upgrade that leaves out a minor version."""
    return _compared(
        sides,
        lambda old, new: len(old) > 1 and len(new) > 1 and new[0] == old[0] and new[1] > old[1] + 1,
    )


def before(path: str, version: str, default: str = "") -> Condition:
    """Another input that is a version before `version`; `default` is what holds where
    it isn't set."""

    def holds(sides: Sides) -> bool | None:
        value = at(sides.after, path)
        now, bound = parsed(value if has_value(value) else default), parsed(version)
        if now is None or bound is None or (now != bound and bound[: len(now)] == now):
            return None  # 7.0 may be 7.0.4 or 7.0.7
        return now < bound

    return holds


def _releases(sides: Sides) -> Sides:
    """Returns the releases of Aurora MySQL in two versions of the same MySQL."""
    if parsed(sides.old) != parsed(sides.new):
        return sides
    old, new = aurora_release(sides.old), aurora_release(sides.new)
    return replace(sides, old=old, new=new) if old and new else sides


def _compared(sides: Sides, holds: Any) -> bool | None:
    if ABSENT in (sides.old, sides.new):
        return False
    old, new = parsed(sides.old), parsed(sides.new)
    if old is None or new is None:
        return None
    return bool(holds(old, new))
