"""Costs by component, before and after, for tables."""

from dataclasses import dataclass

from groundplan.cost.estimate import Estimate, Item
from groundplan.report.model import Report
from groundplan.report.wording import signed, spread, usd


@dataclass(frozen=True)
class Row:
    """The cost of a component, USD a month."""

    component: str
    before: float
    after: float
    low: float
    high: float
    range_before: str = ""
    """`300-900`; empty where there was none, or where it was the same."""

    @property
    def difference(self) -> float:
        return self.after - self.before


@dataclass(frozen=True)
class Table:
    """A cost table."""

    rows: tuple[Row, ...]
    """Components whose cost changes, the largest change first; without a base all, the
    most expensive first."""
    others: Row | None
    """The sum of those whose cost does not change."""
    total: Row
    compared: bool
    """Whether there is a base, and so a before."""

    @property
    def header(self) -> tuple[str, ...]:
        return (
            ("Component", "Before", "After", "Difference", "Range")
            if self.compared
            else ("Component", "A month", "Range")
        )

    def cells(self, row: Row) -> tuple[str, ...]:
        was = f"was {row.range_before}" if row.range_before else ""
        between = spread(row.low, row.high)
        between = f"{between} ({was})" if between and was else between or was
        if not self.compared:
            return row.component, usd(row.after), between
        return row.component, usd(row.before), usd(row.after), signed(row.difference), between


def table(report: Report) -> Table | None:
    """The cost table; `None` where there is no cost, or where none changes."""
    after, before = report.cost, report.cost_before
    if after is None:
        return None
    now, then = _by_component(after), _by_component(before)
    every = [_row(name, then.get(name, []), now.get(name, [])) for name in sorted({*now, *then})]
    total = _row("Total", list(before.items) if before else [], list(after.items))
    if before is None:
        rows = sorted(
            (row for row in every if usd(row.high) != "0"),
            key=lambda row: (-row.after, row.component),
        )
        return Table(tuple(rows), None, total, False) if rows else None
    changed = [
        row
        for row in every
        if usd(row.difference) != "0" or _bounds(then, row) != (usd(row.low), usd(row.high))
    ]
    if not changed:
        return None
    still = sorted({*now, *then} - {row.component for row in changed})
    before_rest, after_rest = (
        [item for name in still for item in side.get(name, [])] for side in (then, now)
    )
    rest = _row(f"{len(still)} unchanged", before_rest, after_rest)
    rows = sorted(changed, key=lambda row: (-abs(row.difference), row.component))
    return Table(tuple(rows), rest if usd(rest.high) != "0" else None, total, True)


def changed_items(report: Report) -> list[tuple[Item | None, Item | None]]:
    """Resources whose cost or its basis changes, before and after, by component and
    name."""
    then = {item.urn: item for item in (report.cost_before.items if report.cost_before else ())}
    now = {item.urn: item for item in (report.cost.items if report.cost else ())}
    pairs = [(then.get(urn), now.get(urn)) for urn in {*then, *now}]
    changed = [pair for pair in pairs if _expected(pair[0]) != _expected(pair[1])]
    return sorted(
        changed,
        key=lambda pair: [(item.component, item.name, item.urn) for item in pair if item][-1],
    )


def _expected(item: Item | None) -> tuple[float, str]:
    return (item.expected, item.basis) if item else (0.0, "")


def _by_component(estimate: Estimate | None) -> dict[str, list[Item]]:
    items: dict[str, list[Item]] = {}
    for item in estimate.items if estimate else ():
        items.setdefault(item.component, []).append(item)
    return items


def _row(name: str, before: list[Item], after: list[Item]) -> Row:
    low, high = sum(item.low for item in after), sum(item.high for item in after)
    was = spread(sum(item.low for item in before), sum(item.high for item in before))
    was = "" if was == spread(low, high) else was
    return Row(
        name,
        sum(item.expected for item in before),
        sum(item.expected for item in after),
        low,
        high,
        was,
    )


def _bounds(items: dict[str, list[Item]], row: Row) -> tuple[str, str]:
    component_items = items.get(row.component, [])
    return usd(sum(item.low for item in component_items)), usd(
        sum(item.high for item in component_items)
    )
