"""The picture of an environment: its parts as boxes, what depends on what as arrows,
what changes marked. SVG, of any program.

It stands alone as a file and inside of a page: styles are under one class, nothing has
an id, no font and nothing else is loaded. Text is measured by the widest of the usual
system fonts, so that it stays within its box in all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import pairwise

from groundplan.diff.changes import Kind
from groundplan.manifest.model import Manifest
from groundplan.report.diagram.layers import Edge, layout, reduced
from groundplan.report.diagram.lines import Line, lines
from groundplan.report.diagram.parts import Part, edges, parts
from groundplan.report.diagram.text_width import cut, width, wrapped
from groundplan.report.markup import Markup, join, tag
from groundplan.report.model import Report
from groundplan.report.wording import SYMBOLS, count, tally

BOX, PAD, INSET = 272.0, 12.0, 8.0
"""Pixels: the width of a box, the room inside of it, and the VPC's frame inside of
that."""
HEAD, STEP, GROUP = 44.0, 17.0, 5.0
"""Pixels: the height of a box's head, of a line of text, and between lines that are
told apart."""
MARGIN, LEGEND = 20.0, 36.0

CROWDED = 12
"""Arrows above which those are left out that follow from others."""


def diagram(report: Report) -> str:
    """The picture of a report's stack as SVG. Without resources, a picture that says
    so."""
    manifest = report.manifest or Manifest(report.project, report.stack, ())
    boxes = {part.key: _box(part) for part in parts(manifest, report.changes)}
    found = edges([box.part for box in boxes.values()], report.changes)
    drawn = sorted(reduced(found)) if len(found) > CROWDED else found
    placed = layout({key: (BOX, box.height) for key, box in boxes.items()}, drawn)
    legend = _legend(report, bool(drawn), len(drawn) < len(found))
    wide = max([placed.width, BOX, *(at + width(text, 11) for at, _, text in legend)]) + 2 * MARGIN
    tall = placed.height + 2 * MARGIN + LEGEND + (0 if boxes else STEP)
    return tag(
        "svg",
        tag("title", f"{report.project}/{report.stack}: the environment"),
        tag("desc", _described(boxes, found)),
        tag("style", Markup(STYLE)),
        tag("rect", class_="paper", width=_n(wide), height=_n(tall), rx=6),
        *(
            _arrow(edge, placed.routes[edge], (edge[1], edge[0]) in placed.routes, boxes)
            for edge in _once(placed.routes)
        ),
        *(box.drawn(*placed.corners[key]) for key, box in boxes.items()),
        None
        if boxes
        else tag("text", "No resources.", x=_n(MARGIN), y=_n(MARGIN + STEP), class_="dim"),
        *(_label(text, MARGIN + at, tall - MARGIN, 11, name) for at, name, text in legend),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_n(wide)} {_n(tall)}",
        width=_n(wide),
        height=_n(tall),
        role="img",
        class_="groundplan-diagram",
    )


STYLE = (
    resources.files("groundplan.report.diagram")
    .joinpath("diagram.css")
    .read_text(encoding="utf-8")
    .strip()
)


@dataclass(frozen=True)
class _Text:
    """A line of text in a box."""

    text: str
    top: float
    mark: str
    style: str


@dataclass(frozen=True)
class _Box:
    """A part, measured."""

    part: Part
    texts: Sequence[_Text]
    frame: tuple[float, float] | None
    """Top and bottom of the VPC's frame."""
    indent: float
    """Room for the signs before the lines."""
    height: float

    def drawn(self, x: float, y: float) -> Markup:
        """The box with its left top corner there."""
        part = self.part
        counts = _counted(part)
        alike = part.fate or (next(iter(counts)) if len(counts) == 1 else None)
        name = "gone" if part.gone else alike.value if alike else "changed" if counts else "same"
        x, y = x + MARGIN, y + MARGIN
        badge = _badge(counts)
        room = (
            BOX
            - 2 * PAD
            - (width("  ".join(sign for _, sign in badge), 11, bold=True) + 10 if badge else 0)
        )
        told = f"{part.title}{f', {part.kind}' if part.kind else ''}{f': {tally(counts)}' if counts else ''}"
        return tag(
            "g",
            tag("title", told),
            tag(
                "rect",
                class_=f"box {name}",
                x=_n(x),
                y=_n(y),
                width=_n(BOX),
                height=_n(self.height),
                rx=8,
            ),
            _label(cut(part.title, room, 14, bold=True), x + PAD, y + 20, 14, "name"),
            _label(cut(part.kind or "outside of components", room, 11), x + PAD, y + 36, 11, "dim"),
            self._badge(badge, x + BOX - PAD, y + 20) if badge else None,
            self._frame(x, y),
            *(_line(text, x, y, self.indent) for text in self.texts),
        )

    def _badge(self, badge: Sequence[tuple[Kind, str]], x: float, y: float) -> Markup:
        spans = [tag("tspan", sign, class_=f"mark {kind.value}") for kind, sign in badge]
        return tag("text", join(spans, "  "), x=_n(x), y=_n(y), font_size=11, class_="end")

    def _frame(self, x: float, y: float) -> Markup | None:
        if self.frame is None:
            return None
        top, bottom = self.frame
        return tag(
            "rect",
            class_="vpc",
            x=_n(x + INSET),
            y=_n(y + top),
            width=_n(BOX - 2 * INSET),
            height=_n(bottom - top),
            rx=5,
        )


def _box(part: Part) -> _Box:
    found = lines(part)
    top, texts, frame = HEAD, [], None
    inside = [line for line in found if line.inside]
    signs = max((width(_mark(line), 11, bold=True) for line in found), default=0.0)
    indent = signs + 6 if signs else 0.0
    for line in found:
        if inside and line is inside[0]:
            frame, top = (top - 2, top), top + 4
        rows = wrapped(line.text, BOX - 2 * PAD - indent - 4, 12, most=4)
        for number, row in enumerate(rows):
            texts.append(_Text(row, top, _mark(line) if not number else "", _style(line)))
            top += STEP
        top += GROUP
        if inside and line is inside[-1] and frame:
            frame, top = (frame[0], top), top + 8
    return _Box(part, texts, frame, indent, top + 4)


SIGN = 40.0
"""The widest sign of a change before a line, in pixels."""


def _line(text: _Text, x: float, y: float, indent: float) -> Markup:
    at = y + text.top + 12
    mark = (
        _label(text.mark, x + PAD + indent - 6, at, 11, f"mark {text.style} end")
        if text.mark
        else None
    )
    return join([mark, _label(text.text, x + PAD + indent, at, 12, "")])


def _mark(line: Line) -> str:
    """`~` where all of them change alike, `+1 ~2` where not; the count alone where that
    is too long."""
    if not line.marks:
        return ""
    if line.whole:
        return SYMBOLS[next(iter(line.marks))]
    told = " ".join(f"{SYMBOLS[kind]}{number}" for kind, number in line.marks.items())
    return told if width(told, 11, bold=True) <= SIGN else f"±{sum(line.marks.values())}"


def _style(line: Line) -> str:
    return next(iter(line.marks)).value if len(line.marks) == 1 else "changed"


def _badge(counts: Mapping[Kind, int]) -> list[tuple[Kind, str]]:
    """The signs of what happens inside of a part, each with its count."""
    return [(kind, f"{SYMBOLS[kind]}{number}") for kind, number in counts.items()]


def _counted(part: Part) -> Mapping[Kind, int]:
    kinds = list(part.changed.values())
    return {kind: kinds.count(kind) for kind in Kind if kind in kinds}


def _once(routes: Mapping[Edge, object]) -> list[Edge]:
    """Each line once: of two parts that depend on each other, one line stands for both."""
    return [edge for edge in routes if edge[::-1] not in routes or edge < edge[::-1]]


def _arrow(
    edge: Edge, points: Sequence[tuple[float, float]], both: bool, boxes: Mapping[str, _Box]
) -> Markup:
    moved = [(x + MARGIN, y + MARGIN) for x, y in points]
    a, b = (boxes[key].part for key in edge)
    told = (
        f"{a.title} and {b.title} depend on each other"
        if both
        else f"{a.title} depends on {b.title}"
    )
    style = "edge gone" if a.gone or b.gone else "edge"
    return tag(
        "g",
        tag("title", told),
        tag("path", d=_curve(moved), class_=style),
        _head(moved[-2], moved[-1]),
        _head(moved[1], moved[0]) if both else None,
    )


def _curve(points: Sequence[tuple[float, float]]) -> str:
    """A line through the points that leaves and reaches each one upright."""
    told = f"M{_n(points[0][0])} {_n(points[0][1])}"
    for (x, y), (to_x, to_y) in pairwise(points):
        middle = (y + to_y) / 2
        told += f"C{_n(x)} {_n(middle)} {_n(to_x)} {_n(middle)} {_n(to_x)} {_n(to_y)}"
    return told


def _head(before: tuple[float, float], tip: tuple[float, float]) -> Markup:
    back = -7 if tip[1] > before[1] else 7
    x, y = tip
    return tag(
        "path",
        class_="head",
        d=f"M{_n(x)} {_n(y)}L{_n(x - 4.5)} {_n(y + back)}L{_n(x + 4.5)} {_n(y + back)}Z",
    )


def _label(text: str, x: float, y: float, size: int, name: str) -> Markup:
    return tag("text", text, x=_n(x), y=_n(y), font_size=size, class_=name or None)


def _legend(report: Report, arrows: bool, fewer: bool) -> list[tuple[float, str, str]]:
    """What the signs mean: from the left, the style and the text of each."""
    told: list[tuple[str, str]] = []
    if report.changes:
        there = {change.kind for change in report.changes.changes}
        for kind in Kind:
            if kind in there and SYMBOLS[kind] not in [text.split(" ")[0] for _, text in told]:
                told.append((f"mark {kind.value}", f"{SYMBOLS[kind]} {LEGENDS[kind]}"))
        told = told or [("dim", "no changes")]
    if arrows:
        told.append(
            (
                "dim",
                "A → B: A depends on B"
                + (" (without those that follow from others)" if fewer else ""),
            )
        )
    at, found = 0.0, []
    for style, text in told:
        found.append((at, style, text))
        at += width(text, 11, bold=True) + 18
    return found


LEGENDS = {
    Kind.CREATE: "created",
    Kind.UPDATE: "updated",
    Kind.REPLACE: "replaced",
    Kind.DELETE: "deleted",
    Kind.RENAME: "renamed or moved",
    Kind.MOVE: "renamed or moved",
}


def _described(boxes: Mapping[str, _Box], found: Sequence[Edge]) -> str:
    """The picture in words, for those who don't see it."""
    told = []
    for key, box in boxes.items():
        part = box.part
        uses = [boxes[b].part.title for a, b in found if a == key]
        what = f"{part.title} ({f'{part.kind}, ' if part.kind else ''}{count(len(part.resources), 'resource')})"
        change = f": {tally(_counted(part))}" if part.changed else ""
        told.append(what + change + (f"; depends on {', '.join(uses)}" if uses else ""))
    return join([". ".join(told) + "." if told else "No resources."])


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
