"""The changes on the page: a list with search and filters, each change with all its
values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundplan.diff.changes import ABSENT, Change, Kind, PropertyChange
from groundplan.report.causes import Cause, causes, effects, following_title
from groundplan.report.grouping import BARE, groups
from groundplan.report.html.links import Link, Links
from groundplan.report.html.values import Difference, Fact, difference, facts, outline
from groundplan.report.model import Report
from groundplan.report.wording import DONE, SYMBOLS, count, counts, kind_of, line
from groundplan.risk.risk import Level, Risk


@dataclass(frozen=True)
class Filter:
    """A button that limits a list to the rows of one kind."""

    kind: str
    label: str
    number: int


@dataclass(frozen=True)
class ChangeRow:
    """One changed resource."""

    id: str | None
    kind: Kind
    name: str
    type: str
    component: str
    """`in training`; empty for the component itself."""
    forces_replacement: bool
    worst: str
    """The level of its worst risk; empty without one."""
    facts: Sequence[Fact]
    inputs: str
    """Of a created or deleted resource."""
    options: str
    differences: Sequence[Difference]


@dataclass(frozen=True)
class EditRow:
    """One edit that changes come from."""

    place: str
    setting: str
    old: str
    new: str


@dataclass(frozen=True)
class CauseRows:
    """The changes of one cause."""

    id: str
    edits: Sequence[EditRow]
    """Empty where the cause isn't known: its rows are then in the list itself."""
    effects: str
    level: str
    """The level of its worst risk; empty without one."""
    rows: Sequence[ChangeRow]
    following: Sequence[ChangeRow]
    title: str
    """The title of what follows."""


@dataclass(frozen=True)
class ChangeList:
    """All changes of a stack."""

    causes: Sequence[CauseRows]
    filters: Sequence[Filter]
    unchanged: str
    outputs: Sequence[Difference]
    outputs_title: str


def changes(report: Report, links: Links, limit: int) -> ChangeList | None:
    """Returns the changes, with a filter for each kind; `None` without a base."""
    if report.changes is None:
        return None
    risks: dict[str, list[Risk]] = {}
    for risk in report.open_risks:
        risks.setdefault(risk.urn, []).append(risk)
    components = {c.resource.urn: group.title for group in groups(report) for c in group.changes}

    def rows(of: Sequence[Change]) -> list[ChangeRow]:
        return [
            _row(c, components[c.resource.urn], links, risks.get(c.resource.urn, ()), limit)
            for c in of
        ]

    found = [
        CauseRows(
            id=links.section(f"e{number}"),
            edits=_edit_rows(cause),
            effects=line(effects(cause)),
            level=_level(cause.risks),
            rows=rows(cause.changes),
            following=rows(cause.following),
            title=following_title(cause),
        )
        for number, cause in enumerate(causes(report))
    ]
    numbers = counts(report)
    filters = [
        Filter(kind.value, f"{SYMBOLS[kind]} {DONE[kind]}", numbers[kind])
        for kind in Kind
        if numbers.get(kind)
    ]
    at_risk = sum(change.resource.urn in risks for change in report.changes.changes)
    filters += [Filter("risk", "! at risk", at_risk)] if at_risk else []
    outputs = [
        difference(PropertyChange(item.path, item.old, item.new), limit)
        for item in report.changes.outputs
        if (item.old, item.new) != (ABSENT, ABSENT)
    ]
    unchanged = f"{count(report.changes.unchanged, 'resource')} unchanged."
    title = f"{count(len(outputs), 'stack output')} to change:"
    return ChangeList(found, filters, unchanged, outputs, title)


def edits(report: Report, links: Links) -> list[tuple[Link, CauseRows]] | None:
    """Returns the edits that changes come from, each linked to its changes; `None`
    without any."""
    found = [
        (
            Link(line(cause.edits[0].place), links.section(f"e{number}")),
            CauseRows("", _edit_rows(cause), line(effects(cause)), _level(cause.risks), (), (), ""),
        )
        for number, cause in enumerate(causes(report))
        if cause.edits
    ]
    return found or None


def _edit_rows(cause: Cause) -> list[EditRow]:
    return [EditRow(line(e.place), line(e.setting), line(e.old), line(e.new)) for e in cause.edits]


def _level(risks: Sequence[Risk]) -> str:
    return next((level.value for level in Level if any(r.level is level for r in risks)), "")


def _row(
    change: Change, component: str, links: Links, risks: Sequence[Risk], limit: int
) -> ChangeRow:
    resource = change.resource
    whole = change.kind in (Kind.CREATE, Kind.DELETE, Kind.RETAIN)
    if component == resource.name:
        component = ""
    elif component != BARE:
        component = f"in {line(component)}"
    return ChangeRow(
        id=links.of_change(resource.urn),
        kind=change.kind,
        name=line(resource.name),
        type=line(kind_of(resource)),
        component=component,
        forces_replacement=any(item.replaces for item in change.properties),
        worst=_level(risks),
        facts=_facts(change, links, risks),
        inputs=outline(resource.inputs, limit) if whole else "",
        options=options(resource.options) if whole else "",
        differences=()
        if whole
        else [difference(item, limit) for item in (*change.properties, *change.options)],
    )


def _facts(change: Change, links: Links, risks: Sequence[Risk]) -> list[Fact]:
    resource = change.resource
    row = links.of_resource(resource.urn)
    return facts(
        ("Risk", " ".join(f"{risk.level.value}: {line(risk.words)}" for risk in risks)),
        ("Note", line(change.note)),
        ("Was", _was(change)),
        ("From", line(resource.source)),
        ("Type", line(resource.type)),
        ("In the tree", Link(line(resource.name), row) if row else ""),
    )


def _was(change: Change) -> str:
    before, after = change.before, change.after
    if not before or not after or before.urn == after.urn:
        return ""
    return line(before.name if before.name != after.name else before.urn)


def options(values: Mapping[str, Any]) -> str:
    """Resource options as an outline; empty without any."""
    listed = {key: value for key, value in values.items() if key not in ("provider", "aliases")}
    return outline(listed, 2_000) if listed else ""
