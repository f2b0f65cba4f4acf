"""What the checks read: an account, and the web."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Unread(Exception):
    """Something could not be read: the message says what and why."""


class Denied(Unread):
    """The caller may not read it."""


class Missing(Exception):
    """AWS answers that there is no such thing."""


class Reader(Protocol):
    """Reads of an account and of the web. Each may raise `Unread`."""

    def read(self, service: str, operation: str, *, region: str, **request: Any) -> Any:
        """Returns the answer of an operation, of all its pages. Raises `Missing` where
        AWS says that there is no such thing."""

    def web(self, address: str, token: str = "") -> str | None:
        """Returns the text at an address; `None` where the server has no such page."""

    def connects(self, host: str, port: int) -> bool:
        """Returns whether a connection to a host can be opened from here."""


def entries(answer: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    """Returns the entries of an answer that lists mappings."""
    return [entry for entry in answer.get(key) or [] if isinstance(entry, Mapping)]
