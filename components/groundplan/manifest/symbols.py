"""Symbolic outputs: values that only the cloud knows, as readable text:
`${artifacts-bucket.arn}`.

The outputs of a resource and their types are read from its class in the provider's SDK,
so this works for every provider. Only Kubernetes objects are a special case (see
`_output_builders`).

- A string is a symbol. A program can build policies, names and environment variables
  from it, which remain readable.
- An optional output that is not set as an input is unknown: providers declare computed
  outputs as not optional.
- Inside an object that the cloud computes (`cluster.identities[0].oidcs[0].issuer`),
  every string is a symbol.
- Numbers, booleans, enums, maps and lists of strings have no symbolic form: they are
  unknown, as in `pulumi preview`.
"""

import types
import typing
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import pulumi
from google.protobuf import struct_pb2

# The SDK's own reader of output types; the version of pulumi is pinned.
from pulumi import _types as sdk_types
from pulumi.runtime.rpc import UNKNOWN

from groundplan.manifest.issued_symbols import IssuedSymbols
from groundplan.manifest.model import symbol

DEPTH = 4
"""Maximum depth of objects that the cloud computes; provider types can be recursive
(JSON schemas in a CRD)."""

Builder = Callable[[str], Any]
"""Returns the symbolic value of an output for its path, `name.property`."""


class Symbols:
    """Adds symbolic outputs to resources."""

    def __init__(self, issued: IssuedSymbols) -> None:
        self._issued = issued
        self._classes: dict[str, type] = {}

    def fill(self, state: struct_pb2.Struct, token: str, name: str) -> None:
        """Adds the outputs that the cloud computes to `state`, which has the inputs of
        a resource."""
        cls = self._class(token)
        if cls is None:
            return
        for key, (build, inner) in _output_builders(cls, token.startswith("kubernetes:")).items():
            path = f"{name}.{key}"
            if key not in state.fields:
                if build is not None:
                    self._set(state.fields[key], build(path), name)
            elif inner and state.fields[key].HasField("struct_value"):
                struct = state.fields[key].struct_value
                for sub, sub_build in inner.items():
                    if sub not in struct.fields:
                        self._set(struct.fields[sub], sub_build(f"{path}.{sub}"), name)

    def has_output(self, token: str, name: str) -> bool:
        """Returns whether the SDK declares an output of a type."""
        cls = self._class(token)
        return cls is not None and name in _output_builders(cls, token.startswith("kubernetes:"))

    def _set(self, field: struct_pb2.Value, value: Any, name: str) -> None:
        self._issued.issue(value, name)
        _set(field, value)

    def _class(self, token: str) -> type | None:
        """Returns the SDK class of a type token. It is imported already, as the program
        has created a resource of it."""
        if token not in self._classes:
            pending: list[type] = [pulumi.Resource]
            while pending:
                cls = pending.pop()
                pending += cls.__subclasses__()
                declared = getattr(cls, "pulumi_type", None)
                if isinstance(declared, str):
                    self._classes.setdefault(declared, cls)
                elif _is_of(cls, token):
                    self._classes.setdefault(token, cls)
            self._classes.setdefault(token, object)
        known = self._classes[token]
        return None if known is object else known


def _is_of(cls: type, token: str) -> bool:
    """Returns whether a class without `pulumi_type`, as SDKs of 2023 and before have
    them (pulumi-aws 5), is that of a type token:
    `pulumi_aws.lb.load_balancer.LoadBalancer` of `aws:lb/loadBalancer:LoadBalancer`."""
    package, module, name = (*token.split(":"), "", "")[:3]
    root, *path = cls.__module__.split(".")
    parts = module.split("/")[: 2 if package == "kubernetes" else 1]
    wanted = [part.split(".")[0] for part in parts if part != "index"]
    return (
        cls.__name__ == name
        and root == f"pulumi_{package.replace('-', '_')}"
        and [part.rstrip("_") for part in path[: len(wanted)]] == wanted
    )


def _set(field: struct_pb2.Value, value: Any) -> None:
    if isinstance(value, str):
        field.string_value = value
    elif isinstance(value, list):
        field.list_value.SetInParent()  # an empty list or object is a value too
        field.list_value.extend(value)
    else:
        field.struct_value.SetInParent()
        field.struct_value.update(value)


@cache
def _output_builders(
    cls: type, kubernetes: bool
) -> Mapping[str, tuple[Builder | None, Mapping[str, Builder]]]:
    """Output name -> the builder of its value, and the builders of the strings inside
    it where it is set as an input."""
    builders: dict[str, tuple[Builder | None, Mapping[str, Builder]]] = {}
    for key, hint in sdk_types._raw_return_hints(cls).items():
        if key in ("id", "urn"):
            continue
        kind, optional = unwrap(hint)
        if kubernetes:
            # All fields of Kubernetes objects are optional, but every object has a name
            # and a status.
            if key == "metadata":
                inner = dict.fromkeys(("name", "namespace", "uid"), symbol)
                builders[key] = (
                    lambda path: {
                        sub: symbol(f"{path}.{sub}") for sub in ("name", "namespace", "uid")
                    },
                    inner,
                )
            elif key == "status":
                builders[key] = (_builder(kind, DEPTH), {})
            continue
        build = None if optional else _builder(kind, DEPTH)
        fields = members(kind)
        inner = {sub: symbol for sub, sub_hint in fields.items() if unwrap(sub_hint)[0] is str}
        builders[key] = (build, inner)
    return builders


def _unknown(_path: str) -> str:
    return UNKNOWN


def _builder(kind: Any, depth: int) -> Builder:
    if kind is str:
        return symbol
    origin, parameters = typing.get_origin(kind), typing.get_args(kind)
    if origin in (list, Sequence) and parameters[0] is str and depth == DEPTH:
        # The length isn't known: a program that takes the third must not fail.
        return _unknown
    if origin in (list, Sequence):
        item = _builder(unwrap(parameters[0])[0], depth - 1) if depth else _unknown
        return _unknown if item is _unknown else lambda path: [item(f"{path}[0]")]
    fields = members(kind)
    if fields and depth:
        builders = {sub: _builder(unwrap(hint)[0], depth - 1) for sub, hint in fields.items()}
        known = {sub: build for sub, build in builders.items() if build is not _unknown}
        return lambda path: {sub: build(f"{path}.{sub}") for sub, build in known.items()}
    return _unknown


@cache
def members(kind: Any) -> Mapping[str, Any]:
    """Returns the properties of an output type of the SDK; empty for any other type."""
    return sdk_types.output_type_types(kind) if sdk_types.is_output_type(kind) else {}


def unwrap(hint: Any) -> tuple[Any, bool]:
    """Returns the type inside `Output` and `Optional`, and whether it may be null."""
    while typing.get_origin(hint) is pulumi.Output:
        hint = typing.get_args(hint)[0]
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
        optional = len(kinds) < len(typing.get_args(hint))
        return (str if str in kinds else kinds[0]), optional
    return hint, False
