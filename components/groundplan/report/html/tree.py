"""The resource tree on the page, and the invoke results used by the program."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from groundplan.diff.changes import Kind
from groundplan.manifest.model import Manifest, Resource
from groundplan.report.html.changes import options
from groundplan.report.html.links import Link, Links
from groundplan.report.html.values import Fact, facts, outline
from groundplan.report.model import Report
from groundplan.report.wording import count, kind_of, line


@dataclass(frozen=True)
class TreeRow:
    """A resource in the tree. The rows are in the order of the page, so that a deep
    tree needs no recursion."""

    id: str | None
    kind: Kind | None
    name: str
    type: str
    notes: str
    facts: Sequence[Fact]
    inputs: str
    options: str
    has_children: bool
    closes: int
    """How many levels end after this row."""


@dataclass(frozen=True)
class InvokeRow:
    """An invoke with its arguments and its result."""

    token: str
    arguments: str
    result: str


@dataclass(frozen=True)
class Invokes:
    """All invokes of the program."""

    title: str
    rows: Sequence[InvokeRow]


def tree(report: Report, links: Links, limit: int) -> list[TreeRow]:
    """Returns all resources below their components, with their inputs."""
    manifest = report.manifest
    if manifest is None:
        return []
    kinds = {c.resource.urn: c.kind for c in report.changes.changes} if report.changes else {}
    changes_below: Counter[str] = Counter()
    for urn in kinds:
        parent = manifest.by_urn[urn].parent if urn in manifest.by_urn else None
        while parent and parent in manifest.by_urn:
            changes_below[parent] += 1
            parent = manifest.by_urn[parent].parent
    # A resource whose parent is not in the manifest is listed at the top, so that none
    # is lost.
    tops = [
        resource
        for resource in manifest
        if not resource.parent or resource.parent not in manifest.by_urn
    ]
    builder = _Builder(manifest, links, kinds, changes_below, limit)
    ordered = list(_preorder(manifest, tops))
    depths = [*(depth for _, depth, _ in ordered), 0]
    return [
        builder.row(resource, children, max(depth - depths[position + 1], 0))
        for position, (resource, depth, children) in enumerate(ordered)
    ]


def _preorder(
    manifest: Manifest, tops: Iterable[Resource]
) -> Iterator[tuple[Resource, int, Sequence[Resource]]]:
    """Each resource before those below it, with its depth and its children."""
    stack = [(resource, 0) for resource in reversed(_ordered(tops))]
    while stack:
        resource, depth = stack.pop()
        children = _ordered(manifest.children(resource))
        yield resource, depth, children
        stack += [(child, depth + 1) for child in reversed(children)]


@dataclass(frozen=True)
class _Builder:
    manifest: Manifest
    links: Links
    kinds: Mapping[str, Kind]
    changes_below: Mapping[str, int]
    """URN -> how many resources below it change."""
    limit: int

    def row(self, resource: Resource, children: Sequence[Resource], closes: int) -> TreeRow:
        kind = self.kinds.get(resource.urn)
        created = kind is Kind.CREATE  # its inputs are in the change
        return TreeRow(
            id=self.links.of_resource(resource.urn),
            kind=kind,
            name=line(resource.name),
            type=line(kind_of(resource)),
            notes=" · ".join(self._notes(resource, len(children))),
            facts=self._facts(resource, kind),
            inputs="" if created else outline(resource.inputs, self.limit),
            options="" if created else options(resource.options),
            has_children=bool(children),
            closes=closes,
        )

    def _notes(self, resource: Resource, children: int) -> list[str]:
        options = {"protected": "protect", "imported": "import"}
        notes = [word for word, option in options.items() if resource.option(option)]
        changing = self.changes_below.get(resource.urn, 0)
        if children:
            notes.append(f"{children:,} below{f', {changing:,} changing' if changing else ''}")
        return notes

    def _facts(self, resource: Resource, kind: Kind | None) -> list[Fact]:
        change = self.links.of_change(resource.urn)
        return facts(
            ("Change", Link(kind.value, change) if kind and change else ""),
            ("From", line(resource.source)),
            ("URN", line(resource.urn)),
        )


def _ordered(resources: Iterable[Resource]) -> list[Resource]:
    return sorted(resources, key=lambda r: (r.custom, r.name, r.type))


def invokes(report: Report) -> Invokes | None:
    """Returns the invokes of the program with the results that the preview returned."""
    calls = report.manifest.invokes if report.manifest else ()
    if not calls:
        return None
    title = (
        f"The program called {count(len(calls), 'provider function')}. "
        "No provider ran; the preview returned these results:"
    )
    rows = [
        InvokeRow(line(call.token), outline(call.arguments, 4_000), outline(call.answer, 8_000))
        for call in calls
    ]
    return Invokes(title, rows)
