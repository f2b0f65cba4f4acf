"""Unknown values that name what they depend on.

The SDK's unknown value has no content, and is serialized as one constant. Here the
names follow that constant, which only the recorder reads.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pulumi
from google.protobuf import struct_pb2
from pulumi.output import Unknown
from pulumi.runtime import rpc


class NamedUnknown(Unknown):
    """A value that is unknown until the resources or functions `names` are known."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.names = names


def unknowns(value: Any) -> Iterator[Unknown]:
    """Yields the unknown values inside of a value."""
    if isinstance(value, Unknown):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else list.__iter__(value):
            yield from unknowns(item)


def is_unknown(text: str) -> bool:
    """Returns whether a serialized text is an unknown value."""
    return text.startswith(rpc.UNKNOWN)


def names(text: str) -> tuple[str, ...]:
    """Returns the names that a serialized unknown value depends on."""
    rest = text.removeprefix(rpc.UNKNOWN)
    return tuple(rest.split(", ")) if rest else ()


def without_names(value: struct_pb2.Value | struct_pb2.Struct) -> None:
    """Changes serialized unknown values to the SDK's constant."""
    if isinstance(value, struct_pb2.Struct):
        for field in value.fields.values():
            without_names(field)
        return
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        if is_unknown(value.string_value):
            value.string_value = rpc.UNKNOWN
    elif kind == "struct_value":
        without_names(value.struct_value)
    elif kind == "list_value":
        for item in value.list_value.values:
            without_names(item)


@contextmanager
def serialized() -> Iterator[None]:
    """The time in which unknown values are serialized with their names."""
    originals = rpc.serialize_property, rpc.struct_contains_unknowns
    rpc.serialize_property = _with_names(originals[0])
    rpc.struct_contains_unknowns = _contains_unknowns
    try:
        yield
    finally:
        rpc.serialize_property, rpc.struct_contains_unknowns = originals


def _with_names(serialize: Callable[..., Any]) -> Callable[..., Any]:
    async def serialize_property(value: Any, *args: Any, **kwargs: Any) -> Any:
        result = await serialize(value, *args, **kwargs)
        if isinstance(value, pulumi.Output):
            text = result.string_value if isinstance(result, struct_pb2.Value) else result
            if isinstance(text, str) and text == rpc.UNKNOWN:
                data = await value._data
                listed = _listed(data.value)
                if isinstance(result, struct_pb2.Value):
                    return struct_pb2.Value(string_value=rpc.UNKNOWN + listed)
                return rpc.UNKNOWN + listed
        return result

    return serialize_property


def _listed(value: Any) -> str:
    found = [u.names for u in unknowns(value) if isinstance(u, NamedUnknown)]
    return ", ".join(dict.fromkeys(name for each in found for name in each))


def _contains_unknowns(props_struct: struct_pb2.Struct) -> bool:
    """`rpc.struct_contains_unknowns`, which compares with the constant."""
    return any(_is_unknown_value(value) for value in props_struct.fields.values())


def _is_unknown_value(value: struct_pb2.Value) -> bool:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        return _contains_unknowns(value.struct_value)
    if kind == "list_value":
        return any(_is_unknown_value(item) for item in value.list_value.values)
    return kind == "string_value" and is_unknown(value.string_value)
