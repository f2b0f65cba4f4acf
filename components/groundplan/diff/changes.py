"""What changes between two manifests of a stack: per resource what happens to it, per
property the old and the new value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from groundplan.manifest.model import Manifest, Resource


class Absent:
    """The value of a property on the side where it isn't there."""

    def __repr__(self) -> str:
        return "(absent)"


ABSENT = Absent()


class Kind(str, Enum):
    """What happens to a resource."""

    CREATE = "create"
    UPDATE = "update"
    """In place."""
    REPLACE = "replace"
    DELETE = "delete"
    RENAME = "rename"
    """It has another name or type, and an alias that says so: nothing happens in the
    cloud."""
    MOVE = "move"
    """It has another parent, and an alias that says so: nothing happens in the cloud."""


@dataclass(frozen=True)
class PropertyChange:
    """One property that changes."""

    path: str
    """`scalingConfig.maxSize`, `rules[0].action`; inside a JSON document
    `policy:Statement[ReadObjects].Action`."""
    old: Any
    new: Any
    replaces: bool | None = None
    """Whether this change replaces the resource; `None` where the provider's facts
    don't say."""


@dataclass(frozen=True)
class Change:
    """What happens to one resource."""

    kind: Kind
    before: Resource | None
    after: Resource | None
    properties: tuple[PropertyChange, ...] = ()
    """Inputs that change, in the order of their paths."""
    options: tuple[PropertyChange, ...] = ()
    """Resource options that change: `protect`, `retainOnDelete`."""
    note: str = ""
    """What a reader should know: that it isn't known whether it replaces, that it is a
    known false replacement."""

    @property
    def resource(self) -> Resource:
        """The resource as it will be, or as it was if it goes."""
        found = self.after or self.before
        assert found is not None  # noqa: S101 (a change has a side)
        return found


@dataclass(frozen=True)
class Changes:
    """All that changes in a stack."""

    base: str
    """What it is compared with, in words: `origin/main (1a2b3c4)`, `plan.json`, `the
    deployed state`."""
    changes: tuple[Change, ...]
    """By component, then name."""
    unchanged: int
    """Resources that stay as they are."""
    outputs: tuple[PropertyChange, ...] = ()
    """Stack outputs that change."""
    counts: Mapping[Kind, int] = field(default_factory=dict)


def compare(before: Manifest, after: Manifest, base: str) -> Changes:
    """What changes from `before` to `after`."""
    from groundplan.diff.comparison import (
        compared,
    )  # it is made of what this module says, so it loads after it

    return compared(before, after, base)
