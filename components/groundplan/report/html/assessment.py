"""What is judged, on the page: dangers with their blast radius, access, costs, findings
of the policy."""

from collections.abc import Iterable, Sequence

from groundplan.cost.estimate import Estimate, Item
from groundplan.policy.finding import Finding, Severity
from groundplan.report.costs import Row
from groundplan.report.html.links import Links
from groundplan.report.html.values import facts
from groundplan.report.markup import Child, Markup, join, tag
from groundplan.report.model import Report
from groundplan.report.wording import count, line, name_in, signed, spread, usd
from groundplan.risk.access_changes import AccessChange, access_changes
from groundplan.risk.risk import Risk

NEAR = 8
"""Names of a blast radius that stand in sight; the rest is folded."""

MOST_ROWS = 1_000
"""Rows of the access table."""

BAR = 120
"""Width of a range bar, in pixels."""


def dangers(report: Report, links: Links) -> Markup | None:
    """Worst first, each with what depends on it."""
    if report.changes is None:
        return None
    if not report.dangers:
        return tag("p", "No danger was found in the changes.")
    return tag("ul", *(_danger(danger, links) for danger in report.dangers), class_="cards")


def _danger(danger: Risk, links: Links) -> Markup:
    names = danger.affected
    near = tag("p", "Depends on it: ", links.named(names[:NEAR])) if names else None
    if len(names) > NEAR:
        near = tag(
            "details",
            tag("summary", f"{len(names):,} resources depend on it"),
            tag("p", links.named(names)),
        )
    return tag(
        "li",
        tag(
            "p",
            _badge(danger.level.value),
            " ",
            tag("span", danger.kind.replace("-", " "), class_="dim"),
        ),
        tag("p", tag("strong", line(danger.words))),
        tag("p", "Because ", tag("span", line(danger.because))) if danger.because else None,
        tag("p", "See ", links.to(danger.urn)) if danger.urn else None,
        near,
        class_=f"level {danger.level.value}",
    )


def _badge(level: str) -> Markup:
    return tag(
        "span", f"! {level}" if level in ("high", "critical") else level, class_=f"badge {level}"
    )


def findings(report: Report, links: Links) -> Markup | None:
    """New ones first, then by severity and rule."""
    if report.cost is None and not report.findings:
        return None  # it never came to that
    new = set(report.new_findings)
    order = sorted(
        report.findings,
        key=lambda f: (f not in new, list(Severity).index(f.severity), f.rule, name_in(f.urn)),
    )
    if not order:
        return tag("p", "No rule of the policy is broken.")
    return tag(
        "ul", *(_finding(finding, finding in new, links) for finding in order), class_="cards"
    )


def _finding(finding: Finding, new: bool, links: Links) -> Markup:
    return tag(
        "li",
        tag(
            "p",
            _badge(finding.severity.value),
            tag("span", "new", class_="badge new") if new else None,
            " ",
            tag("code", line(finding.rule)),
        ),
        tag("p", tag("strong", line(finding.reason))),
        tag("p", "Fix: ", line(finding.fix)),
        facts(
            [
                ("Resource", links.to(finding.urn)),
                ("Input", line(finding.property)),
                ("From", line(finding.source)),
            ]
        ),
        class_=f"level {finding.severity.value}",
    )


def access(report: Report, links: Links) -> Markup | None:
    """IAM statements and security-group rules that come and go."""
    rows = access_changes(report.changes) if report.changes else []
    if not rows:
        return None
    conditions = any(row.condition for row in rows)
    header = (
        "",
        "Resource",
        "Effect",
        "Action",
        "Target",
        "Principal",
        *(["Condition"] if conditions else []),
    )
    shown = table(
        header, (_access(row, conditions, links) for row in rows[:MOST_ROWS]), "Access that changes"
    )
    more = len(rows) - MOST_ROWS
    return join(
        [shown, tag("p", f"{count(more, 'row')} more: see the changes.") if more > 0 else None]
    )


def _access(row: AccessChange, conditions: bool, links: Links) -> list[Child]:
    style, word = ("create", "new") if row.sign == "+" else ("delete", "gone")
    mark = tag("span", tag("span", row.sign, class_=f"sign {style}"), word, class_="nowrap")
    told: list[Child] = [
        mark,
        links.to(row.urn),
        row.effect,
        *map(_code, (row.action, row.target, row.principal)),
    ]
    return [*told, _code(row.condition)] if conditions else told


def _code(words: str) -> Markup:
    return tag("code", line(words)) if words else Markup("")


def cost(report: Report) -> Markup | None:
    """By component, with the range that autoscaling allows, and what it all rests on."""
    after, before = report.cost, report.cost_before
    if after is None:
        return None
    rows = _components(after, before)
    if not rows and not after.unknown:
        return tag("p", "Nothing here has a cost.")
    total = Row("Total", before.expected if before else 0.0, after.expected, after.low, after.high)
    widest = max((row.high for row in rows), default=0.0)
    cells = [
        *(_cost(row, widest, before is not None) for row in rows),
        _cost(total, 0.0, before is not None),
    ]
    header = (
        "Component",
        *(("Before", "After", "Difference") if before else ("A month",)),
        "Range",
    )
    return join([
        tag("p", "USD a month, as expected; the bar goes from the least to the most that autoscaling allows.", class_="dim"),
        table(header, cells, "Cost by component", numbers=True, total=True),
        _unknown(after),
        _rests_on(after),
    ])  # fmt: skip


def _components(after: Estimate, before: Estimate | None) -> list[Row]:
    def of(estimate: Estimate | None, component: str) -> list[Item]:
        return [
            item for item in (estimate.items if estimate else ()) if item.component == component
        ]

    names = {item.component for side in (after, before) if side for item in side.items}
    rows = []
    for name in names:
        now, then = of(after, name), of(before, name)
        low, high = sum(item.low for item in now), sum(item.high for item in now)
        rows.append(
            Row(
                name,
                sum(item.expected for item in then),
                sum(item.expected for item in now),
                low,
                high,
            )
        )
    return sorted(
        rows, key=lambda row: (-abs(row.difference) if before else 0, -row.after, row.component)
    )


def _cost(row: Row, widest: float, compared: bool) -> list[Child]:
    between = tag("span", spread(row.low, row.high) or usd(row.after))
    numbers = (
        [usd(row.before), usd(row.after), signed(row.difference)] if compared else [usd(row.after)]
    )
    return [line(row.component), *numbers, join([_bar(row, widest), between])]


def _bar(row: Row, widest: float) -> Markup | None:
    if widest <= 0 or row.high <= 0:
        return None
    left, width = BAR * row.low / widest, max(BAR * (row.high - row.low) / widest, 2)
    return tag(
        "svg",
        tag("rect", class_="way", x=0, y=5, width=BAR, height=2),
        tag(
            "rect",
            class_="range",
            x=f"{left:.1f}",
            y=3,
            width=f"{min(width, BAR - left + 2):.1f}",
            height=6,
        ),
        tag(
            "rect",
            class_="tick",
            x=f"{min(BAR * row.after / widest, BAR):.1f}",
            y=0,
            width=2,
            height=12,
        ),
        class_="bar",
        viewBox=f"0 0 {BAR + 2} 12",
        width=BAR + 2,
        height=12,
        aria_hidden="true",
    )


def _unknown(estimate: Estimate) -> Markup | None:
    if not estimate.unknown:
        return None
    told = f"{count(len(estimate.unknown), 'resource')} without a known price, not counted"
    return tag(
        "details",
        tag("summary", told),
        tag("ul", *(tag("li", line(what)) for what in estimate.unknown)),
    )


def _rests_on(estimate: Estimate) -> Markup:
    header = ("Resource", "A month", "Range", "How it is reckoned")
    items = sorted(estimate.items, key=lambda item: (item.component, -item.expected, item.name))
    rows = [(line(i.name), usd(i.expected), spread(i.low, i.high), line(i.basis)) for i in items]
    return tag(
        "details",
        tag("summary", "What the costs rest on"),
        tag("p", "Prices: ", line(estimate.source)) if estimate.source else None,
        facts([(line(name), line(words)) for name, words in sorted(estimate.assumptions.items())]),
        table(header, rows, "Cost by resource") if rows else None,
    )


def table(
    header: Sequence[str],
    rows: Iterable[Sequence[Child]],
    caption: str,
    numbers: bool = False,
    total: bool = False,
) -> Markup:
    """A table that scrolls by itself where it is too wide. With `numbers`, the cells
    between first and last are numbers."""

    def style(place: int) -> str | None:
        return "number" if numbers and 0 < place < len(header) - 1 else None

    def cell(place: int, content: Child) -> Markup:
        # The column's name is shown before the cell where a phone stacks them.
        return tag("td", content, class_=style(place), data_label=header[place] or None)

    lines = [
        tag("tr", *(cell(place, content) for place, content in enumerate(row))) for row in rows
    ]
    foot = tag("tfoot", lines.pop()) if total else None
    heads = (
        tag("th", name or tag("span", "Sign", class_="unseen"), scope="col", class_=style(place))
        for place, name in enumerate(header)
    )
    inner = tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", *heads)),
        tag("tbody", *lines),
        foot,
    )
    return tag("div", inner, class_="wide", tabindex=0, role="region", aria_label=caption)
