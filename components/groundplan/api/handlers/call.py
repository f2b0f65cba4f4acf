"""The request under way: who calls which route, and what the API works with."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from groundplan.api.handlers.caller import Caller
from groundplan.api.handlers.connections import Connections
from groundplan.api.routes import ApiRoute
from groundplan.api.settings import ApiSettings


class NotFound(Exception):
    """There is no such thing."""


class MethodNotAllowed(Exception):
    """The path has no such method."""

    def __init__(self, methods: list[str]) -> None:
        super().__init__(f"The path has {', '.join(methods)}")
        self.methods = methods


class UnsupportedContent(Exception):
    """The body is not JSON."""


class RepeatedKey(Exception):
    """The request has more than one idempotency key."""


@dataclass(frozen=True)
class Call:
    """A request."""

    settings: ApiSettings
    connections: Connections
    caller: Caller
    route: ApiRoute
    path: str


_CURRENT: ContextVar[Call] = ContextVar("call")


@contextmanager
def calling(call: Call) -> Iterator[None]:
    """Makes a request the current one."""
    token = _CURRENT.set(call)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current() -> Call:
    """Returns the request under way."""
    return _CURRENT.get()
