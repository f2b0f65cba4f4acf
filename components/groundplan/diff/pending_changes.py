"""The change of a resource while the comparison collects differences, before it is an
update or a replacement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from groundplan.diff import value_rules
from groundplan.diff.changes import Change, Kind, PropertyChange
from groundplan.diff.matching import Pair
from groundplan.diff.properties import Difference
from groundplan.diff.replacement import ReplacementFacts, replacement_facts
from groundplan.diff.value_rules.rule import Outcome
from groundplan.manifest.model import Resource
from groundplan.manifest.property_paths import below, keys_of

MOST_NAMES = 4
"""Names of causes that a note lists; the others are counted."""


@dataclass
class PendingChange:
    """The change of a resource that is on both sides."""

    pair: Pair
    properties: list[PropertyChange] = field(default_factory=list)
    options: list[PropertyChange] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    causes: dict[str, list[str]] = field(default_factory=dict)
    """The changes of other resources that cause this one: `replaced` -> names of the
    replaced resources."""
    origins: list[str] = field(default_factory=list)
    """The URNs of those resources."""
    own: bool = True
    """Whether there is a difference that no other resource causes."""
    forced: bool = False
    """Whether something other than a property forces replacement: its provider,
    `replaceWith`."""

    @property
    def before(self) -> Resource:
        return self.pair.before

    @property
    def after(self) -> Resource:
        return self.pair.after

    @property
    def facts(self) -> ReplacementFacts:
        return replacement_facts(self.after.type)

    @property
    def replaced(self) -> bool:
        """Whether the resource is replaced."""
        return self.after.custom and (
            self.forced or any(change.replaces for change in (*self.properties, *self.options))
        )

    @property
    def has_changes(self) -> bool:
        """Whether the inputs or the options change, or a replacement is forced."""
        return bool(self.forced or self.properties or self.options)

    def add_differences(
        self, differences: Sequence[Difference], old: Mapping[str, Any], new: Mapping[str, Any]
    ) -> bool:
        """Adds the differences between two sets of inputs whose paths are new; returns
        whether there are any."""
        known = {change.path for change in self.properties}
        added = [self._property_change(d, old, new) for d in differences if d.path not in known]
        self.properties += added
        return bool(added)

    def add_note(self, note: str) -> None:
        """Adds a note once."""
        if note not in self.notes:
            self.notes.append(note)

    def add_cause(self, name: str, operation: str, urn: str) -> None:
        """Adds another resource, and the operation on it, as a cause of the change."""
        names = self.causes.setdefault(operation, [])
        if name not in names:
            names.append(name)
        self.add_origin(urn)

    def add_origin(self, urn: str) -> None:
        """Adds the URN of a resource that causes the change."""
        if urn not in self.origins:
            self.origins.append(urn)

    def to_change(self) -> Change | None:
        """Returns the finished change, `None` where nothing changes."""
        pair = self.pair
        if self.has_changes:
            kind = Kind.REPLACE if self.replaced else Kind.UPDATE
        elif pair.renamed:
            kind = Kind.RENAME
        elif pair.moved:
            kind = Kind.MOVE
        else:
            return None
        causes = [
            f"because {_listed(sorted(names), operation)}"
            for operation, names in sorted(self.causes.items())
        ]
        notes = [*_identity_notes(pair, kind), *causes, *self.notes, *self._unknown_notes(kind)]
        return Change(
            kind,
            pair.before,
            pair.after,
            tuple(self.properties),
            tuple(self.options),
            "; ".join(notes),
            causes=tuple(sorted(self.origins)),
            own=self.own or not self.origins,
        )

    def replaces(
        self, difference: Difference, old: Mapping[str, Any], new: Mapping[str, Any]
    ) -> bool | None:
        """Returns whether a difference between two sets of inputs forces
        replacement."""
        return self._property_change(difference, old, new).replaces

    def _property_change(
        self, difference: Difference, old: Mapping[str, Any], new: Mapping[str, Any]
    ) -> PropertyChange:
        paths = self.after.option("replaceOnChanges") or ()
        refused = ""
        if not self.after.custom:
            replaces: bool | None = False
        elif any(_covers(path, difference) for path in paths):
            replaces = True
        else:
            replaces, refused = self._judged(difference, old, new)
        return PropertyChange(difference.path, difference.old, difference.new, replaces, refused)

    def _judged(
        self, difference: Difference, old: Mapping[str, Any], new: Mapping[str, Any]
    ) -> tuple[bool | None, str]:
        """Returns whether a difference forces replacement, and why it is refused, by
        the rules of the type, else by the replacement facts."""
        judgement = value_rules.judge(self.after.type, difference, old, new)
        if judgement is None:
            return self.facts.replaces(difference), ""
        # Of an object that is added or removed, what else it has counts too.
        facts = self.facts.replaces(difference) if judgement.whole else False
        if facts or judgement.outcome is Outcome.REPLACED:
            return True, ""
        if judgement.outcome is Outcome.UNKNOWN:
            return None, ""
        return facts, judgement.why

    def _unknown_notes(self, kind: Kind) -> list[str]:
        """Returns the note on properties that may force replacement."""
        paths = [change.path for change in self.properties if change.replaces is None]
        if kind is not Kind.UPDATE or not paths or not self.after.custom:
            return []
        if self.after.type.startswith("pulumi:providers:") and self.notes:
            return []  # they say it of the provider's resources
        if not self.facts.complete:
            return [f"may force replacement: there are no replacement facts for {self.after.type}"]
        listed = ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
        return [f"a change of {listed} may force replacement, depending on values not known here"]


def _listed(names: Sequence[str], operation: str) -> str:
    if len(names) > MOST_NAMES:
        names = [*names[:MOST_NAMES], f"{len(names) - MOST_NAMES} more"]
    return (
        f"{names[0]} is {operation}"
        if len(names) == 1
        else f"{', '.join(names[:-1])} and {names[-1]} are {operation}"
    )


def _covers(path: str, difference: Difference) -> bool:
    """Returns whether a path of `replaceOnChanges` covers a difference, or part of
    it."""
    keys = keys_of(path)
    return below(difference.keys, keys) or (difference.whole and below(keys, difference.keys))


def _identity_notes(pair: Pair, kind: Kind) -> list[str]:
    """Returns the note on a new name, type or parent."""
    also = "also " if kind in (Kind.UPDATE, Kind.REPLACE) else ""
    if pair.inherited:
        was = f" from {pair.before.name}" if pair.before.name != pair.after.name else ""
        return [f"{also}renamed{was} (inherited from {pair.inherited})"]
    if pair.before.name != pair.after.name:
        return [f"{also}renamed from {pair.before.name}"]
    if pair.before.type != pair.after.type:
        return [f"{also}changes type, was {pair.before.type}"]
    if pair.moved:
        return [f"{also}moved from {_parent_name(pair.before)} to {_parent_name(pair.after)}"]
    return []


def _parent_name(resource: Resource) -> str:
    return resource.parent.rsplit("::", 1)[-1] if resource.parent else "the stack"
