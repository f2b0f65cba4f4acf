"""The diagram of an environment: its parts as boxes, their dependencies as arrows, with
changes marked. SVG, for any program.

It works as a file and within a page: styles are scoped to one class, nothing has an id,
no font and nothing else is loaded. Text is measured with the widest of the usual system
fonts, so that it fits its box in all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import pairwise

from markupsafe import Markup

from groundplan.diff.changes import Kind
from groundplan.manifest.model import Manifest
from groundplan.report.diagram.layers import Edge, layout, reduced
from groundplan.report.diagram.lines import Line, lines
from groundplan.report.diagram.parts import Part, edges, parts
from groundplan.report.diagram.text_width import cut, width, wrapped
from groundplan.report.model import Report
from groundplan.report.templates import environment, visible
from groundplan.report.wording import SYMBOLS, count, tally

BOX, PAD, INSET = 272.0, 12.0, 8.0
"""Pixels: the width of a box, its padding, and the inset of the VPC's frame."""
HEAD, STEP, GROUP = 44.0, 17.0, 5.0
"""Pixels: the height of a box's head, of a line of text, and between groups of
lines."""
MARGIN, LEGEND = 20.0, 36.0

CROWDED = 12
"""Arrows above which those are omitted that follow from others."""

MARK = 40.0
"""The widest sign of a change before a line, in pixels."""

STYLE = (
    resources.files("groundplan.report.diagram")
    .joinpath("diagram.css")
    .read_text(encoding="utf-8")
    .strip()
)

LEGENDS = {
    Kind.CREATE: "created",
    Kind.UPDATE: "updated",
    Kind.REPLACE: "replaced",
    Kind.DELETE: "deleted",
    Kind.RETAIN: "retained, not managed any more",
    Kind.RENAME: "renamed or moved",
    Kind.MOVE: "renamed or moved",
}


@dataclass(frozen=True)
class Label:
    """A text with its baseline's position."""

    text: str
    x: float
    y: float
    size: int
    style: str = ""


@dataclass(frozen=True)
class Frame:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Badge:
    """The signs of the changes inside of a part, each with its count, aligned to the
    right at `x`."""

    x: float
    y: float
    signs: Sequence[tuple[str, str]]
    """Style and text."""


@dataclass(frozen=True)
class Box:
    """A part, drawn."""

    title: str
    style: str
    x: float
    y: float
    width: float
    height: float
    labels: Sequence[Label]
    badge: Badge | None
    frame: Frame | None
    """Of the VPC."""


@dataclass(frozen=True)
class Arrow:
    """A dependency, drawn: paths of its line and its heads."""

    title: str
    path: str
    style: str
    heads: Sequence[str]


@dataclass(frozen=True)
class Drawing:
    """Everything in the SVG, with positions in pixels."""

    title: str
    description: str
    width: float
    height: float
    arrows: Sequence[Arrow]
    boxes: Sequence[Box]
    labels: Sequence[Label]


def diagram(report: Report) -> str:
    """Returns the diagram of a report's stack as SVG. Without resources, it says so."""
    return str(svg(drawing(report)))


def svg(drawing: Drawing) -> Markup:
    """A drawing as SVG; the template escapes all text."""
    template = TEMPLATES.get_template("diagram.svg.jinja")
    style = Markup(STYLE)  # noqa: S704 (a file of this package)
    return Markup(template.render(drawing=drawing, style=style).strip())  # noqa: S704


def drawing(report: Report) -> Drawing:
    """Returns the parts of a stack, measured and placed."""
    manifest = report.manifest or Manifest(report.project, report.stack, ())
    measured = {part.key: _measure(part) for part in parts(manifest, report.changes)}
    every = edges([box.part for box in measured.values()], report.changes)
    drawn = sorted(reduced(every)) if len(every) > CROWDED else every
    placed = layout({key: (BOX, box.height) for key, box in measured.items()}, drawn)
    legend = _legend(report, bool(drawn), len(drawn) < len(every))
    wide = max([placed.width, BOX, *(at + width(text, 11) for at, _, text in legend)]) + 2 * MARGIN
    tall = placed.height + 2 * MARGIN + LEGEND + (0 if measured else STEP)
    labels = [Label(text, MARGIN + at, tall - MARGIN, 11, style) for at, style, text in legend]
    if not measured:
        labels.insert(0, Label("No resources.", MARGIN, MARGIN + STEP, 12, "dim"))
    return Drawing(
        title=f"{report.project}/{report.stack}: the environment",
        description=_description(measured, every),
        width=wide,
        height=tall,
        arrows=[
            _arrow(edge, placed.routes[edge], (edge[1], edge[0]) in placed.routes, measured)
            for edge in _once(placed.routes)
        ],
        boxes=[box.at(*placed.corners[key]) for key, box in measured.items()],
        labels=labels,
    )


def pixels(value: float) -> str:
    """A length with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")


TEMPLATES = environment("groundplan.report.diagram", visible, pixels=pixels)


@dataclass(frozen=True)
class _Text:
    """A line of text in a box."""

    text: str
    top: float
    mark: str
    style: str


@dataclass(frozen=True)
class _Measured:
    """A part, measured."""

    part: Part
    texts: Sequence[_Text]
    frame: tuple[float, float] | None
    """Top and bottom of the VPC's frame."""
    indent: float
    """The width of the signs before the lines."""
    height: float

    def at(self, x: float, y: float) -> Box:
        """Returns the box with its left top corner there."""
        part = self.part
        counts = _counts(part)
        alike = part.fate or (next(iter(counts)) if len(counts) == 1 else None)
        style = "gone" if part.gone else alike.value if alike else "changed" if counts else "same"
        x, y = x + MARGIN, y + MARGIN
        signs = [(kind.value, f"{SYMBOLS[kind]}{number}") for kind, number in counts.items()]
        badge = width("  ".join(sign for _, sign in signs), 11, bold=True) + 10 if signs else 0
        left = BOX - 2 * PAD - badge
        kind, change = f", {part.kind}" if part.kind else "", f": {tally(counts)}" if counts else ""
        labels = [
            Label(cut(part.title, left, 14, bold=True), x + PAD, y + 20, 14, "name"),
            Label(cut(part.kind or "outside of components", left, 11), x + PAD, y + 36, 11, "dim"),
        ]
        for text in self.texts:
            labels += _labels(text, x, y, self.indent)
        return Box(
            title=f"{part.title}{kind}{change}",
            style=style,
            x=x,
            y=y,
            width=BOX,
            height=self.height,
            labels=labels,
            badge=Badge(x + BOX - PAD, y + 20, signs) if signs else None,
            frame=self._frame(x, y),
        )

    def _frame(self, x: float, y: float) -> Frame | None:
        if self.frame is None:
            return None
        top, bottom = self.frame
        return Frame(x + INSET, y + top, BOX - 2 * INSET, bottom - top)


def _measure(part: Part) -> _Measured:
    shown = lines(part)
    top, texts, frame = HEAD, [], None
    inside = [line for line in shown if line.inside]
    marks = max((width(_mark(line), 11, bold=True) for line in shown), default=0.0)
    indent = marks + 6 if marks else 0.0
    for line in shown:
        if inside and line is inside[0]:
            frame, top = (top - 2, top), top + 4
        rows = wrapped(line.text, BOX - 2 * PAD - indent - 4, 12, most=4)
        for number, row in enumerate(rows):
            texts.append(_Text(row, top, _mark(line) if not number else "", _style(line)))
            top += STEP
        top += GROUP
        if inside and line is inside[-1] and frame:
            frame, top = (frame[0], top), top + 8
    return _Measured(part, texts, frame, indent, top + 4)


def _labels(text: _Text, x: float, y: float, indent: float) -> list[Label]:
    baseline, left = y + text.top + 12, x + PAD + indent
    mark = Label(text.mark, left - 6, baseline, 11, f"mark {text.style} end")
    return [*([mark] if text.mark else []), Label(text.text, left, baseline, 12)]


def _mark(line: Line) -> str:
    """`~` where all resources change alike, `+1 ~2` where not; the count alone where
    that is too long."""
    if not line.marks:
        return ""
    if line.whole:
        return SYMBOLS[next(iter(line.marks))]
    signs = " ".join(f"{SYMBOLS[kind]}{number}" for kind, number in line.marks.items())
    return signs if width(signs, 11, bold=True) <= MARK else f"±{sum(line.marks.values())}"


def _style(line: Line) -> str:
    return next(iter(line.marks)).value if len(line.marks) == 1 else "changed"


def _counts(part: Part) -> Mapping[Kind, int]:
    kinds = list(part.changed.values())
    return {kind: kinds.count(kind) for kind in Kind if kind in kinds}


def _once(routes: Mapping[Edge, object]) -> list[Edge]:
    """Each line once: two parts that depend on each other have one line."""
    return [edge for edge in routes if edge[::-1] not in routes or edge < edge[::-1]]


def _arrow(
    edge: Edge, points: Sequence[tuple[float, float]], both: bool, boxes: Mapping[str, _Measured]
) -> Arrow:
    moved = [(x + MARGIN, y + MARGIN) for x, y in points]
    a, b = (boxes[key].part for key in edge)
    title = (
        f"{a.title} and {b.title} depend on each other"
        if both
        else f"{a.title} depends on {b.title}"
    )
    style = "edge gone" if a.gone or b.gone else "edge"
    heads = [_head(moved[-2], moved[-1]), *([_head(moved[1], moved[0])] if both else [])]
    return Arrow(title, _curve(moved), style, heads)


def _curve(points: Sequence[tuple[float, float]]) -> str:
    """A path through the points, vertical at each of them."""
    path = f"M{pixels(points[0][0])} {pixels(points[0][1])}"
    for (x, y), (to_x, to_y) in pairwise(points):
        middle = (y + to_y) / 2
        path += (
            f"C{pixels(x)} {pixels(middle)} {pixels(to_x)} {pixels(middle)} "
            f"{pixels(to_x)} {pixels(to_y)}"
        )
    return path


def _head(before: tuple[float, float], tip: tuple[float, float]) -> str:
    back = -7 if tip[1] > before[1] else 7
    x, y = tip
    base = pixels(y + back)
    return f"M{pixels(x)} {pixels(y)}L{pixels(x - 4.5)} {base}L{pixels(x + 4.5)} {base}Z"


def _legend(report: Report, arrows: bool, fewer: bool) -> list[tuple[float, str, str]]:
    """Returns the meaning of the signs: offset from the left, style and text of
    each."""
    entries: list[tuple[str, str]] = []
    if report.changes:
        kinds = {change.kind for change in report.changes.changes}
        for kind in Kind:
            if kind in kinds and SYMBOLS[kind] not in [text.split(" ")[0] for _, text in entries]:
                entries.append((f"mark {kind.value}", f"{SYMBOLS[kind]} {LEGENDS[kind]}"))
        entries = entries or [("dim", "no changes")]
    if arrows:
        without = " (without those that follow from others)" if fewer else ""
        entries.append(("dim", f"A → B: A depends on B{without}"))
    at, placed = 0.0, []
    for style, text in entries:
        placed.append((at, style, text))
        at += width(text, 11, bold=True) + 18
    return placed


def _description(boxes: Mapping[str, _Measured], every: Sequence[Edge]) -> str:
    """Returns the diagram in words, for screen readers."""
    sentences = []
    for key, box in boxes.items():
        part = box.part
        uses = [boxes[b].part.title for a, b in every if a == key]
        kind = f"{part.kind}, " if part.kind else ""
        what = f"{part.title} ({kind}{count(len(part.resources), 'resource')})"
        change = f": {tally(_counts(part))}" if part.changed else ""
        sentences.append(what + change + (f"; depends on {', '.join(uses)}" if uses else ""))
    return ". ".join(sentences) + "." if sentences else "No resources."
