"""Reads values of a `TypedDict`: their shape, and what every text and tag has in
common."""

import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Generic, TypeVar, cast

from groundplan import tags
from groundplan.arguments.declarations import renamed_of, several_lines_of
from groundplan.arguments.texts import printable, text_problems
from groundplan.arguments.type_hints import (
    enum_members,
    hints_of,
    is_output,
    is_plain,
    required_keys,
    type_name,
)
from groundplan.arguments.values import Unknown, known
from groundplan.arguments.written_forms import fix_of
from groundplan.problems import MISSING, Problem, one_of, under, unknown_key

Args = TypeVar("Args")

FORMATS: Mapping[str, Callable[[Any], Iterable[Problem]]] = {"tags": tags.problems}
"""Keys that mean the same in every type -> the problems of a value."""


class _Wrong(Exception):
    """A value of the wrong type."""


class _Refused(Exception):
    """A value of the right type that no argument accepts."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__()
        self.problems = problems


@dataclass(frozen=True)
class _Place:
    """Where a value is."""

    path: str
    several_lines: bool = False
    """Whether texts can have several lines."""

    def at(self, path: str) -> "_Place":
        """Returns a place inside of this one."""
        return replace(self, path=path)


@dataclass
class Reader(Generic[Args]):
    """Reads values of a `TypedDict`."""

    spec: type[Args]
    spelling: Callable[[str], str] = str
    """Returns how a key is written by the user: `str`, or `camel_case`."""
    omitted: Mapping[type, frozenset[str]] = field(default_factory=dict)
    """Keys of a type that the user cannot write, because something else fills them."""

    def read(self, args: Any) -> tuple[Args, list[Problem]]:
        """Returns the value, normalised, with the keys of `spec`, and its problems."""
        problems: list[Problem] = []
        try:
            value = self._dict(self.spec, _mapping({} if args is None else args), "", problems)
        except _Wrong:
            value, problems = {}, [Problem("", args, self._name(self.spec))]
        return cast(Args, value), problems

    def keys(self, spec: type) -> dict[str, str]:
        """Returns the keys that the user can write -> the fields of `spec`."""
        hidden = self.omitted.get(spec, frozenset())
        return {self.spelling(key): key for key in hints_of(spec) if key not in hidden}

    def _name(self, hint: Any) -> str:
        return type_name(hint, self.spelling, self.omitted)

    def _dict(
        self, spec: type, given: Mapping[str, Any], path: str, problems: list[Problem]
    ) -> dict[str, Any]:
        hints, keys, several_lines = hints_of(spec), self.keys(spec), several_lines_of(spec)
        result: dict[str, Any] = {}
        for written, value in given.items():
            at = f"{path}{printable(written)}"
            if written not in keys:
                problems.append(self._unknown(spec, written, at, value))
            elif value is not None:
                key = keys[written]
                place = _Place(at, key in several_lines)
                self._keep(result, key, hints[key], value, place, problems)
                problems += _format(result, key, at)
        there = {keys[key] for key, value in given.items() if value is not None and key in keys}
        missing = sorted((required_keys(spec) & set(keys.values())) - there)
        problems += [
            Problem(
                f"{path}{self.spelling(key)}",
                MISSING,
                f"{self._name(hints[key])}: it has no default",
                f"set {path}{self.spelling(key)}",
            )
            for key in missing
        ]
        return result

    def _unknown(self, spec: type, written: str, at: str, value: Any) -> Problem:
        former = {
            self.spelling(old): ".".join(map(self.spelling, new.split(".")))
            for old, new in renamed_of(spec).items()
        }
        keys = self.keys(spec)
        if written in former:
            fix = f"use {former[written]}, its new name"
            return Problem(at, value, f"the keys {', '.join(sorted(keys))}", fix)
        return unknown_key(at, value, keys)

    def _keep(
        self,
        result: dict[str, Any],
        key: str,
        hint: Any,
        value: Any,
        place: _Place,
        problems: list[Problem],
    ) -> None:
        try:
            result[key] = self._value(hint, value, place, problems)
        except _Wrong:
            problems.append(self._wrong(hint, value, place.path))
        except _Refused as refused:
            problems += refused.problems

    def _wrong(self, hint: Any, value: Any, at: str) -> Problem:
        members = enum_members(hint)
        found = one_of(at, value, [str(m.value) for m in members]) if members else []
        if found:
            return found[0]
        if not known(value) and value is not None:
            allowed = f"{self._name(hint)} that is known when the program runs"
            return Problem(at, "an output", allowed, "pass a plain value, not an output")
        fix = fix_of(at, hint, value, self.spelling)
        return Problem(at, value, self._name(hint), fix)

    def _value(self, hint: Any, value: Any, place: _Place, problems: list[Problem]) -> Any:
        if hint is Any or isinstance(value, Unknown):
            return value
        if value is not None and not known(value):
            return _unknown(hint, value)
        origin, parameters = typing.get_origin(hint), typing.get_args(hint)
        if origin in (typing.Union, types.UnionType):
            return self._union(parameters, value, place, problems)
        if typing.is_typeddict(hint):
            return self._dict(hint, _mapping(value), f"{place.path}.", problems)
        if origin in (list, Sequence):
            return self._list(parameters[0], value, place, problems)
        if origin in (dict, Mapping):
            return self._entries(parameters[1], value, place, problems)
        return _scalar(hint, value, place)

    def _list(self, item: Any, value: Any, place: _Place, problems: list[Problem]) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise _Wrong
        items: dict[str, Any] = {}
        for index, inner in enumerate(value):
            at = place.at(f"{place.path}[{index}]")
            self._keep(items, str(index), item, inner, at, problems)
        return list(items.values())

    def _entries(
        self, item: Any, value: Any, place: _Place, problems: list[Problem]
    ) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        for key, inner in _mapping(value).items():
            at = f"{place.path}.{printable(key)}"
            if wrong := text_problems(at, key):
                problems += wrong
            else:
                self._keep(entries, key, item, inner, place.at(at), problems)
        return entries

    def _union(
        self, members: tuple[Any, ...], value: Any, place: _Place, problems: list[Problem]
    ) -> Any:
        for member in members:
            if is_plain(member):
                try:
                    return self._value(member, value, place, problems)
                except _Wrong:
                    continue
        raise _Wrong


def _format(result: dict[str, Any], key: str, at: str) -> list[Problem]:
    """Returns the problems of a value whose key means the same everywhere. A value with
    problems is left out."""
    if key not in FORMATS or key not in result or not known(result[key]):
        return []
    found = under(at, FORMATS[key](result[key]))
    if found:
        del result[key]
    return found


def _unknown(hint: Any, value: Any) -> Any:
    """Returns an output, where the argument accepts outputs.

    A plain argument decides which resources exist: it is known when the program runs.
    """
    if not any(is_output(member) for member in typing.get_args(hint)):
        raise _Wrong
    return value


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise _Wrong
    return value


def _scalar(hint: Any, value: Any, place: _Place) -> Any:
    if isinstance(hint, type) and issubclass(hint, Enum):
        try:
            return hint(value)
        except ValueError:
            raise _Wrong from None
    if hint is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(hint, type) or not isinstance(value, hint):
        raise _Wrong
    if isinstance(value, bool) and hint is not bool:
        raise _Wrong
    if isinstance(value, str) and (
        wrong := text_problems(place.path, value, several_lines=place.several_lines)
    ):
        raise _Refused(wrong)
    return value
