"""Changes by their cause: the edit that they come from, and what follows from them
because a dependency or the provider changes.

What no edit is known for is listed by component, with what follows from it.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from groundplan.diff.changes import Change, Kind, PropertyChange
from groundplan.diff.edits.attribution import attributed, components
from groundplan.diff.edits.edit import Edit
from groundplan.manifest.model import Resource
from groundplan.report.grouping import BARE, groups
from groundplan.report.model import Report
from groundplan.report.wording import count, kind_of, levels, tally
from groundplan.risk.risk import ORDER, Risk


@dataclass(frozen=True)
class Cause:
    """The changes of one cause."""

    edits: tuple[Edit, ...]
    """The lines that they come from; empty where that isn't known."""
    title: str
    """Without an edit: the component, or `not in a component`."""
    kind: str
    """Without an edit: the component's type, `[TrainingCluster]`; empty where it is
    unknown."""
    changes: tuple[Change, ...]
    """The changes with a difference of their own."""
    following: tuple[Change, ...] = ()
    """The changes that follow from those."""
    risks: tuple[Risk, ...] = ()
    """The risks of all of them, also of what `pulumi up` fails at."""
    components: Mapping[str, int] | None = None
    """Component -> the number of its changes; the one with most first."""

    @cached_property
    def counts(self) -> Mapping[Kind, int]:
        numbers = Counter(change.kind for change in (*self.changes, *self.following))
        return {kind: numbers[kind] for kind in Kind}

    @property
    def worst(self) -> int:
        """The rank of its worst risk; that after the last level without one."""
        return min((ORDER.index(risk.level) for risk in self.risks), default=len(ORDER))


Key = tuple[tuple[Edit, ...], str, str]


def causes(report: Report) -> list[Cause]:
    """Returns the causes of a stack's changes: edits, those with the worst risks first,
    then components by name."""
    if report.changes is None or not report.changes.changes:
        return []
    changes = report.changes.changes
    names = components(_resources(report))
    edits = attributed(report.changes, report.edits, names)
    by_component = {
        change.resource.urn: (group.title, group.kind)
        for group in groups(report)
        for change in group.changes
    }
    keys: dict[str, Key] = {}
    for change in changes:
        urn = change.resource.urn
        lines = edits.get(urn, ())
        keys[urn] = (lines, "", "") if lines else ((), *by_component[urn])
    origins = _Origins(changes, edits)
    roots: dict[Key, list[Change]] = {}
    following: dict[Key, list[Change]] = {}
    for change in changes:
        origin = origins.of(change)
        side = roots if origin == change.resource.urn or change.own else following
        side.setdefault(keys[origin], []).append(change)
    found = [
        _cause(key, roots.get(key, []), following.get(key, []), report.open_risks, names)
        for key in dict.fromkeys([*roots, *following])
    ]
    return sorted(found, key=_order)


class _Origins:
    """The change that each change follows from; itself, if it follows from none."""

    def __init__(self, changes: Sequence[Change], edits: Mapping[str, tuple[Edit, ...]]) -> None:
        self._by_urn = {change.resource.urn: change for change in changes}
        self._edits = edits

    def of(self, change: Change) -> str:
        """Returns the URN of the change that one follows from: the nearest one, of
        those whose edit is known if there are any."""
        urn = change.resource.urn
        if self._edits.get(urn) or not change.causes:
            return urn
        ends = self._ends(change)
        known = [end for end in ends if self._edits.get(end)]
        if known:
            return known[0]
        return urn if change.own or not ends else ends[0]

    def _ends(self, change: Change) -> list[str]:
        """Returns the changes with a difference of their own that a change follows
        from, the nearest first."""
        seen, level, ends = {change.resource.urn}, list(change.causes), []
        while level:
            found = [urn for urn in dict.fromkeys(level) if urn in self._by_urn and urn not in seen]
            seen.update(found)
            ends += [urn for urn in found if self._by_urn[urn].own]
            level = [cause for urn in found for cause in self._by_urn[urn].causes]
        return ends


def _cause(
    key: Key,
    roots: Sequence[Change],
    following: Sequence[Change],
    risks: Sequence[Risk],
    names: Mapping[str, str],
) -> Cause:
    changes = [*roots, *following]
    urns = {side.urn for c in changes for side in (c.before, c.after) if side}
    counted = Counter(names.get(change.resource.urn, "") or BARE for change in changes)
    return Cause(
        *key,
        tuple(sorted(roots, key=lambda change: bool(change.causes))),  # the origin first
        tuple(following),
        tuple(risk for risk in risks if risk.urn in urns),
        dict(sorted(counted.items(), key=lambda item: (item[0] == BARE, -item[1], item[0]))),
    )


def _order(cause: Cause) -> tuple[bool, int, int, bool, str]:
    if cause.edits:
        return False, cause.worst, -sum(cause.counts.values()), False, cause.edits[0].place
    return True, 0, 0, cause.title == BARE, cause.title


def _resources(report: Report) -> list[Resource]:
    known = list(report.manifest.resources) if report.manifest else []
    changes = report.changes.changes if report.changes else ()
    return known + [side for c in changes for side in (c.before, c.after) if side]


def effects(cause: Cause) -> str:
    """Returns what a cause changes, in one line: `7 to update: network 5, churn 2; 1
    high risk`."""
    counted = (cause.components or {}).items()
    where = ", ".join(f"{name} {number:,}" for name, number in counted)
    risks = f"; {levels(cause.risks)}" if cause.risks else ""
    return f"{tally(cause.counts)}: {where}{risks}"


def following_title(cause: Cause) -> str:
    """`33 more changes follow from this`."""
    number = len(cause.following)
    return f"{count(number, 'more change')} {'follows' if number == 1 else 'follow'} from this"


@dataclass(frozen=True)
class Alike:
    """Changes of several resources that are listed together."""

    changes: tuple[Change, ...]
    same: bool = True
    """Whether the old and the new values are the same as well."""

    @property
    def first(self) -> Change:
        return self.changes[0]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(change.resource.name for change in self.changes)

    @property
    def noun(self) -> str:
        """`aws Subnet`; `resources` where the types differ."""
        kinds = {kind_of(change.resource) for change in self.changes}
        return kinds.pop() if len(kinds) == 1 else "resources"


FEWEST = 3
"""Changes that are listed together; fewer are listed one by one."""


def alike(changes: Sequence[Change], fewest: int = FEWEST) -> list[Alike]:
    """Changes in their order, those that are alike together: with the same old and new
    values, else of the same type with the same properties."""
    parts, rest = _together(changes, _values, fewest, True)
    more, single = _together(rest, _paths, fewest, False)
    parts += [*more, *(Alike((change,)) for change in single)]
    place = {id(change): number for number, change in enumerate(changes)}
    return sorted(parts, key=lambda part: place[id(part.first)])


def _together(
    changes: Sequence[Change], key: Callable[[Change], object], fewest: int, same: bool
) -> tuple[list[Alike], list[Change]]:
    """Returns the changes with equal keys together, and the others."""
    found: dict[object, list[Change]] = {}
    for change in changes:
        found.setdefault(key(change), []).append(change)
    large = [group for group in found.values() if len(group) >= fewest]
    small = [change for group in found.values() if len(group) < fewest for change in group]
    return [Alike(tuple(group), same) for group in large], small


def _values(change: Change) -> object:
    """Returns what changes; of a new or a deleted resource its type."""
    items = [(i.path, repr(i.old), repr(i.new), i.replaces) for i in _items(change)]
    return change.kind, tuple(items), None if items else change.resource.type


def _paths(change: Change) -> object:
    paths = tuple((item.path, item.replaces) for item in _items(change))
    return change.kind, change.resource.type, paths


def _items(change: Change) -> Sequence[PropertyChange]:
    return (*change.properties, *change.options)
