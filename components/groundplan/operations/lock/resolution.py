"""What a resolver returns."""

from dataclasses import dataclass


class Unresolved(Exception):
    """A reference that could not be resolved: the message says why."""


@dataclass(frozen=True)
class Resolution:
    """What a reference means now."""

    resolved: str
    source: str
    """What said so."""
    version: str = ""
    """The version that release notes are of. Default: the reference's."""
    support: str = ""
    """The last day of support, empty where none is known."""
    newer: str = ""
    """The newest version that could be named in place of the reference's, where that is
    another."""
