"""The arguments of a component, checked whole before its first child is registered.

A component's `args` is a `TypedDict`. `read` holds what the caller gave against its annotations; the rooms' own rules add
what they find; `InvalidArguments` says all of it at once.
"""

import inspect
import types
import typing
from collections.abc import Awaitable, Hashable, Iterable, Mapping, Sequence
from enum import Enum
from functools import cache
from typing import Any, TypeVar, cast

import pulumi

from groundplan.problems import MISSING, Problem, one_of, report, unknown_key

Args = TypeVar("Args")

DEFAULTS: Any = types.MappingProxyType({})
"""The `args` of a component that is told nothing. `None` won't do: Pulumi's schema analyzer takes no `Args | None` there."""


class InvalidArguments(pulumi.RunError):
    """A component was given arguments that it can't build; nothing of it was registered.

    A `pulumi.RunError`, so that the Pulumi CLI prints the message without a stack trace.
    """

    def __init__(self, component: str, name: str, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(report(f'{component} "{name}" has invalid arguments', self.problems))


def read(spec: type[Args], args: Mapping[str, Any] | None) -> tuple[Args, list[Problem]]:
    """What the caller gave, normalised, and what is wrong with its shape: unknown and missing keys, wrong types.

    Values that are not known yet (`Output`s) are left to the provider. Whole numbers that arrive as floats, as they do when
    a program in another language calls the component, become `int`; the value of an enum becomes its member. What has the
    wrong type is left out, so that the rules which follow never meet it.
    """
    problems: list[Problem] = []
    value = _read_dict(spec, dict(args or {}), "", problems)
    return cast(Args, value), problems


def require(component: str, name: str, problems: Iterable[Problem]) -> None:
    """Raise `InvalidArguments` if there is any problem."""
    found = list(problems)
    if found:
        raise InvalidArguments(component, name, found)


def known(value: object) -> bool:
    """Whether a value can be judged now: it is there, and no `Output` that only the cloud can fill."""
    return value is not None and not isinstance(value, pulumi.Output) and not inspect.isawaitable(value)


class _Wrong(Exception):
    pass


@cache
def _hints(spec: Any) -> Mapping[str, Any]:
    # `pulumi.Input[X]` holds the forward reference "Output[T]", which resolves in Pulumi's modules only.
    return typing.get_type_hints(spec, localns={"Output": pulumi.Output, "T": Any})


def _read_dict(spec: type[Any], given: Mapping[str, Any], path: str, problems: list[Problem]) -> dict[str, Any]:
    hints = _hints(cast(Hashable, spec))
    result: dict[str, Any] = {}
    for key, value in given.items():
        at = f"{path}{key}"
        if key not in hints:
            problems.append(unknown_key(at, value, hints))
        elif value is not None:
            _keep(result, key, hints[key], value, at, problems)
    missing = sorted(spec.__required_keys__ - {k for k, v in given.items() if v is not None})
    problems += [Problem(f"{path}{key}", MISSING, _name(hints[key]), f"give {path}{key}") for key in missing]
    return result


def _keep(result: dict[str, Any], key: str, hint: Any, value: Any, at: str, problems: list[Problem]) -> None:
    try:
        result[key] = _read(hint, value, at, problems)
    except _Wrong:
        members = _enum(hint)
        found = one_of(at, value, [str(m.value) for m in members]) if members else []
        problems.append(found[0] if found else Problem(at, value, _name(hint)))


def _read(hint: Any, value: Any, at: str, problems: list[Problem]) -> Any:
    if hint is Any or not known(value):
        return value
    origin, parameters = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _read_union(parameters, value, at, problems)
    if typing.is_typeddict(hint):
        return _read_dict(hint, _mapping(value), f"{at}.", problems)
    if origin in (list, Sequence):
        if not isinstance(value, list | tuple):
            raise _Wrong
        items: dict[str, Any] = {}
        for index, item in enumerate(value):
            _keep(items, str(index), parameters[0], item, f"{at}[{index}]", problems)
        return list(items.values())
    if origin in (dict, Mapping):
        entries: dict[str, Any] = {}
        for key, item in _mapping(value).items():
            _keep(entries, key, parameters[1], item, f"{at}.{key}", problems)
        return entries
    return _scalar(hint, value)


def _read_union(members: tuple[Any, ...], value: Any, at: str, problems: list[Problem]) -> Any:
    for member in members:
        if typing.get_origin(member) not in (Awaitable, pulumi.Output) and member is not type(None):
            try:
                return _read(member, value, at, problems)
            except _Wrong:
                continue
    raise _Wrong


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
    if isinstance(hint, type) and isinstance(value, hint) and (hint is not int or not isinstance(value, bool)):
        return value
    raise _Wrong


def _enum(hint: Any) -> list[Enum]:
    candidates = [hint, *typing.get_args(hint)]
    return [m for c in candidates if isinstance(c, type) and issubclass(c, Enum) for m in c]


NAMES = {str: "a string", int: "a whole number", float: "a number", bool: "true or false", dict: "a mapping"}


def _name(hint: Any) -> str:
    """A type in the words of somebody who writes YAML."""
    if hint in NAMES:
        return NAMES[hint]
    origin, parameters = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        members = [m for m in parameters if typing.get_origin(m) not in (Awaitable, pulumi.Output)]
        return " or ".join(dict.fromkeys(_name(m) for m in members if m is not type(None)))
    if origin in (list, Sequence):
        return f"a list ({_name(parameters[0])} each)"
    if origin in (dict, Mapping):
        return f"a mapping (of {_name(parameters[1])} each)"
    if typing.is_typeddict(hint):
        return f"a mapping with the keys {', '.join(sorted(_hints(hint)))}"
    if isinstance(hint, type) and issubclass(hint, Enum):
        return ", ".join(str(m.value) for m in hint)
    return getattr(hint, "__name__", str(hint))
