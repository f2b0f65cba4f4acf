"""Symbolic results of invokes: `${getVpc(default=true).cidrBlock}`, by the result type
that the provider's SDK declares.

A string is a symbol, and arguments are returned unchanged. A result can't have unknown
values, so all others are the zero value of their type: 0, false, empty.
"""

import json
import re
import typing
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any

# The SDK's own reader of result types; the version of pulumi is pinned.
from pulumi import _types as sdk_types

from groundplan.manifest.invoke_place import Place
from groundplan.manifest.model import symbol
from groundplan.manifest.symbols import members, unwrap

MODULES = {"lambda": "lambda_", "index": ""}
"""Modules of the SDKs whose names differ from the token's."""


def result(token: str, arguments: Mapping[str, Any], place: Place) -> dict[str, Any] | None:
    """Returns the symbolic result, or `None` if no SDK declares the function. The
    symbols of another region or account than the stack's name it."""
    result_type = _result_type(token)
    if result_type is None:
        return None
    place = place.at(arguments)
    shown = [f"{key}={json.dumps(value, default=str)}" for key, value in sorted(arguments.items())]
    if token.startswith("aws:") and place.qualifier and "region" not in arguments:
        shown.append(f"in {place.qualifier}")
    text = ", ".join(shown)
    call = (
        f"{token.rsplit(':', 1)[-1]}({text})".replace('"', "").replace("{", "(").replace("}", ")")
    )
    values = {
        key: _value(hint, f"{call}.{key}")
        for key, hint in sdk_types._raw_return_hints(result_type).items()
    }
    if "region" in values and token.startswith("aws:"):
        values["region"] = place.region
    return {key: value for key, value in values.items() if value is not None} | dict(arguments)


@cache
def _result_type(token: str) -> type | None:
    """Returns the class of a function's result, which its `Awaitable...` return type
    inherits from."""
    package, module, name = token.split(":")
    folder = module.split("/")[0]
    python_name = re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
    path = ".".join(part for part in (f"pulumi_{package}", MODULES.get(folder, folder)) if part)
    try:
        function = getattr(import_module(path), python_name)
    except (ImportError, AttributeError):
        return None
    awaitable = function.__globals__.get(f"Awaitable{name[:1].upper()}{name[1:]}Result")
    return awaitable.__mro__[1] if isinstance(awaitable, type) else None


def _value(hint: Any, path: str, depth: int = 3) -> Any:
    kind, optional = unwrap(hint)
    if optional:
        return None
    if kind is str:
        return symbol(path)
    if kind in (int, float, bool):
        return kind()
    if typing.get_origin(kind) in (list, Sequence):
        inner = _value(typing.get_args(kind)[0], f"{path}[0]", depth - 1) if depth else None
        return [] if inner is None else [inner]
    fields = members(kind)
    if fields and depth:
        values = {key: _value(sub, f"{path}.{key}", depth - 1) for key, sub in fields.items()}
        return {key: value for key, value in values.items() if value is not None}
    return {} if typing.get_origin(kind) in (dict, Mapping) else None
