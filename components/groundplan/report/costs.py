"""Costs by component, before and after, for tables."""

from dataclasses import dataclass, replace

from groundplan.cost.estimate import Estimate, Item, Unpriced
from groundplan.report.cost_change import CostChange
from groundplan.report.model import Report
from groundplan.report.wording import UNKNOWN, signed, spread, usd


def amount(known: float, unknown: bool) -> str:
    """`65`, `65 + unknown`, `unknown`."""
    if not unknown:
        return usd(known)
    return f"{usd(known)} + {UNKNOWN}" if usd(known) != "0" else UNKNOWN


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
    unknown_before: bool = False
    """Whether a part of it had no known price."""
    unknown_after: bool = False
    unknown_change: bool = False
    """Whether the difference is not known: a charge has no price on one side, or none
    and its resource changes."""

    @property
    def difference(self) -> float:
        """The difference of what has a price."""
        return self.after - self.before

    @property
    def amounts(self) -> tuple[str, str, str]:
        """Before, after and difference as text; what has no known price is `unknown`,
        never 0."""
        return (
            amount(self.before, self.unknown_before),
            amount(self.after, self.unknown_after),
            UNKNOWN if self.unknown_change else signed(self.difference),
        )


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
        before, after, difference = row.amounts
        if not self.compared:
            return row.component, after, between
        return row.component, before, after, difference, between


def table(report: Report) -> Table | None:
    """Returns the cost table; `None` where there is no cost, or where none changes."""
    after, before = report.cost, report.cost_before
    if after is None:
        return None
    every = rows(after, before, report.cost_change)
    whole = total(after, before, report.cost_change)
    if before is None:
        shown = sorted(
            (row for row in every if usd(row.high) != "0" or row.unknown_after),
            key=lambda row: (-row.after, row.component),
        )
        return Table(tuple(shown), None, whole, False) if shown else None
    then = _by_component(before)
    changed = [
        row
        for row in every
        if row.unknown_change
        or usd(row.difference) != "0"
        or _bounds(then, row) != (usd(row.low), usd(row.high))
    ]
    if not changed:
        return None
    still = {row.component for row in every} - {row.component for row in changed}
    rest = _sum(f"{len(still)} unchanged", [row for row in every if row.component in still])
    ordered = sorted(
        changed, key=lambda row: (not row.unknown_change, -abs(row.difference), row.component)
    )
    kept = rest if usd(rest.high) != "0" or rest.unknown_after else None
    return Table(tuple(ordered), kept, whole, True)


def rows(after: Estimate, before: Estimate | None, change: CostChange | None) -> list[Row]:
    """Returns the cost of each component, by name."""
    now, then = _by_component(after), _by_component(before)
    unknown_now, unknown_then = _unpriced(after), _unpriced(before)
    changing = change.unknown_urns if change else frozenset()
    return [
        replace(
            _row(name, then.get(name, []), now.get(name, [])),
            unknown_before=name in unknown_then,
            unknown_after=name in unknown_now,
            unknown_change=bool(
                changing & (unknown_now.get(name, set()) | unknown_then.get(name, set()))
            ),
        )
        for name in sorted({*now, *then, *unknown_now, *unknown_then})
    ]


def total(after: Estimate, before: Estimate | None, change: CostChange | None) -> Row:
    """Returns the cost of the whole stack."""
    return replace(
        _row("Total", list(before.items) if before else [], list(after.items)),
        unknown_before=bool(before and before.unpriced),
        unknown_after=bool(after.unpriced),
        unknown_change=bool(change and change.unknown),
    )


def _sum(name: str, parts: list[Row]) -> Row:
    return Row(
        name,
        sum(row.before for row in parts),
        sum(row.after for row in parts),
        sum(row.low for row in parts),
        sum(row.high for row in parts),
        unknown_before=any(row.unknown_before for row in parts),
        unknown_after=any(row.unknown_after for row in parts),
    )


def _unpriced(estimate: Estimate | None) -> dict[str, set[str]]:
    """Component -> URNs of its resources without a known price."""
    found: dict[str, set[str]] = {}
    for item in estimate.unpriced if estimate else ():
        found.setdefault(item.component, set()).add(item.urn)
    return found


@dataclass(frozen=True)
class Side:
    """The cost of a resource on one side of a comparison."""

    amount: str
    """`65`, `2.70 + unknown`, `unknown`; empty where the resource costs nothing."""
    basis: str


@dataclass(frozen=True)
class ChangedCost:
    """A resource whose cost or its basis changes."""

    name: str
    before: Side
    after: Side


def changed_costs(report: Report) -> list[ChangedCost]:
    """Resources whose cost or its basis changes, by component and name; nothing without
    a base."""
    if report.cost is None or report.cost_before is None:
        return []
    urns_after = report.changes.urns_after if report.changes else {}
    then = {urns_after.get(u, u): side for u, side in _sides(report.cost_before).items()}
    now = _sides(report.cost)
    names = {
        urns_after.get(item.urn, item.urn): (item.component, item.name)
        for item in _priced(report.cost_before)
    }
    names |= {item.urn: (item.component, item.name) for item in _priced(report.cost)}
    nothing = Side("", "")
    pairs = {urn: (then.get(urn, nothing), now.get(urn, nothing)) for urn in names}
    return [
        ChangedCost(names[urn][1], *pairs[urn])
        for urn in sorted(names, key=lambda urn: (*names[urn], urn))
        if pairs[urn][0] != pairs[urn][1]
    ]


def _priced(estimate: Estimate) -> list[Item | Unpriced]:
    return [*estimate.items, *estimate.unpriced]


def _sides(estimate: Estimate) -> dict[str, Side]:
    """URN -> the cost of a resource."""
    gaps = {gap.urn: gap for gap in estimate.unpriced}
    sides = {urn: Side(UNKNOWN, "; ".join(gap.reasons)) for urn, gap in gaps.items()}
    for item in estimate.items:
        text = amount(item.expected, item.urn in gaps)
        sides[item.urn] = Side(text, item.basis)
    return sides


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
