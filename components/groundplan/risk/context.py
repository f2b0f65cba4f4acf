"""One change in its plan: what every analyzer reads."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from groundplan import catalog
from groundplan.catalog.resource_type import ResourceType
from groundplan.diff import retention
from groundplan.diff.changes import ABSENT, Change, Changes, Kind
from groundplan.diff.paths import at as at
from groundplan.manifest.graph import Graph
from groundplan.manifest.model import Manifest, Resource
from groundplan.manifest.property_paths import restored
from groundplan.manifest.symbol_names import names as names_in
from groundplan.manifest.symbol_names import renamed
from groundplan.risk.risk import Level, Risk
from groundplan.risk.statements import Statement
from groundplan.risk.wording import causes_text, change_text

EFFECTS = {Kind.RENAME: Kind.UPDATE, Kind.MOVE: Kind.UPDATE, Kind.RETAIN: Kind.DELETE}
"""Kind of change -> the kind that analyzers know."""


class Inputs(dict[str, Any]):
    """The inputs of a resource on a side that has it: true also where there are
    none."""

    def __bool__(self) -> bool:
        return True


class Plan:
    """All changes of a stack, with the resources of both sides."""

    def __init__(self, changes: Changes, before: Manifest, after: Manifest) -> None:
        names_after = {resource.name for resource in after}
        self._renames = {
            c.before.name: c.after.name
            for c in changes.changes
            if c.before
            and c.after
            and c.before.name != c.after.name
            and c.before.name not in names_after
        }
        self.deployed = any(resource.custom and "id" in resource.outputs for resource in before)
        """Whether the base is a real state, whose values are real where the program's
        are symbols."""
        self.contexts = tuple(self._context(change) for change in changes.changes)
        self._kinds = {
            side.urn: context.kind
            for context in self.contexts
            for side in (context.change.before, context.change.after)
            if side
        }
        self._before, self._after = before, after
        self.removed_dependents: dict[tuple[Kind, bool], set[str]] = {}
        """URNs that are removed with something that they depend on; computed on first
        use."""
        self.openings_before: dict[str, list[Any]] = {}
        """Security group -> what it allowed before; computed on first use."""
        self.attached_before: set[tuple[str, str]] | None = None
        """Identities with their managed policies before; computed on first use."""
        self.granted_statements: dict[bool, dict[str, tuple[Statement, ...]]] = {}
        """Before (false) and after (true): identity -> the statements of its policies;
        computed on first use."""

    def kind_of(self, urn: str) -> Kind | None:
        """Returns the change of a resource, `None` if it doesn't change."""
        return self._kinds.get(urn)

    def context_of(self, urn: str) -> "ChangeContext | None":
        """Returns the change of a resource, by its URN on either side."""
        return self._by_urn.get(urn)

    @cached_property
    def _by_urn(self) -> Mapping[str, "ChangeContext"]:
        return {
            side.urn: context
            for context in self.contexts
            for side in (context.change.before, context.change.after)
            if side
        }

    @cached_property
    def resources_before(self) -> tuple[Resource, ...]:
        """All resources before, with renamed ones under their new names."""
        return tuple(
            replace(
                r, name=self._renames.get(r.name, r.name), inputs=renamed(r.inputs, self._renames)
            )
            for r in self._before
        )

    @cached_property
    def resources_after(self) -> tuple[Resource, ...]:
        """All resources after; unchanged ones as they were before."""
        changed = {
            context.change.after.urn: context.change.after
            for context in self.contexts
            if context.change.after
        }
        before = {resource.urn: resource for resource in self.resources_before}
        return tuple(changed.get(r.urn) or before.get(r.urn) or r for r in self._after)

    @cached_property
    def new_names(self) -> frozenset[str]:
        """Names of the resources that are new."""
        return frozenset(context.name for context in self.contexts if context.kind is Kind.CREATE)

    @cached_property
    def accounts(self) -> frozenset[str]:
        """Numbers of the AWS accounts that the base mentions."""
        return frozenset(
            account for r in self._before for account in re.findall(r":(\d{12}):", str(r.inputs))
        )

    @cached_property
    def graph_before(self) -> Graph:
        return Graph(self._before)

    @cached_property
    def graph_after(self) -> Graph:
        return Graph(self._after)

    def by_urn(self, after: bool) -> Mapping[str, Resource]:
        """Returns the resources of one side by URN."""
        return (self._after if after else self._before).by_urn

    def dependents(self, change: Change) -> tuple[Resource, ...]:
        """Returns the resources that depend on a changed one, nearest first: after the
        change, or before it if the resource is deleted."""
        graph = self.graph_after if change.after else self.graph_before
        return graph.dependents(change.resource.urn)

    def _context(self, change: Change) -> "ChangeContext":
        old = Inputs(renamed(change.before.inputs, self._renames)) if change.before else {}
        new = Inputs(change.after.inputs) if change.after else {}
        if change.before and change.after:
            new = Inputs(restored(old, new, change.after.option("ignoreChanges") or ()))
        return ChangeContext(change, old, new, self)


@dataclass(frozen=True)
class ChangeContext:
    """One change in its plan."""

    change: Change
    old: Mapping[str, Any]
    """The inputs before, empty for a new resource; renamed resources have their new
    names."""
    new: Mapping[str, Any]
    """The inputs after, empty for a deleted resource; ignored changes keep their old
    values."""
    plan: Plan = field(repr=False)

    @property
    def kind(self) -> Kind:
        """The kind of change; a rename or a move counts as an update, what is retained
        as a deletion."""
        return EFFECTS.get(self.change.kind, self.change.kind)

    @property
    def type(self) -> str:
        """The type's module and name: `s3.Bucket`."""
        return catalog.key(self.change.resource.type)

    @property
    def noun(self) -> str:
        """The type's display name."""
        return catalog.display_name(self.change.resource.type)

    @property
    def entry(self) -> ResourceType | None:
        """What the catalog knows of the type."""
        return catalog.find(self.change.resource.type)

    @property
    def name(self) -> str:
        return self.change.resource.name

    @property
    def subject(self) -> str:
        """The subject of a sentence: `the bucket artifacts-bucket`."""
        return f"the {self.noun} {self.name}"

    @property
    def is_removed(self) -> bool:
        """Whether the resource in the cloud is deleted, for good or for a
        replacement."""
        return self.kind in (Kind.DELETE, Kind.REPLACE)

    @property
    def is_resource(self) -> bool:
        """Whether it is a resource of a provider, or a remote component."""
        return self.change.resource.custom or bool(self.change.resource.option("remote"))

    @property
    def is_refused(self) -> bool:
        """Whether the engine refuses the change, as the resource is protected.

        A replacement may be in one update with the removal of the protection, unless
        the resource is deleted with one that it depends on, before that is created
        again (pulumi/pulumi, pkg/resource/deploy/step_generator.go)."""
        if not self.old_option("protect") or not (self.is_removed):
            return False
        if self.kind is Kind.DELETE or self.change.resource.option("protect"):
            return True
        owners = (self.plan.context_of(urn) for urn in self.change.resource.dependencies)
        return any(owner is not None and owner.deletes_first for owner in owners)

    @property
    def is_deleted_in_cloud(self) -> bool:
        """Whether a deletion or replacement deletes the resource in the cloud, rather
        than retaining it."""
        before = self.change.before
        return self.is_removed and before is not None and not retention.input_of(before)

    @property
    def guard(self) -> str:
        """The input by which AWS refuses to delete the resource; empty where it
        doesn't."""
        entry = self.entry
        parts = (entry.data, entry.service) if entry else ()
        known = [part.deletion_protection for part in parts if part]
        for name in (*known, *GUARDS):
            if name and str(at(self.old, name)).lower() in ("true", "active"):
                return name
        return ""

    @property
    def lacks_snapshot_name(self) -> bool:
        """Whether the provider refuses the deletion, as it has no name for the final
        snapshot."""
        store = self.entry.data if self.entry else None
        return bool(
            store
            and store.skips_snapshot_if == "skipFinalSnapshot"
            and not flag(at(self.old, "skipFinalSnapshot"))
            and at(self.old, "finalSnapshotIdentifier") is ABSENT
        )

    @property
    def is_prevented(self) -> bool:
        """Whether the change has no effect, as `pulumi up` fails before it. A
        replacement that AWS refuses to finish has one: the new resource exists."""
        refused = self.guard or self.lacks_snapshot_name
        deleted = self.kind is Kind.DELETE and self.is_deleted_in_cloud
        return self.is_refused or bool(deleted and refused)

    def old_option(self, option: str) -> Any:
        """A resource option as it is in the state, which the engine applies to a
        deletion."""
        return self.change.before.option(option) if self.change.before else None

    def values(self, path: str) -> tuple[Any, Any]:
        """Returns the old and the new value at a dotted path, `ABSENT` where there is
        none."""
        return at(self.old, path), at(self.new, path)

    def changed(self, path: str) -> bool:
        """Returns whether the value at a path changes; false where that isn't known."""
        return self.differs(*self.values(path))

    def differs(self, old: Any, new: Any) -> bool:
        """Returns whether two values differ; against a real state, a symbol may stand
        for the same value."""
        if self.plan.deployed and any("${" in str(side) for side in (old, new)):
            return False
        return bool(old != new)

    def owner_change(self, *inputs: str) -> Kind | None:
        """Returns the change of the resource that this one belongs to, by the first of
        these inputs that is set.

        `None` where it doesn't change, or isn't in the program.
        """
        side = self.change.resource
        for name in inputs:
            depends = side.property_dependencies.get(name, ())
            mentioned = set(names_in(side.inputs.get(name)))
            named = [urn for urn in depends if urn.rsplit("::", 1)[-1] in mentioned]
            for urn in named or depends:
                return self.plan.kind_of(urn)
        return None

    def risk(
        self, level: Level, kind: str, words: str, because: str = "", prevents_up: bool = False
    ) -> Risk:
        """A risk of this change, with its blast radius."""
        urn = self.change.resource.urn
        affected = dict.fromkeys(resource.name for resource in self.plan.dependents(self.change))
        if words.split(maxsplit=1)[0].isalpha():  # names are written as they are
            words = words[0].upper() + words[1:]
        refused = prevents_up or self.is_prevented
        return Risk(level, kind, urn, words, because, tuple(affected), prevents_up=refused)

    def change_text(self, path: str) -> str:
        """Returns the text of a path with its old and its new value; of what differs
        inside, where the comparison lists that."""
        inside = [p for p in self.change.properties if p.path.startswith((f"{path}.", f"{path}["))]
        plain = not any(
            isinstance(item, Mapping) for side in self.values(path) for item in _items(side)
        )
        if inside and len(inside) <= 5 and not plain:
            return "; ".join(change_text(p.path, p.old, p.new) for p in inside)
        return change_text(path, *self.values(path))

    @property
    def causes(self) -> str:
        """The text of what forces the replacement: the properties that do, else the
        note, else all that change."""
        causes = [p for p in self.change.properties if p.replaces]
        causes = causes or ([] if self.change.note else list(self.change.properties))
        return causes_text(causes) or self.change.note

    @property
    def deletes_first(self) -> bool:
        """Whether the resource is deleted before its replacement is created."""
        first = self.change.resource.option("deleteBeforeReplace")
        return self.kind is Kind.REPLACE and bool(
            first or "deleted before the " in self.change.note
        )


GUARDS = (
    "deletionProtection",
    "deletionProtectionEnabled",
    "enableDeletionProtection",
    "terminationProtection",
)
"""Inputs that make AWS refuse a deletion. Not `disableApiTermination`: the provider
disables that by itself (terraform-provider-aws, `resourceInstanceDelete`)."""


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yields all values inside a value that aren't objects, with their paths; lists of
    plain values count as one value."""
    if isinstance(value, Mapping):
        for key in sorted(value):
            yield from leaves(value[key], f"{path}.{key}" if path else key)
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]")
    else:
        yield path, value


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def flag(value: Any) -> bool | None:
    """A boolean, also where a provider writes it as text; `None` for anything else."""
    return (
        value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value).lower())
    )


def number(value: Any) -> float | None:
    """A number, also where a provider writes it as text; `None` for anything else."""
    try:
        result = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return result if math.isfinite(result) and not isinstance(value, bool) else None


def objects(value: Any) -> list[Mapping[str, Any]]:
    """Returns the objects in a value that is one or a list of them."""
    return [
        item
        for item in (value if isinstance(value, list) else [value])
        if isinstance(item, Mapping)
    ]


def texts(value: Any) -> list[str]:
    """Returns the texts in a value that is one or a list of them."""
    if value is None or value is ABSENT:
        return []
    return [str(item) for item in (value if isinstance(value, list) else [value])]
