"""The settings that a program registers a resource from.

A program that registers components from settings says so. A preview then leads from a
resource to the line of its settings, rather than to the loop that registers them all.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_KEY: ContextVar[str] = ContextVar("groundplan_settings_key", default="")


@contextmanager
def configured_by(key: str) -> Iterator[None]:
    """What is registered inside comes from the settings at `key`, a dotted path without
    the project's namespace: `endpoints.churn`."""
    token = _KEY.set(key)
    try:
        yield
    finally:
        _KEY.reset(token)


def current() -> str:
    """Returns the key of the settings that a resource is registered from; empty outside
    of `configured_by`."""
    return _KEY.get()
