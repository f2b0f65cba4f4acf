"""The types of arguments: their keys, what is complete, and their names in words."""

import types
import typing
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Any

import pulumi

NAMES = {
    str: "a string",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "a mapping",
}


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


def enum_members(hint: Any) -> list[Enum]:
    """Returns the members of the enums in a type."""
    candidates = [hint, *typing.get_args(hint)]
    return [m for c in candidates if isinstance(c, type) and issubclass(c, Enum) for m in c]


def is_output(member: Any) -> bool:
    """Returns whether a member of a union is an output or another value of later."""
    return typing.get_origin(member) in (Awaitable, pulumi.Output)


def is_plain(member: Any) -> bool:
    """Returns whether a member of a union is a value that is known now."""
    return not is_output(member) and member is not type(None)


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


def type_name(
    hint: Any,
    spelling: Callable[[str], str] = str,
    hidden: Mapping[type, frozenset[str]] = MappingProxyType({}),
) -> str:
    """Returns a type in the words of somebody who writes YAML. `hidden`: the keys of a
    type that the user cannot write."""

    def inner(other: Any) -> str:
        return type_name(other, spelling, hidden)

    if hint in NAMES:
        return NAMES[hint]
    origin, parameters = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(dict.fromkeys(inner(m) for m in parameters if is_plain(m)))
    if origin in (list, Sequence):
        return f"a list ({inner(parameters[0])} each)"
    if origin in (dict, Mapping):
        return f"a mapping (of {inner(parameters[1])} each)"
    if typing.is_typeddict(hint):
        keys = hints_of(hint).keys() - hidden.get(hint, frozenset())
        return f"a mapping with the keys {', '.join(sorted(map(spelling, keys)))}"
    if isinstance(hint, type) and issubclass(hint, Enum):
        return ", ".join(str(m.value) for m in hint)
    return getattr(hint, "__name__", str(hint))
