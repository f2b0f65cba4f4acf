"""What a step has to come to."""

from typing import Any


class Unexpected(Exception):
    """A step came to something else than it should."""


class NotRehearsed(Exception):
    """A resource that the account in memory can't have."""


def require(is_true: Any, message: str) -> None:
    """Raises `Unexpected` unless something is true."""
    if not is_true:
        raise Unexpected(message)
