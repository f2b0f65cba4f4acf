"""What is declared of argument types beside their keys: default values, former keys,
and texts of several lines."""

import types
from collections.abc import Mapping
from typing import Any

from groundplan.arguments.type_hints import hints_of, required_keys


class _Declared:
    """What is declared, by type."""

    def __init__(self) -> None:
        self.tables: dict[Any, Mapping[str, Any]] = {}
        self.renamed: dict[Any, Mapping[str, str]] = {}
        self.several_lines: dict[Any, frozenset[str]] = {}


_DECLARED = _Declared()


def defaults(spec: type, **values: Any) -> Mapping[str, Any]:
    """Declares the default values of a `TypedDict`, the only place where they are
    stated.

    Raises `TypeError` for a key that the type does not have, or that is required.
    """
    hints = hints_of(spec)
    required = required_keys(spec)
    wrong = [key for key in values if key not in hints or key in required]
    if wrong:
        raise TypeError(f"{spec.__name__} has no optional {', '.join(wrong)}")
    table = types.MappingProxyType(values)
    _DECLARED.tables[spec] = table
    return table


def defaults_of(spec: type) -> Mapping[str, Any]:
    """Returns the declared default values of a `TypedDict`; empty if there are none."""
    return _DECLARED.tables.get(spec, types.MappingProxyType({}))


def with_defaults(spec: type, args: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Returns arguments with the default values of their own keys filled in.

    Keys without a declared default stay absent. Nested groups are not filled.
    """
    given = {key: value for key, value in (args or {}).items() if value is not None}
    return {**defaults_of(spec), **given}


def renamed(spec: type, **names: str) -> Mapping[str, str]:
    """Declares former keys of a `TypedDict`: the error of a former key names the new
    one.

    A key that moved to another group has a dotted path. Raises `TypeError` for a new
    key that the type does not have.
    """
    if wrong := [new for new in names.values() if "." not in new and new not in hints_of(spec)]:
        raise TypeError(f"{spec.__name__} has no {', '.join(wrong)}")
    table = types.MappingProxyType(names)
    _DECLARED.renamed[spec] = table
    return table


def renamed_of(spec: Any) -> Mapping[str, str]:
    """Returns the former keys of a `TypedDict` -> those of today."""
    return _DECLARED.renamed.get(spec, {})


def several_lines(spec: type, *keys: str) -> frozenset[str]:
    """Declares the keys of a `TypedDict` whose texts can have several lines: scripts,
    documents, prose. All other texts are on one line.

    Raises `TypeError` for a key that the type does not have.
    """
    if wrong := [key for key in keys if key not in hints_of(spec)]:
        raise TypeError(f"{spec.__name__} has no {', '.join(wrong)}")
    _DECLARED.several_lines[spec] = frozenset(keys)
    return _DECLARED.several_lines[spec]


def several_lines_of(spec: Any) -> frozenset[str]:
    """Returns the keys of a `TypedDict`, its own and those that it inherits, whose
    texts can have several lines."""
    bases = [b for b in getattr(spec, "__orig_bases__", ()) if hasattr(b, "__required_keys__")]
    own = _DECLARED.several_lines.get(spec, frozenset())
    return own.union(*(several_lines_of(base) for base in bases))
