"""The changes on the page: a list that can be searched and filtered, each change with
all its values."""

from collections.abc import Mapping, Sequence
from typing import Any

from groundplan.diff.changes import ABSENT, Change, Kind, PropertyChange
from groundplan.report.grouping import BARE, groups
from groundplan.report.html.links import Links
from groundplan.report.html.values import difference, facts, outline
from groundplan.report.markup import Markup, join, tag
from groundplan.report.model import Report
from groundplan.report.wording import DONE, SYMBOLS, count, counts, kind_of, line
from groundplan.risk.risk import Level, Risk


def changes(report: Report, links: Links, room: int) -> Markup | None:
    """The list, with its search box and a chip for each kind there is; `None` where
    nothing is compared."""
    if report.changes is None:
        return None
    dangers: dict[str, list[Risk]] = {}
    for danger in report.dangers:
        dangers.setdefault(danger.urn, []).append(danger)
    rows = [
        _row(change, group.title, links, dangers.get(change.resource.urn, ()), room)
        for group in groups(report)
        for change in group.changes
    ]
    unchanged = f"{count(report.changes.unchanged, 'resource')} unchanged."
    if not rows:
        return join([tag("p", f"No resource changes. {unchanged}"), _outputs(report, room)])
    found = counts(report)
    chips = [
        (kind.value, f"{SYMBOLS[kind]} {DONE[kind]}", found[kind])
        for kind in Kind
        if found.get(kind)
    ]
    risky = sum(change.resource.urn in dangers for change in report.changes.changes)
    chips += [("danger", "! in danger", risky)] if risky else []
    return join(
        [
            finder(
                links.section("list"), "Search the changes: names, types, properties, values", chips
            ),
            tag("ul", *rows, id=links.section("list"), class_="rows"),
            tag("p", unchanged, class_="dim"),
            _outputs(report, room),
        ]
    )


def finder(of: str, label: str, chips: Sequence[tuple[str, str, int]] = ()) -> Markup:
    """A search box for the rows of the list with that id. It shows itself where scripts
    run."""
    buttons = [
        tag(
            "button",
            f"{words} ",
            tag("b", f"{number:,}"),
            type="button",
            class_="chip",
            aria_pressed="false",
            data_only=kind,
        )
        for kind, words, number in chips
    ]
    return tag(
        "div",
        tag(
            "label",
            tag("span", label),
            tag("input", type="search", autocomplete="off", spellcheck="false"),
        ),
        tag("div", *buttons, role="group", aria_label="Show only", class_="chips")
        if buttons
        else None,
        tag("button", "Open all", type="button", data_toggle=True, aria_pressed="false"),
        tag("output", aria_live="polite"),
        class_="find",
        data_find=of,
        hidden=True,
    )


def _row(
    change: Change, component: str, links: Links, dangers: Sequence[Risk], room: int
) -> Markup:
    resource, kind = change.resource, change.kind.value
    worst = min((list(Level).index(danger.level) for danger in dangers), default=None)
    flag = f"! {list(Level)[worst].value} danger" if worst is not None else ""
    component = (
        ""
        if component == resource.name
        else component
        if component == BARE
        else f"in {line(component)}"
    )
    forces = any(item.replaces for item in change.properties)
    return tag(
        "li",
        tag(
            "details",
            tag(
                "summary",
                sign(change.kind),
                " ",
                tag("strong", line(resource.name)),
                " ",
                tag("span", line(kind_of(resource)), class_="type"),
                " ",
                tag("span", component, class_="dim") if component else None,
                tag("span", "forces replacement", class_="badge replace") if forces else None,
                tag("span", flag, class_=f"badge {list(Level)[worst].value}")
                if worst is not None
                else None,
            ),
            tag("div", _body(change, links, dangers, room), class_="own"),
        ),
        id=links.of_change(resource.urn),
        data_row=f"{kind} danger" if dangers else kind,
    )


def sign(kind: Kind) -> Markup:
    """The sign of what happens, with the word for those who don't see it."""
    return tag(
        "span",
        SYMBOLS[kind],
        tag("span", f" {DONE[kind]}", class_="unseen"),
        class_=f"sign {kind.value}",
    )


def _body(change: Change, links: Links, dangers: Sequence[Risk], room: int) -> Markup:
    resource = change.resource
    place = links.of_resource(resource.urn)
    rows = [
        (
            "Danger",
            join((f"{danger.level.value}: {line(danger.words)}" for danger in dangers), " "),
        ),
        ("Note", line(change.note)),
        ("Was", _was(change)),
        ("From", line(resource.source)),
        ("Type", line(resource.type)),
        ("In the tree", tag("a", line(resource.name), href=f"#{place}") if place else None),
    ]
    if change.kind in (Kind.CREATE, Kind.DELETE):
        return join([facts(rows), outline(resource.inputs, room), options(resource.options)])
    found = [difference(item, room) for item in (*change.properties, *change.options)]
    return join([facts(rows), tag("ul", *found, class_="props") if found else None])


def _was(change: Change) -> str:
    before, after = change.before, change.after
    if not before or not after or before.urn == after.urn:
        return ""
    return line(before.name if before.name != after.name else before.urn)


def options(given: Mapping[str, Any]) -> Markup | None:
    """Resource options that were set."""
    told = {key: value for key, value in given.items() if key not in ("provider", "aliases")}
    return join([tag("p", "Options", class_="dim"), outline(told, 2_000)]) if told else None


def _outputs(report: Report, room: int) -> Markup | None:
    outputs: Sequence[PropertyChange] = report.changes.outputs if report.changes else ()
    told = [
        PropertyChange(item.path, item.old, item.new)
        for item in outputs
        if (item.old, item.new) != (ABSENT, ABSENT)
    ]
    if not told:
        return None
    items = [difference(item, room) for item in told]
    return join(
        [
            tag("p", f"{count(len(told), 'stack output')} to change:"),
            tag("ul", *items, class_="props"),
        ]
    )
