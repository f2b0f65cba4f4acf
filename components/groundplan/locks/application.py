"""Replaces the moving references in plain data by what a lock has resolved them to."""

from collections.abc import Mapping
from typing import Any

from groundplan.locks.model import Kind, Lock


def applied(data: Any, lock: Lock) -> Any:
    """The data with each image that the lock has by its digest. A text that only
    contains a reference stays as it is; so does what is no plain data."""
    return _replaced(data, lock.resolved(Kind.IMAGE))


def _replaced(value: Any, resolved: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return resolved.get(value, value)
    # Exactly these types: an output, or an object of an SDK, is passed on.
    if type(value) is dict:
        return {key: _replaced(item, resolved) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_replaced(item, resolved) for item in value)
    return value
