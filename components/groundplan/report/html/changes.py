"""The changes on the page: a list with search and filters, each change with all its
values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundplan.diff.changes import ABSENT, Change, Kind, PropertyChange
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
class ChangeList:
    """All changes of a stack."""

    rows: Sequence[ChangeRow]
    filters: Sequence[Filter]
    unchanged: str
    outputs: Sequence[Difference]
    outputs_title: str


def changes(report: Report, links: Links, limit: int) -> ChangeList | None:
    """The changes, with a filter for each kind; `None` without a base."""
    if report.changes is None:
        return None
    risks: dict[str, list[Risk]] = {}
    for risk in report.open_risks:
        risks.setdefault(risk.urn, []).append(risk)
    rows = [
        _row(change, group.title, links, risks.get(change.resource.urn, ()), limit)
        for group in groups(report)
        for change in group.changes
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
    return ChangeList(rows, filters, unchanged, outputs, title)


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
        worst=next((level.value for level in Level if any(r.level is level for r in risks)), ""),
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
