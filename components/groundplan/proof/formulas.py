"""Formulas of z3 that are built directly.

`z3.And` and `z3.Or` look for the types and the context of each part, which takes longer
than solving: here all are truth values of the one context."""

from collections.abc import Sequence
from typing import Any

import z3

TRUE, FALSE = z3.BoolVal(True), z3.BoolVal(False)


def all_of(parts: Sequence[Any]) -> Any:
    """That all parts hold."""
    if len(parts) == 1:
        return parts[0]
    return z3.BoolRef(z3.Z3_mk_and(TRUE.ctx_ref(), len(parts), _array(parts)), TRUE.ctx)


def any_of(parts: Sequence[Any]) -> Any:
    """That a part holds; false of none."""
    if len(parts) == 1:
        return parts[0]
    return z3.BoolRef(z3.Z3_mk_or(TRUE.ctx_ref(), len(parts), _array(parts)), TRUE.ctx)


def no(part: Any) -> Any:
    """That a part doesn't hold."""
    return z3.BoolRef(z3.Z3_mk_not(TRUE.ctx_ref(), part.as_ast()), TRUE.ctx)


def _array(parts: Sequence[Any]) -> Any:
    array = (z3.Ast * len(parts))()
    for number, part in enumerate(parts):
        array[number] = part.as_ast()
    return array
