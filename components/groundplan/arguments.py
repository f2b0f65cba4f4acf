"""Reads the arguments of a component, whose only definition is a `TypedDict`.

`read` checks values against the annotations; a package's `validate` adds what types do
not say; `validated` raises `InvalidArguments` with all problems at once. The same
reader serves the settings of a stack file, with keys in camelCase.
"""

import inspect
import types
import typing
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import Any, Generic, TypeVar, cast

import pulumi

from groundplan.context import Context
from groundplan.problems import MISSING, Problem, one_of, report, unknown_key

Args = TypeVar("Args")

DEFAULTS: Any = types.MappingProxyType({})
"""The `args` of a component without arguments. Not `None`: Pulumi's schema analyzer
accepts no `Args | None` there."""


class InvalidArguments(pulumi.RunError):
    """The arguments of a component are invalid; no child was registered.

    A `pulumi.RunError`, so that the Pulumi CLI prints the message without a stack
    trace.
    """

    def __init__(self, component: str, name: str, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(report(f'{component} "{name}" has invalid arguments', self.problems))


class Unknown:
    """A value that is known after deployment only, such as a reference to an output."""


def known(value: object) -> bool:
    """Returns whether a value can be validated now: no output, not absent."""
    return (
        value is not None
        and not isinstance(value, pulumi.Output | Unknown)
        and not inspect.isawaitable(value)
    )


# Defaults.


class _Declared:
    """What is declared of argument types: default values, and former keys."""

    def __init__(self) -> None:
        self.tables: dict[Any, Mapping[str, Any]] = {}
        self.renamed: dict[Any, Mapping[str, str]] = {}


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


# Renamed keys.


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


# Reading.


def validated(
    component: str,
    spec: type[Args],
    args: Mapping[str, Any] | None,
    validate: Callable[[Args, Context], Iterable[Problem]],
    context: Context,
) -> Args:
    """Returns the arguments, read. Raises `InvalidArguments` with all problems."""
    found, problems = read(spec, args)
    require(component, context.name, [*problems, *validate(found, context)])
    return found


def read(spec: type[Args], args: Mapping[str, Any] | None) -> tuple[Args, list[Problem]]:
    """Returns the arguments, normalised, and the problems of their shape.

    Shape: unknown and missing keys, wrong types. Unknown values (`Output`s) are left to
    the provider. Whole numbers that arrive as floats, as they do from programs in other
    languages, become `int`; the value of an enum becomes its member. A value of the
    wrong type is left out, so that validation never meets it.
    """
    return Reader(spec).read(args)


def require(component: str, name: str, problems: Iterable[Problem]) -> None:
    """Raises `InvalidArguments` if there are problems."""
    found = list(problems)
    if found:
        raise InvalidArguments(component, name, found)


def is_complete(hint: Any, value: Any) -> bool:
    """Returns whether a value that `read` has returned has all required keys, at any
    depth. What is missing is one of `read`'s problems; only a complete value
    resolves."""
    if isinstance(value, Mapping):
        if typing.is_typeddict(hint):
            hints = hints_of(hint)
            return required_keys(hint) <= value.keys() and all(
                is_complete(hints[key], inner) for key, inner in value.items()
            )
        return all(
            is_complete(inner, item)
            for inner in _items_of(hint, Mapping)
            for item in value.values()
        )
    if isinstance(value, list | tuple):
        return all(is_complete(i, item) for i in _items_of(hint, Sequence) for item in value)
    return all(
        is_complete(inner, value)
        for inner in typing.get_args(hint)
        if typing.is_typeddict(inner) and isinstance(value, Mapping)
    )


def _items_of(hint: Any, kind: type) -> list[Any]:
    """Returns the types of the items of the mappings or lists that a type allows."""
    origin, parameters = typing.get_origin(hint), typing.get_args(hint)
    if isinstance(origin, type) and issubclass(origin, kind):
        return [parameters[-1]]
    if typing.is_typeddict(hint):
        return []
    return [item for inner in parameters for item in _items_of(inner, kind)]


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
            value, problems = {}, [Problem("", args, type_name(self.spec, self.spelling))]
        return cast(Args, value), problems

    def keys(self, spec: type) -> dict[str, str]:
        """Returns the keys that the user can write -> the fields of `spec`."""
        hidden = self.omitted.get(spec, frozenset())
        return {self.spelling(key): key for key in hints_of(spec) if key not in hidden}

    def _dict(
        self, spec: type, given: Mapping[str, Any], path: str, problems: list[Problem]
    ) -> dict[str, Any]:
        hints, keys = hints_of(spec), self.keys(spec)
        result: dict[str, Any] = {}
        for written, value in given.items():
            at = f"{path}{written}"
            if written not in keys:
                problems.append(self._unknown(spec, written, at, value))
            elif value is not None:
                self._keep(result, keys[written], hints[keys[written]], value, at, problems)
        there = {keys[key] for key, value in given.items() if value is not None and key in keys}
        missing = sorted((required_keys(spec) & set(keys.values())) - there)
        problems += [
            Problem(
                f"{path}{self.spelling(key)}",
                MISSING,
                f"{type_name(hints[key], self.spelling)}: it has no default",
                f"set {path}{self.spelling(key)}",
            )
            for key in missing
        ]
        return result

    def _unknown(self, spec: type, written: str, at: str, value: Any) -> Problem:
        former = {
            self.spelling(old): ".".join(map(self.spelling, new.split(".")))
            for old, new in _DECLARED.renamed.get(spec, {}).items()
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
        at: str,
        problems: list[Problem],
    ) -> None:
        try:
            result[key] = self._value(hint, value, at, problems)
        except _Wrong:
            problems.append(self._wrong(hint, value, at))

    def _wrong(self, hint: Any, value: Any, at: str) -> Problem:
        members = enum_members(hint)
        found = one_of(at, value, [str(m.value) for m in members]) if members else []
        if found:
            return found[0]
        if not known(value) and value is not None:
            allowed = f"{type_name(hint, self.spelling)} that is known when the program runs"
            return Problem(at, "an output", allowed, "pass a plain value, not an output")
        quoted = str in (hint, *typing.get_args(hint)) and isinstance(value, bool | int | float)
        return Problem(
            at,
            value,
            type_name(hint, self.spelling),
            "write it in quotes" if quoted else _as_number(hint, value),
        )

    def _value(self, hint: Any, value: Any, at: str, problems: list[Problem]) -> Any:
        if hint is Any or isinstance(value, Unknown):
            return value
        if value is not None and not known(value):
            return _unknown(hint, value)
        origin, parameters = typing.get_origin(hint), typing.get_args(hint)
        if origin in (typing.Union, types.UnionType):
            return self._union(parameters, value, at, problems)
        if typing.is_typeddict(hint):
            return self._dict(hint, _mapping(value), f"{at}.", problems)
        if origin in (list, Sequence):
            if not isinstance(value, list | tuple):
                raise _Wrong
            items: dict[str, Any] = {}
            for index, item in enumerate(value):
                self._keep(items, str(index), parameters[0], item, f"{at}[{index}]", problems)
            return list(items.values())
        if origin in (dict, Mapping):
            entries: dict[str, Any] = {}
            for key, item in _mapping(value).items():
                self._keep(entries, key, parameters[1], item, f"{at}.{key}", problems)
            return entries
        return _scalar(hint, value)

    def _union(self, members: tuple[Any, ...], value: Any, at: str, problems: list[Problem]) -> Any:
        for member in members:
            if _is_plain(member):
                try:
                    return self._value(member, value, at, problems)
                except _Wrong:
                    continue
        raise _Wrong


class _Wrong(Exception):
    pass


@cache
def hints_of(spec: Hashable) -> Mapping[str, Any]:
    """Returns the types of the keys of a `TypedDict`."""
    # `pulumi.Input[X]` holds the forward reference "Output[T]", which resolves in
    # Pulumi's modules only.
    return typing.get_type_hints(spec, localns={"Output": pulumi.Output, "T": Any})


def required_keys(spec: Any) -> frozenset[str]:
    """Returns the keys that a `TypedDict` must have."""
    found: frozenset[str] = spec.__required_keys__
    return found


def _unknown(hint: Any, value: Any) -> Any:
    """Returns an output, where the argument accepts outputs.

    A plain argument decides which resources exist: it is known when the program runs.
    """
    if not any(typing.get_origin(m) in (Awaitable, pulumi.Output) for m in typing.get_args(hint)):
        raise _Wrong
    return value


def _is_plain(member: Any) -> bool:
    return typing.get_origin(member) not in (Awaitable, pulumi.Output) and member is not type(None)


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise _Wrong
    return value


def _scalar(hint: Any, value: Any) -> Any:
    if isinstance(hint, type) and issubclass(hint, Enum):
        try:
            return hint(value)
        except ValueError:
            raise _Wrong from None
    if hint is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(hint, type) and isinstance(value, hint):
        if isinstance(value, bool) and hint is not bool:
            raise _Wrong
        return value
    raise _Wrong


def enum_members(hint: Any) -> list[Enum]:
    """Returns the members of the enums in a type."""
    candidates = [hint, *typing.get_args(hint)]
    return [m for c in candidates if isinstance(c, type) and issubclass(c, Enum) for m in c]


NAMES = {
    str: "a string",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "a mapping",
}


def type_name(hint: Any, spelling: Callable[[str], str] = str) -> str:
    """Returns a type in the words of somebody who writes YAML."""
    if hint in NAMES:
        return NAMES[hint]
    origin, parameters = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(
            dict.fromkeys(type_name(m, spelling) for m in parameters if _is_plain(m))
        )
    if origin in (list, Sequence):
        return f"a list ({type_name(parameters[0], spelling)} each)"
    if origin in (dict, Mapping):
        return f"a mapping (of {type_name(parameters[1], spelling)} each)"
    if typing.is_typeddict(hint):
        return f"a mapping with the keys {', '.join(sorted(map(spelling, hints_of(hint))))}"
    if isinstance(hint, type) and issubclass(hint, Enum):
        return ", ".join(str(m.value) for m in hint)
    return getattr(hint, "__name__", str(hint))


def _as_number(hint: Any, value: Any) -> str:
    """Returns the fix of a number that is written as text."""
    if isinstance(value, str) and {int, float} & {hint, *typing.get_args(hint)}:
        try:
            float(value)
        except ValueError:
            return ""
        return f"write {value}, without quotes"
    return ""


def camel_case(key: str) -> str:
    """Returns how a stack file spells a key: `min_size` -> `minSize`."""
    first, *rest = key.split("_")
    return first + "".join(word.capitalize() for word in rest)
