"""The changes between two manifests of a stack: the operation on each resource, with
the old and the new value of each property."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from groundplan.manifest.model import Resource


class Absent:
    """The value of a property on the side that doesn't have it."""

    def __repr__(self) -> str:
        return "(absent)"


ABSENT = Absent()


class Kind(str, Enum):
    """The operation on a resource."""

    CREATE = "create"
    UPDATE = "update"
    """In place."""
    REPLACE = "replace"
    DELETE = "delete"
    RETAIN = "retain"
    """It leaves the stack, and stays in the cloud."""
    RENAME = "rename"
    """The name or the type differs, and an alias covers it: no operation in the
    cloud."""
    MOVE = "move"
    """The parent differs, and an alias covers it: no operation in the cloud."""


@dataclass(frozen=True)
class PropertyChange:
    """The change of one property."""

    path: str
    """The path of the property: `scalingConfig.maxSize`, `rules[0].action`; inside a
    JSON document `policy:Statement[ReadObjects].Action`."""
    old: Any
    new: Any
    replaces: bool | None = None
    """Whether this change forces replacement of the resource; `None` where the
    replacement facts don't say."""
    refused: str = ""
    """Why the provider or the service refuses this change in place; empty where it
    doesn't."""


@dataclass(frozen=True)
class Change:
    """The change of one resource."""

    kind: Kind
    before: Resource | None
    after: Resource | None
    properties: tuple[PropertyChange, ...] = ()
    """The inputs that change, by path."""
    options: tuple[PropertyChange, ...] = ()
    """The resource options that change: `protect`, `retainOnDelete`."""
    note: str = ""
    """Notes for the reader: the cause of a replacement, a known false replacement."""
    causes: tuple[str, ...] = ()
    """URNs of the changed resources that this change follows from: an input comes from
    a resource that is replaced, or the provider changes."""
    own: bool = True
    """Whether it has a difference that no other resource causes."""

    @property
    def resource(self) -> Resource:
        """The resource after the change, or before it where it is deleted."""
        resource = self.after or self.before
        assert resource is not None  # noqa: S101 (a change has a side)
        return resource

    @property
    def refusals(self) -> tuple[PropertyChange, ...]:
        """The properties that the provider or the service doesn't change as the program
        says; none where the resource is replaced, as its replacement has them."""
        if self.kind is not Kind.UPDATE:
            return ()
        return tuple(change for change in self.properties if change.refused)

    @property
    def may_replace(self) -> bool:
        """Whether an update may turn out to be a replacement, as the replacement facts
        don't cover one of its properties."""
        return (
            self.kind is Kind.UPDATE
            and self.resource.custom
            and any(change.replaces is None for change in self.properties)
        )


@dataclass(frozen=True)
class Changes:
    """All changes of a stack."""

    base: str
    """The label of the base: `origin/main (1a2b3c4)`, `plan.json`, `the state in
    stack.json`."""
    changes: tuple[Change, ...]
    """By component, then name."""
    unchanged: int
    """The number of resources without a change."""
    outputs: tuple[PropertyChange, ...] = ()
    """The stack outputs that change."""
    counts: Mapping[Kind, int] = field(default_factory=dict)

    @property
    def urns_after(self) -> Mapping[str, str]:
        """URN in the base -> URN now, of resources that are renamed or moved."""
        return {
            change.before.urn: change.after.urn
            for change in self.changes
            if change.before and change.after and change.before.urn != change.after.urn
        }
