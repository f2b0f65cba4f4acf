"""Replaces the moving references in plain data by what a lock has resolved them to."""

import copy
from collections.abc import Mapping
from typing import Any

from groundplan.locks.charts import OCI
from groundplan.locks.model import Kind, Lock

INPUT_TYPE = "_pulumi_input_type"
"""What the SDKs' classes of inputs have, such as `PodSpecArgs`, whose values are their
attributes (pulumi, sdk/python/lib/pulumi/_types.py)."""


def applied(data: Any, lock: Lock) -> Any:
    """Returns the data with each image that the lock has by its digest. A text that
    only contains a reference stays as it is; so does what is no plain data."""
    return _replaced(data, lock.resolved(Kind.IMAGE))


def with_digest(chart: Any, version: Any, lock: Lock) -> Any:
    """Returns the chart of a release in an OCI registry with the digest that the lock
    has for its version, which Helm verifies. Of an HTTP repository Helm pulls none by
    digest."""
    if not isinstance(chart, str) or not chart.startswith(OCI) or "@" in chart:
        return chart
    digest = lock.resolved(Kind.CHART).get(f"{chart}:{version}")
    return f"{chart}@{digest}" if digest else chart


def _replaced(value: Any, resolved: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return resolved.get(value, value)
    if hasattr(type(value), INPUT_TYPE):
        values = _replaced(dict(vars(value)), resolved)
        if values == vars(value):
            return value
        typed = copy.copy(value)
        vars(typed).update(values)
        return typed
    # Exactly these types: an output is passed on.
    if type(value) is dict:
        return {key: _replaced(item, resolved) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_replaced(item, resolved) for item in value)
    return value
