"""Symbolic outputs: what only the cloud knows, as text that can be read:
`${artifacts-bucket.arn}`.

Which outputs a resource has, and their types, is read off its class in the provider's
SDK, so this works for every provider and knows none of them, but for two habits of
Kubernetes objects (see `_shape`).

- A string becomes a symbol. Programs can build policies, names and environment
  variables from it, and they can be read.
- An optional output that was not given as an input stays unknown: providers declare
  what they compute as not optional.
- Inside an object that the cloud fills (`cluster.identities[0].oidcs[0].issuer`), every
  string becomes a symbol.
- Numbers, booleans, enums, maps and lists of text can't be told symbolically: they stay
  unknown too, as in `pulumi preview`.
"""

import types
import typing
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import pulumi
from google.protobuf import struct_pb2
from pulumi import (
    _types as sdk_types,
)  # what the SDK itself reads output types with; pulumi is pinned
from pulumi.runtime.rpc import UNKNOWN

from groundplan.manifest.model import symbol

DEPTH = 4
"""How deep objects that the cloud fills are spelled out; provider types can be
recursive (JSON schemas in a CRD)."""

Make = Callable[[str], Any]
"""Given `name.path`, the value to stand there."""


class Symbols:
    """Fills the outputs of resources, type by type."""

    def __init__(self) -> None:
        self._classes: dict[str, type] = {}

    def fill(self, state: struct_pb2.Struct, token: str, name: str) -> None:
        """Add to `state`, which holds a resource's inputs, the outputs that the cloud
        would fill."""
        cls = self._class(token)
        if cls is None:
            return
        for key, (make, inner) in _shape(cls, token.startswith("kubernetes:")).items():
            path = f"{name}.{key}"
            if key not in state.fields:
                if make is not None:
                    _put(state.fields[key], make(path))
            elif inner and state.fields[key].HasField("struct_value"):
                given = state.fields[key].struct_value
                for sub, sub_make in inner.items():
                    if sub not in given.fields:
                        _put(given.fields[sub], sub_make(f"{path}.{sub}"))

    def _class(self, token: str) -> type | None:
        """The SDK class of a type token: it is loaded, or its resource could not have
        been made."""
        if token not in self._classes:
            pending: list[type] = [pulumi.Resource]
            while pending:
                cls = pending.pop()
                pending += cls.__subclasses__()
                known = getattr(cls, "pulumi_type", None)
                if isinstance(known, str):
                    self._classes.setdefault(known, cls)
            self._classes.setdefault(token, object)
        found = self._classes[token]
        return None if found is object else found


def _put(value: struct_pb2.Value, made: Any) -> None:
    if isinstance(made, str):
        value.string_value = made
    elif isinstance(made, list):
        value.list_value.SetInParent()  # an empty list or object is a value too
        value.list_value.extend(made)
    else:
        value.struct_value.SetInParent()
        value.struct_value.update(made)


@cache
def _shape(cls: type, kubernetes: bool) -> Mapping[str, tuple[Make | None, Mapping[str, Make]]]:
    """Output name -> how to make it, and how to make the strings inside it where it was
    given as an input."""
    shape: dict[str, tuple[Make | None, Mapping[str, Make]]] = {}
    for key, hint in sdk_types._raw_return_hints(cls).items():
        if key in ("id", "urn"):
            continue
        kind, optional = unwrap(hint)
        if kubernetes:
            # All fields of Kubernetes objects are optional, but a name is always given,
            # and a status always comes.
            if key == "metadata":
                inner = dict.fromkeys(("name", "namespace", "uid"), symbol)
                shape[key] = (
                    lambda path: {
                        sub: symbol(f"{path}.{sub}") for sub in ("name", "namespace", "uid")
                    },
                    inner,
                )
            elif key == "status":
                shape[key] = (_make(kind, DEPTH), {})
            continue
        make = None if optional else _make(kind, DEPTH)
        fields = members(kind)
        inner = {sub: symbol for sub, sub_hint in fields.items() if unwrap(sub_hint)[0] is str}
        shape[key] = (make, inner)
    return shape


def _unknown(_path: str) -> str:
    return UNKNOWN


def _make(kind: Any, depth: int) -> Make:
    if kind is str:
        return symbol
    origin, parameters = typing.get_origin(kind), typing.get_args(kind)
    if origin in (list, Sequence) and parameters[0] is str and depth == DEPTH:
        return _unknown  # how many there will be isn't known: a program that takes the third must not fail
    if origin in (list, Sequence):
        item = _make(unwrap(parameters[0])[0], depth - 1) if depth else _unknown
        return _unknown if item is _unknown else lambda path: [item(f"{path}[0]")]
    fields = members(kind)
    if fields and depth:
        makers = {sub: _make(unwrap(hint)[0], depth - 1) for sub, hint in fields.items()}
        kept = {sub: make for sub, make in makers.items() if make is not _unknown}
        return lambda path: {sub: make(f"{path}.{sub}") for sub, make in kept.items()}
    return _unknown


@cache
def members(kind: Any) -> Mapping[str, Any]:
    """The properties of an SDK's output type; nothing for any other type."""
    return sdk_types.output_type_types(kind) if sdk_types.is_output_type(kind) else {}


def unwrap(hint: Any) -> tuple[Any, bool]:
    """The type inside `Output` and `Optional`, and whether it may be null."""
    while typing.get_origin(hint) is pulumi.Output:
        hint = typing.get_args(hint)[0]
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
        optional = len(kinds) < len(typing.get_args(hint))
        return (str if str in kinds else kinds[0]), optional
    return hint, False
