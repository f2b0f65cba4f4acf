"""Docstrings of the fields of argument types: the texts of schemas and references."""

import ast
import inspect
import sys
import textwrap
import typing
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any


@cache
def of_fields(spec: Any) -> Mapping[str, str]:
    """Returns the keys of a `TypedDict` -> the docstring after each, on one line.

    Keys that are inherited have the docstring of the type that declares them.
    """
    found: dict[str, str] = {}
    (declared,) = ast.parse(textwrap.dedent(inspect.getsource(spec))).body
    if not isinstance(declared, ast.ClassDef):
        raise TypeError(f"{spec!r} is no class")
    # A TypedDict knows its bases only since Python 3.12 (`__orig_bases__`).
    names = vars(sys.modules[spec.__module__])
    for base in declared.bases:
        inherited = names.get(base.id) if isinstance(base, ast.Name) else None
        if typing.is_typeddict(inherited):
            found |= of_fields(inherited)
    for node, after in zip(declared.body, declared.body[1:], strict=False):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            text = _text(after)
            if text:
                found[node.target.id] = text
    return MappingProxyType(found)


def of_type(spec: Any) -> str:
    """Returns the docstring of a type, on one line."""
    return " ".join((inspect.getdoc(spec) or "").split())


def _text(node: ast.stmt) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        value = node.value.value
        return " ".join(value.split()) if isinstance(value, str) else ""
    return ""
