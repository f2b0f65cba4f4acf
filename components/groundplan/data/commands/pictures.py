"""Lineage as a picture: Mermaid for Markdown, and SVG that needs nothing else."""

from html import escape

from groundplan.data.versions.lineage import Graph, Node

COLUMNS = {"objects": 0, "created by": 1, "dataset version": 2, "record": 3, "model version": 4}
"""From left to right; versions that were derived from others move to the right of
them."""

FILLS = {
    "objects": "#eef2f6",
    "created by": "#fdf3dc",
    "dataset version": "#dcebfd",
    "record": "#f3e8fd",
    "model version": "#ddf5e3",
}

BOX, HEIGHT, GAP_X, GAP_Y, MARGIN = 260, 52, 60, 18, 16
"""Pixels."""

CHARACTERS = 38
"""Of a line of text in a box: 6.6 pixels each in the widest of the usual fonts."""


def mermaid(graph: Graph) -> str:
    """Returns a flowchart as Mermaid writes it."""
    names = {key: f"n{number}" for number, key in enumerate(graph.nodes)}
    lines = ["flowchart LR"]
    for key, node in graph.nodes.items():
        text = "<br/>".join(filter(None, (node.kind, node.label, node.detail)))
        # Mermaid reads `#` as the beginning of an entity, and a quote as the text's
        # end.
        safe = text.replace("#", "#35;").replace('"', "#quot;").replace("<br/>", "\0")
        safe = safe.replace("<", "#lt;").replace(">", "#gt;").replace("\0", "<br/>")
        lines.append(f'  {names[key]}["{safe}"]')
    lines += [f"  {names[source]} --> {names[target]}" for source, target in graph.edges]
    return "\n".join(lines) + "\n"


def svg(graph: Graph) -> str:
    """Returns an image with boxes in columns and arrows between them."""
    places = _places(graph)
    right = max((x for x, _ in places.values()), default=0) + BOX + MARGIN
    bottom = max((y for _, y in places.values()), default=0) + HEIGHT + MARGIN
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {right} {bottom}" '
            f'width="{right}" height="{bottom}" font-family="system-ui, sans-serif" role="img">'
        ),
        "<title>Lineage</title>",
        (
            '<marker id="end" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
            'orient="auto"><path d="M0 0 8 4 0 8z" fill="#57606a"/></marker>'
        ),
    ]
    for source, target in graph.edges:
        parts.append(_arrow(places[source], places[target]))
    for key, node in graph.nodes.items():
        parts.append(_box(node, *places[key]))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _places(graph: Graph) -> dict[str, tuple[int, int]]:
    """The corner of each box. A box is to the right of all that it was derived from."""
    column = {key: COLUMNS[node.kind] for key, node in graph.nodes.items()}
    for _ in graph.nodes:  # as many steps as the longest way can have
        moved = False
        for source, target in graph.edges:
            if column[target] <= column[source]:
                column[target], moved = column[source] + 1, True
        if not moved:
            break
    used = {number: place for place, number in enumerate(sorted(set(column.values())))}
    rows: dict[int, int] = {}
    places = {}
    for key in graph.nodes:
        place = used[column[key]]
        row = rows.get(place, 0)
        rows[place] = row + 1
        places[key] = (MARGIN + place * (BOX + GAP_X), MARGIN + row * (HEIGHT + GAP_Y))
    return places


def _arrow(source: tuple[int, int], target: tuple[int, int]) -> str:
    x1, y1 = source[0] + BOX, source[1] + HEIGHT // 2
    x2, y2 = target[0], target[1] + HEIGHT // 2
    middle = (x1 + x2) // 2
    return (
        f'<path d="M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}" fill="none" '
        'stroke="#57606a" marker-end="url(#end)"/>'
    )


def _box(node: Node, x: int, y: int) -> str:
    detail = f"{node.kind}{': ' + node.detail if node.detail else ''}"
    return (
        f"<g><title>{escape(node.id)}</title>"
        f'<rect x="{x}" y="{y}" width="{BOX}" height="{HEIGHT}" rx="6" fill="{FILLS[node.kind]}" '
        'stroke="#8c959f"/>'
        f'<text x="{x + 10}" y="{y + 22}" font-size="12" fill="#1f2328">'
        f"{escape(_cut(node.label))}</text>"
        f'<text x="{x + 10}" y="{y + 40}" font-size="11" fill="#57606a">'
        f"{escape(_cut(detail))}</text></g>"
    )


def _cut(text: str) -> str:
    return (
        text
        if len(text) <= CHARACTERS
        else f"{text[: CHARACTERS // 2]}…{text[-(CHARACTERS // 2 - 1) :]}"
    )
