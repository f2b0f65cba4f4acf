"""Changes by component: the top-level component that a changed resource belongs to,
before or after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from groundplan.diff.changes import Change, Kind
from groundplan.manifest.ancestry import outermost
from groundplan.manifest.model import Resource
from groundplan.report.model import Report
from groundplan.report.wording import kind_of, name_in

BARE = "not in a component"
"""The title of the group of resources that belong to no component."""


@dataclass(frozen=True)
class Group:
    """The changes of one component."""

    title: str
    """`training`, or `not in a component`."""
    kind: str
    """`[TrainingCluster]`; empty where it is unknown."""
    changes: tuple[Change, ...]

    def counts(self) -> Mapping[Kind, int]:
        return {kind: sum(change.kind is kind for change in self.changes) for kind in Kind}


def groups(report: Report) -> list[Group]:
    """Returns the changes by component, by its name; resources of no component come
    last."""
    changes: Sequence[Change] = report.changes.changes if report.changes else ()
    known: dict[str, Resource] = dict(report.manifest.by_urn) if report.manifest else {}
    for change in changes:
        for side in (change.before, change.after):
            if side:
                known.setdefault(side.urn, side)
    by_component: dict[tuple[bool, str, str], list[Change]] = {}
    for change in changes:
        title, kind = _component(change.resource, known)
        by_component.setdefault((not title, title, kind), []).append(change)
    return [
        Group(title or BARE, kind, tuple(items))
        for (_, title, kind), items in sorted(by_component.items(), key=lambda g: g[0])
    ]


def _component(resource: Resource, known: Mapping[str, Resource]) -> tuple[str, str]:
    top = outermost(resource, known)
    if top.parent:  # an unchanged parent that only the base has
        return name_in(top.parent), ""
    if top is resource and top.custom:
        return "", ""
    return top.name, kind_of(top)
