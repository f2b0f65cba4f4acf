"""One change with what surrounds it: what every judge of danger reads."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from groundplan.diff.changes import ABSENT, Change, Changes, Kind
from groundplan.manifest.graph import Graph
from groundplan.manifest.model import Manifest, Resource
from groundplan.manifest.property_paths import restored
from groundplan.manifest.symbol_names import names as names_in
from groundplan.manifest.symbol_names import renamed
from groundplan.risk import types
from groundplan.risk.risk import Danger, Level
from groundplan.risk.statements import Statement
from groundplan.risk.wording import moved


class Plan:
    """All changes of a stack, with both sides as they compare."""

    def __init__(self, changes: Changes, before: Manifest, after: Manifest) -> None:
        kept = {resource.name for resource in after}
        self._renames = {
            c.before.name: c.after.name
            for c in changes.changes
            if c.before and c.after and c.before.name != c.after.name and c.before.name not in kept
        }
        self.deployed = any(resource.custom and "id" in resource.outputs for resource in before)
        """Whether the base is a real state, whose values are real where the program's
        are symbols."""
        self.cases = tuple(self._case(change) for change in changes.changes)
        self._kinds = {
            side.urn: case.kind
            for case in self.cases
            for side in (case.change.before, case.change.after)
            if side
        }
        self._before, self._after = before, after
        self.swept: dict[tuple[Kind, bool], set[str]] = {}
        """What goes because something that it depends on goes; filled by whoever asks
        first."""
        self.openings: dict[str, list[Any]] = {}
        """Security group -> the ways it opened before; filled by whoever asks first."""
        self.attached: set[tuple[str, str]] | None = None
        """Who had which managed policy before; filled by whoever asks first."""
        self.granted: dict[bool, dict[str, tuple[Statement, ...]]] = {}
        """Before and now: what identity policies say, by whom they are attached to;
        filled by whoever asks first."""

    def kind_of(self, urn: str) -> Kind | None:
        """What happens to a resource, `None` for nothing."""
        return self._kinds.get(urn)

    @cached_property
    def then(self) -> tuple[Resource, ...]:
        """All resources before, with renamed ones under their new names."""
        return tuple(
            replace(
                r, name=self._renames.get(r.name, r.name), inputs=renamed(r.inputs, self._renames)
            )
            for r in self._before
        )

    @cached_property
    def now(self) -> tuple[Resource, ...]:
        """All resources after; what doesn't change reads as it did before."""
        changed = {
            case.change.after.urn: case.change.after for case in self.cases if case.change.after
        }
        then = {resource.urn: resource for resource in self.then}
        return tuple(changed.get(r.urn) or then.get(r.urn) or r for r in self._after)

    @cached_property
    def new_names(self) -> frozenset[str]:
        """Names of the resources that are new."""
        return frozenset(case.name for case in self.cases if case.kind is Kind.CREATE)

    @cached_property
    def accounts(self) -> frozenset[str]:
        """Numbers of the AWS accounts that the base mentions."""
        return frozenset(
            found for r in self._before for found in re.findall(r":(\d{12}):", str(r.inputs))
        )

    @cached_property
    def graph_then(self) -> Graph:
        return Graph(self._before)

    @cached_property
    def graph_now(self) -> Graph:
        return Graph(self._after)

    def dependents(self, change: Change) -> tuple[Resource, ...]:
        """What depends on a changed resource, nearest first: as it will be, or as it
        was if the resource goes for good."""
        graph = self.graph_now if change.after else self.graph_then
        return graph.dependents(change.resource.urn)

    def _case(self, change: Change) -> "Case":
        old = renamed(change.before.inputs, self._renames) if change.before else {}
        new = change.after.inputs if change.after else {}
        if change.before and change.after:
            new = restored(old, new, change.after.option("ignoreChanges") or ())
        return Case(change, old, new, self)


@dataclass(frozen=True)
class Case:
    """One change."""

    change: Change
    old: Mapping[str, Any]
    """The inputs before, empty if it is new; renamed resources are called as they will
    be."""
    new: Mapping[str, Any]
    """The inputs after, empty if it goes; what is ignored is as it was."""
    plan: Plan = field(repr=False)

    @property
    def kind(self) -> Kind:
        """What happens; a rename or a move counts as an update."""
        return Kind.UPDATE if self.change.kind in (Kind.RENAME, Kind.MOVE) else self.change.kind

    @property
    def type(self) -> str:
        return types.kind(self.change.resource.type)

    @property
    def noun(self) -> str:
        return types.noun(self.change.resource.type)

    @property
    def name(self) -> str:
        return self.change.resource.name

    @property
    def told(self) -> str:
        """How a sentence names it: `the bucket artifacts-bucket`."""
        return f"the {self.noun} {self.name}"

    @property
    def goes(self) -> bool:
        """Whether what is in the cloud goes, for good or for a new one."""
        return self.kind in (Kind.DELETE, Kind.REPLACE)

    @property
    def real(self) -> bool:
        """Whether it stands for something in the cloud: a provider's resource, or a
        component that runs elsewhere."""
        return self.change.resource.custom or bool(self.change.resource.option("remote"))

    def was(self, option: str) -> Any:
        """A resource option as it is now in the cloud, which decides what the engine
        does."""
        return self.change.before.option(option) if self.change.before else None

    def both(self, path: str) -> tuple[Any, Any]:
        """The old and the new value at a dotted path, `ABSENT` where there is none."""
        return at(self.old, path), at(self.new, path)

    def changed(self, path: str) -> bool:
        """Whether the value at a path is another one; false where that can't be known."""
        return self.differs(*self.both(path))

    def differs(self, old: Any, new: Any) -> bool:
        """Whether two values differ; against a real state, a symbol may stand for the
        same value."""
        if self.plan.deployed and any("${" in str(side) for side in (old, new)):
            return False
        return bool(old != new)

    def owner(self, *inputs: str) -> Kind | None:
        """What happens to the resource that this one belongs to, by the first of these
        inputs that is there.

        `None` where nothing happens to it, or where it isn't in the program.
        """
        side = self.change.resource
        for name in inputs:
            depends = side.property_dependencies.get(name, ())
            speaks = set(names_in(side.inputs.get(name)))
            named = [urn for urn in depends if urn.rsplit("::", 1)[-1] in speaks]
            for urn in named or depends:
                return self.plan.kind_of(urn)
        return None

    def danger(self, level: Level, kind: str, words: str, because: str = "") -> Danger:
        """A danger of this change, with its blast radius."""
        urn = self.change.resource.urn
        affected = dict.fromkeys(resource.name for resource in self.plan.dependents(self.change))
        if words.split(maxsplit=1)[0].isalpha():  # a name is told as it is written
            words = words[0].upper() + words[1:]
        return Danger(level, kind, urn, words, because, tuple(affected))

    def moved(self, path: str) -> str:
        """A path with its old and its new value, in words; what differs inside, where
        the comparison says so."""
        inside = [p for p in self.change.properties if p.path.startswith((f"{path}.", f"{path}["))]
        plain = not any(
            isinstance(item, Mapping) for side in self.both(path) for item in _items(side)
        )
        if inside and len(inside) <= 5 and not plain:
            return "; ".join(moved(p.path, p.old, p.new) for p in inside)
        return moved(path, *self.both(path))

    @property
    def replacing(self) -> str:
        """What makes it a replacement, in words: the properties that replace it, else
        its note, else all that change."""
        found = [p for p in self.change.properties if p.replaces]
        found = found or ([] if self.change.note else list(self.change.properties))
        return "; ".join(moved(p.path, p.old, p.new) for p in found[:5]) or self.change.note

    @property
    def gap(self) -> bool:
        """Whether, as it is replaced, the old one is deleted before the new one is
        there."""
        first = self.change.resource.option("deleteBeforeReplace")
        return self.kind is Kind.REPLACE and bool(
            first or "deleted before the new one is made" in self.change.note
        )


def at(value: Any, path: str) -> Any:
    """The value at a dotted path; lists of one are stepped into."""
    for step in path.split("."):
        while isinstance(value, list) and len(value) == 1:
            value = value[0]
        if not isinstance(value, Mapping) or value.get(step) is None:
            return ABSENT
        value = value[step]
    return value


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """All values inside a value that aren't objects, with their paths; lists of plain
    values count as one value."""
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
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) and not isinstance(value, bool) else None


def objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects in a value that is one or a list of them."""
    return [
        item
        for item in (value if isinstance(value, list) else [value])
        if isinstance(item, Mapping)
    ]


def texts(value: Any) -> list[str]:
    """The texts in a value that is one or a list of them."""
    if value is None or value is ABSENT:
        return []
    return [str(item) for item in (value if isinstance(value, list) else [value])]
