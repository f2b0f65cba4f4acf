"""The assessment of a stack on the page: risks with the resources they affect, access,
costs, policy findings."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from groundplan.cost.estimate import Estimate
from groundplan.policy.finding import Finding, Severity
from groundplan.report import costs
from groundplan.report.costs import Row
from groundplan.report.html.links import Link, Links
from groundplan.report.html.values import Fact, facts
from groundplan.report.model import Report
from groundplan.report.risk_groups import RiskGroup, RiskOf, risk_groups
from groundplan.report.wording import count, line, name_in, spread, where
from groundplan.risk.access_changes import AccessChange, access_changes

MOST_VISIBLE = 8
"""Affected resources that are visible; more are folded."""

MOST_RESOURCES = 100
"""Resources with the same risk that are linked."""

MOST_CAUSES = 3
"""Causes of the same risk that are named."""

MOST_ROWS = 1_000
"""Rows of the access table."""

BAR = 120
"""Width of a range bar, in pixels."""


@dataclass(frozen=True)
class RiskCard:
    """A risk."""

    level: str
    kind: str
    stacks: Sequence[str]
    """The stacks that have it, where there are several."""
    words: str
    cause: str
    source: str
    resources: Sequence[Link]
    """The resources that have it, the one in the words first."""
    affected: Sequence[Link]
    folded: str
    """The title of the folded list of affected resources; empty where they are few."""


@dataclass(frozen=True)
class FindingCard:
    """A policy finding."""

    severity: str
    new: bool
    rule: str
    reason: str
    fix: str
    facts: Sequence[Fact]


@dataclass(frozen=True)
class Bar:
    """A cost on a scale, in pixels: its range and its expected value."""

    left: str
    width: str
    expected: str


@dataclass(frozen=True)
class Cell:
    """A cell of a table: a text or a link, with a sign or a bar."""

    content: Link
    sign: str = ""
    """`+` or `-`."""
    bar: Bar | None = None


@dataclass(frozen=True)
class Table:
    """A table; with `numbers`, all columns but the first and the last are numbers."""

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    numbers: bool = False
    total: Sequence[Cell] = ()


@dataclass(frozen=True)
class Access:
    """The access table, and how many rows it lacks."""

    table: Table
    more: str


@dataclass(frozen=True)
class Costs:
    """The costs of a stack."""

    table: Table | None
    """By component; `None` where nothing has a cost."""
    unknown_title: str
    unknown: Sequence[str]
    source: str
    assumptions: Sequence[Fact]
    items: Table | None
    """By resource."""


@dataclass(frozen=True)
class Risks:
    """The risks of a stack."""

    cards: Sequence[RiskCard]
    shared: str
    """How many more it has in common with other stacks; empty for none."""


def risks(report: Report, links: Links, shared: Collection[RiskOf]) -> Risks | None:
    """Returns the risks, most severe first, but for those that several stacks have;
    `None` without a base."""
    if report.changes is None:
        return None
    common = {id(each.risk) for each in shared}
    cards, number = [], 0
    for group in risk_groups([report]):
        if id(group.first) in common:
            number += len(group.risks)
        else:
            cards.append(_risk(group, [links]))
    return Risks(cards, count(number, "risk") if number else "")


def shared_risks(reports: Sequence[Report]) -> list[RiskGroup]:
    """Returns the risks that several stacks have."""
    return [group for group in risk_groups(reports) if len(group.stacks) > 1]


def shared(groups: Sequence[RiskGroup], links: Sequence[Links]) -> Risks:
    """Returns the risks that several stacks have, each once with their names."""
    return Risks([_risk(group, links) for group in groups], "")


def _risk(group: RiskGroup, links: Sequence[Links]) -> RiskCard:
    number = len(group.affected)
    risk, own = group.first, links[group.risks[0].report]
    resources = [links[each.report].to(each.risk.urn) for each in group.risks if each.risk.urn]
    return RiskCard(
        level=group.level.value,
        kind=risk.kind.replace("-", " "),
        stacks=[line(stack) for stack in group.stacks] if len(group.stacks) > 1 else (),
        words=line(risk.words),
        cause="; ".join(map(line, group.because[:MOST_CAUSES])),
        source="; ".join(where(*place) for place in group.places[:MOST_CAUSES]),
        resources=resources[:MOST_RESOURCES],
        affected=own.to_names(group.affected),
        folded=f"{number:,} resources depend on it" if number > MOST_VISIBLE else "",
    )


def findings(report: Report, links: Links) -> list[FindingCard] | None:
    """New findings first, then by severity and rule; `None` where the policy was not
    checked."""
    if report.cost is None and not report.findings:
        return None
    new = set(report.new_findings)
    ordered = sorted(
        report.findings,
        key=lambda f: (f not in new, list(Severity).index(f.severity), f.rule, name_in(f.urn)),
    )
    return [_finding(finding, finding in new, links) for finding in ordered]


def _finding(finding: Finding, new: bool, links: Links) -> FindingCard:
    return FindingCard(
        severity=finding.severity.value,
        new=new,
        rule=line(finding.rule),
        reason=line(finding.reason),
        fix=line(finding.fix),
        facts=facts(
            ("Resource", links.to(finding.urn)),
            ("Input", line(finding.property)),
            ("From", where(finding.source, finding.setting)),
        ),
    )


def access(report: Report, links: Links) -> Access | None:
    """IAM statements and security-group rules that are added and removed."""
    rows = access_changes(report.changes) if report.changes else []
    if not rows:
        return None
    conditions = any(row.condition for row in rows)
    header = ["", "Resource", "Effect", "Action", "Target", "Principal"]
    header += ["Condition"] if conditions else []
    cells = [_access(row, conditions, links) for row in rows[:MOST_ROWS]]
    more = len(rows) - MOST_ROWS
    return Access(
        Table("Access that changes", header, cells),
        f"{count(more, 'row')} more: see the changes." if more > 0 else "",
    )


def _access(row: AccessChange, conditions: bool, links: Links) -> list[Cell]:
    cells = [
        Cell(Link("new" if row.sign == "+" else "gone"), sign=row.sign),
        Cell(links.to(row.urn)),
        Cell(Link(row.effect)),
    ]
    words = [row.action, row.target, row.principal, *([row.condition] if conditions else [])]
    return cells + [Cell(Link(line(word), code=True)) for word in words]


def cost(report: Report) -> Costs | None:
    """Costs by component, with the range that autoscaling allows, and their basis."""
    after, before = report.cost, report.cost_before
    if after is None:
        return None
    rows = costs.rows(after, before, report.cost_change)
    rows.sort(
        key=lambda row: (
            not row.unknown_change,
            -abs(row.difference) if before else 0,
            -row.after,
            row.component,
        )
    )
    return Costs(
        table=_table(rows, report) if rows or after.unknown else None,
        unknown_title=f"{count(len(after.unknown), 'resource')} without a known price, not counted",
        unknown=[line(text) for text in after.unknown],
        source=line(after.source),
        assumptions=facts(*((line(k), line(v)) for k, v in sorted(after.assumptions.items()))),
        items=_items(after),
    )


def _table(rows: Sequence[Row], report: Report) -> Table | None:
    if report.cost is None:
        return None
    compared = report.cost_before is not None
    total = costs.total(report.cost, report.cost_before, report.cost_change)
    highest = max((row.high for row in rows), default=0.0)
    columns = ("Before", "After", "Difference") if compared else ("A month",)
    return Table(
        "Cost by component",
        ("Component", *columns, "Range"),
        [_cost(row, highest, compared) for row in rows],
        numbers=True,
        total=_cost(total, 0.0, compared),
    )


def _cost(row: Row, highest: float, compared: bool) -> list[Cell]:
    numbers = row.amounts if compared else row.amounts[1:2]
    cells = [Cell(Link(text)) for text in (line(row.component), *numbers)]
    between = spread(row.low, row.high) or row.amounts[1]
    return [*cells, Cell(Link(between), bar=_bar(row, highest))]


def _bar(row: Row, highest: float) -> Bar | None:
    if highest <= 0 or row.high <= 0:
        return None
    left, width = BAR * row.low / highest, max(BAR * (row.high - row.low) / highest, 2)
    return Bar(
        f"{left:.1f}",
        f"{min(width, BAR - left + 2):.1f}",
        f"{min(BAR * row.after / highest, BAR):.1f}",
    )


def _items(estimate: Estimate) -> Table | None:
    items = sorted(estimate.items, key=lambda item: (item.component, -item.expected, item.name))
    gaps = {gap.urn for gap in estimate.unpriced}
    rows = [
        [
            line(i.name),
            costs.amount(i.expected, i.urn in gaps),
            spread(i.low, i.high),
            line(i.basis),
        ]
        for i in items
    ]
    header = ("Resource", "A month", "Range", "Basis")
    cells = [[Cell(Link(text)) for text in row] for row in rows]
    return Table("Cost by resource", header, cells) if rows else None
