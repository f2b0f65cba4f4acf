"""A lock: moving references, and what each was resolved to.

A reference moves if it can mean another thing tomorrow: a tag of an image, `the newest
machine image`, the version of a chart in a registry. What it is resolved to can't.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class Kind(StrEnum):
    """What a reference names."""

    ADDON = "addon"
    CHART = "chart"
    IMAGE = "image"
    NODE_IMAGE = "node-image"


@dataclass(frozen=True, order=True)
class Reference:
    """A moving reference, as it is written."""

    kind: Kind
    name: str
    """An image: `REGISTRY/REPOSITORY:TAG`. A chart: `REPOSITORY/CHART:VERSION`. An
    add-on: `KUBERNETES/NAME:VERSION`. A node image: `KUBERNETES/AMI-TYPE`."""

    def is_named(self, text: str) -> bool:
        """Returns whether `text` names it: all of it, its repository, or the
        repository's last part."""
        last = self.name.rpartition("/")[2] if self.kind is not Kind.NODE_IMAGE else ""
        return text in (
            self.name,
            self.repository,
            last,
            self.repository.rpartition("/")[2],
            self.kind.value,
        )

    @property
    def repository(self) -> str:
        """The reference without its tag or version."""
        head, slash, last = self.name.rpartition("/")
        return f"{head}{slash}{last.partition(':')[0]}"

    @property
    def version(self) -> str:
        """Its tag or version; empty without one."""
        return self.name.rpartition("/")[2].partition(":")[2]


@dataclass(frozen=True)
class Entry:
    """A reference, and what it is resolved to."""

    reference: Reference
    resolved: str
    """An image with its digest; the digest of a chart; the version of an add-on; the
    release of a node image."""
    source: str
    """What said so: the registry's host, or AWS's operation."""
    date: str
    """The day when it was first resolved to this, `2026-11-28`."""
    support: str = ""
    """The last day of support, empty where Groundplan knows none."""
    notes: str = ""
    """The address of the release notes, empty where Groundplan knows none."""


@dataclass(frozen=True)
class Lock:
    """The entries of a lock file, in its order."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "Lock":
        """Returns the lock with these entries, sorted."""
        return cls(tuple(sorted(entries, key=lambda entry: entry.reference)))

    @cached_property
    def by_reference(self) -> Mapping[Reference, Entry]:
        return {entry.reference: entry for entry in self.entries}

    @cached_property
    def written_as(self) -> Mapping[tuple[Kind, str], tuple[Reference, ...]]:
        """What is resolved -> the references that mean it."""
        found: dict[tuple[Kind, str], tuple[Reference, ...]] = {}
        for entry in self.entries:
            key = (entry.reference.kind, entry.resolved)
            found[key] = (*found.get(key, ()), entry.reference)
        return found

    def resolved(self, kind: str) -> Mapping[str, str]:
        """Returns the references of a kind, and what each is resolved to."""
        return {e.reference.name: e.resolved for e in self.entries if e.reference.kind == kind}

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __bool__(self) -> bool:
        return bool(self.entries)
