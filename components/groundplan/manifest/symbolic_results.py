"""Symbolic answers to invokes: `${getVpc(default=true).cidrBlock}`, by the result type
that the provider's SDK declares.

Text becomes a symbol, arguments come back as they were given. An answer has no unknown
values, so the rest gets the plainest value of its type: 0, false, nothing.
"""

import json
import re
import typing
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any

from pulumi import (
    _types as sdk_types,
)  # what the SDK itself reads result types with; pulumi is pinned

from groundplan.manifest.model import symbol
from groundplan.manifest.symbols import members, unwrap

MODULES = {"lambda": "lambda_", "index": ""}
"""Folders of the SDKs whose names differ from the token's."""


def answer(token: str, arguments: Mapping[str, Any]) -> dict[str, Any] | None:
    """The symbolic answer, or `None` if no SDK declares the function."""
    result = _result(token)
    if result is None:
        return None
    told = ", ".join(
        f"{key}={json.dumps(value, default=str)}" for key, value in sorted(arguments.items())
    )
    call = (
        f"{token.rsplit(':', 1)[-1]}({told})".replace('"', "").replace("{", "(").replace("}", ")")
    )
    made = {
        key: _value(hint, f"{call}.{key}")
        for key, hint in sdk_types._raw_return_hints(result).items()
    }
    return {key: value for key, value in made.items() if value is not None} | dict(arguments)


@cache
def _result(token: str) -> type | None:
    """The class of a function's result: what its `Awaitable...` return type inherits
    from."""
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
        made = {key: _value(sub, f"{path}.{key}", depth - 1) for key, sub in fields.items()}
        return {key: value for key, value in made.items() if value is not None}
    return {} if typing.get_origin(kind) in (dict, Mapping) else None
