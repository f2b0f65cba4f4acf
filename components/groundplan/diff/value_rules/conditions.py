"""Conditions of rules, on the old and the new value of a property and on other inputs.

A condition is `None` (not known) where a value that it needs is the symbol of one that
only the deployment resolves.
"""

import re
from collections.abc import Sequence
from typing import Any

from groundplan.diff.changes import ABSENT
from groundplan.diff.paths import at as at
from groundplan.diff.value_rules.rule import Condition, Sides


def always(_sides: Sides) -> bool:
    """Every change."""
    return True


def smaller(sides: Sides) -> bool | None:
    """A number that decreases. One that is removed keeps its value in the cloud."""
    return _numbers(sides, lambda old, new: new < old)


def larger(sides: Sides) -> bool | None:
    """A number that increases."""
    return _numbers(sides, lambda old, new: new > old)


def grows_by_less_than(share: float) -> Condition:
    """A number that increases by less than a share of the old one."""
    return lambda sides: _numbers(sides, lambda old, new: old < new < old * (1 + share))


def grows_beyond(factor: float) -> Condition:
    """A number that increases to more than a multiple of the old one."""
    return lambda sides: _numbers(sides, lambda old, new: new > old * factor)


def shrinks_below(factor: float) -> Condition:
    """A number that decreases to less than a share of the old one."""
    return lambda sides: _numbers(sides, lambda old, new: new < old * factor)


def _numbers(sides: Sides, holds: Any) -> bool | None:
    if ABSENT in (sides.old, sides.new):
        return False
    if is_symbol(sides.old) or is_symbol(sides.new):
        return None
    old, new = number(sides.old), number(sides.new)
    return None if old is None or new is None else bool(holds(old, new))


def removed(sides: Sides) -> bool:
    """A value that is removed, or set to an empty one."""
    return has_value(sides.old) and not has_value(sides.new)


def added(sides: Sides) -> bool:
    """A value where there was none."""
    return has_value(sides.new) and not has_value(sides.old)


def changed(sides: Sides) -> bool:
    """A value that is another one, with one on both sides."""
    return has_value(sides.old) and has_value(sides.new)


def moved(sides: Sides) -> bool | None:
    """A reference to something else: another name, or another resource's."""
    if not changed(sides):
        return False
    old, new = (str(side) for side in (sides.old, sides.new))
    if not (is_symbol(old) or is_symbol(new)):
        return old != new
    names = [re.findall(r"\$\{([^.}\s]+)", side) for side in (old, new)]
    return True if all(names) and names[0] != names[1] and "unknown" not in names[1] else None


def turned_off(sides: Sides) -> bool | None:
    """A switch that was on and is off or not set."""
    return _turned(sides.old, sides.new)


def turned_on(sides: Sides) -> bool | None:
    """A switch that is on and was off or not set."""
    return _turned(sides.new, sides.old)


def _turned(on: Any, off: Any) -> bool | None:
    if is_symbol(on) or is_symbol(off):
        return None
    return is_on(on) and not is_on(off)


def was(*values: Any) -> Condition:
    """An old value that is one of `values`."""
    return lambda sides: _is_one_of(sides.old, values)


def becomes(*values: Any) -> Condition:
    """A new value that is one of `values`."""
    return lambda sides: _is_one_of(sides.new, values)


def where(path: str, *values: Any, default: Any = ABSENT) -> Condition:
    """Another input, after the change, that is one of `values`; `default` is what holds
    where it isn't set."""
    return lambda sides: _is_one_of(_or(at(sides.after, path), default), values)


def where_on(path: str) -> Condition:
    """Another input, after the change, that is on."""

    def holds(sides: Sides) -> bool | None:
        value = at(sides.after, path)
        return None if is_symbol(value) else is_on(value)

    return holds


def where_set(path: str) -> Condition:
    """Another input, after the change, that is set."""
    return lambda sides: has_value(at(sides.after, path))


def loses_members(sides: Sides) -> bool | None:
    """A list with a member that the new one lacks."""
    old, new = members(sides.old), members(sides.new)
    missing = [member for member in old if member not in new]
    if not missing:
        return False
    # The symbol of a resource that is replaced may be one of the others.
    return None if any("${unknown" in str(member) for member in new) else True


def shares_no_member(sides: Sides) -> bool | None:
    """A list of which no member remains."""
    old, new = members(sides.old), members(sides.new)
    if any(member in new for member in old) or not old:
        return False
    return None if any("${unknown" in str(member) for member in new) else True


def all_of(*conditions: Condition) -> Condition:
    """Returns all of several conditions."""

    def holds(sides: Sides) -> bool | None:
        answers = [condition(sides) for condition in conditions]
        return False if False in answers else None if None in answers else True

    return holds


def any_of(*conditions: Condition) -> Condition:
    """One of several conditions."""

    def holds(sides: Sides) -> bool | None:
        answers = [condition(sides) for condition in conditions]
        return True if True in answers else None if None in answers else False

    return holds


def unless(condition: Condition) -> Condition:
    """Returns the opposite of a condition."""

    def holds(sides: Sides) -> bool | None:
        answer = condition(sides)
        return None if answer is None else not answer

    return holds


def members(value: Any) -> Sequence[Any]:
    """Returns the members of a list; a single value is a list of one."""
    if isinstance(value, list):
        return value
    return [value] if has_value(value) else []


def has_value(value: Any) -> bool:
    """Returns whether a value is set and not empty."""
    return value is not ABSENT and value is not None and value not in ("", [], {})


def is_symbol(value: Any) -> bool:
    """Returns whether a value contains one that only the deployment resolves."""
    return isinstance(value, str) and "${" in value


def is_on(value: Any) -> bool:
    """Returns whether a switch is on, also where a provider writes it as text."""
    return value is True or str(value).lower() == "true"


def number(value: Any) -> float | None:
    """A number, also where a provider writes it as text; `None` for anything else."""
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _is_one_of(value: Any, values: Sequence[Any]) -> bool | None:
    return None if is_symbol(value) else value in values


def _or(value: Any, default: Any) -> Any:
    return value if has_value(value) else default
