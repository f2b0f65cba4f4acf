"""The resource tree on the page, and the answers that stood in for the cloud's."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from groundplan.diff.changes import Kind
from groundplan.manifest.model import Manifest, Resource
from groundplan.report.html.changes import finder, options, sign
from groundplan.report.html.links import Links
from groundplan.report.html.values import facts, outline
from groundplan.report.markup import Markup, join, tag
from groundplan.report.model import Report
from groundplan.report.wording import count, kind_of, line


def tree(report: Report, links: Links, room: int) -> Markup | None:
    """All resources below their components, folded, with their inputs."""
    manifest = report.manifest
    if manifest is None or not manifest.resources:
        return None
    kinds = {c.resource.urn: c.kind for c in report.changes.changes} if report.changes else {}
    inside: Counter[str] = Counter()
    for urn in kinds:
        above = manifest.by_urn[urn].parent if urn in manifest.by_urn else None
        while above and above in manifest.by_urn:
            inside[above] += 1
            above = manifest.by_urn[above].parent
    branch = partial(_branch, _Tree(manifest, links, kinds, inside, room))
    # What has a parent that isn't in the manifest stands at the top, so that nothing is
    # lost.
    tops = [
        resource
        for resource in manifest
        if not resource.parent or resource.parent not in manifest.by_urn
    ]
    return join(
        [
            finder(links.section("all"), "Search the resources: names, types, inputs"),
            tag("ul", *map(branch, _ordered(tops)), id=links.section("all"), class_="rows tree"),
        ]
    )


@dataclass(frozen=True)
class _Tree:
    manifest: Manifest
    links: Links
    kinds: Mapping[str, Kind]
    inside: Mapping[str, int]
    """URN -> how many resources below it change."""
    room: int


def _branch(tree: _Tree, resource: Resource) -> Markup:
    below = _ordered(tree.manifest.children(resource))
    kind = tree.kinds.get(resource.urn)
    changing = tree.inside.get(resource.urn, 0)
    notes = [
        word
        for word, on in (
            ("protected", resource.option("protect")),
            ("imported", resource.option("import")),
        )
        if on
    ]
    notes += (
        [f"{len(below):,} below{f', {changing:,} changing' if changing else ''}"] if below else []
    )
    return tag(
        "li",
        tag(
            "details",
            tag(
                "summary",
                join([sign(kind), " "]) if kind else None,
                tag("strong", line(resource.name)),
                " ",
                tag("span", line(kind_of(resource)), class_="type"),
                tag("span", f" · {' · '.join(notes)}", class_="dim") if notes else None,
            ),
            tag("div", _own(resource, kind, tree.links, tree.room), class_="own"),
            tag("ul", *(_branch(tree, child) for child in below)) if below else None,
        ),
        id=tree.links.of_resource(resource.urn),
        data_row=kind.value if kind else "same",
    )


def _own(resource: Resource, kind: Kind | None, links: Links, room: int) -> Markup:
    change = links.of_change(resource.urn)
    rows = [
        ("Change", tag("a", kind.value, href=f"#{change}") if kind and change else None),
        ("From", line(resource.source)),
        ("URN", line(resource.urn)),
    ]
    if kind is Kind.CREATE:  # its inputs are in the change
        return facts(rows)
    return join([facts(rows), outline(resource.inputs, room), options(resource.options)])


def _ordered(resources: Iterable[Resource]) -> list[Resource]:
    return sorted(resources, key=lambda r: (r.custom, r.name, r.type))


def invokes(report: Report) -> Markup | None:
    """Questions that the program put to a provider, and what stood in for the answers."""
    found = report.manifest.invokes if report.manifest else ()
    if not found:
        return None
    rows = [
        tag(
            "li",
            tag(
                "details",
                tag("summary", tag("code", line(invoke.token))),
                tag("div", tag("p", "Asked with", class_="dim"), outline(invoke.arguments, 4_000) or "nothing",
                    tag("p", "Answered with", class_="dim"), outline(invoke.answer, 8_000), class_="own"),
            ),
        )
        for invoke in found
    ]  # fmt: skip
    told = f"The program asked its providers {count(len(found), 'question')}. No cloud was asked; these answers stood in:"
    return join([tag("p", told), tag("ul", *rows, class_="rows")])
