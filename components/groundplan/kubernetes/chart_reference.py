"""A Helm chart of a pinned version, as plain data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Chart:
    """A Helm chart."""

    name: str
    version: str
    repository: str
    """Where Helm pulls it from: `https://...`, or the `oci://` registry folder that
    holds it."""
