"""The bill against the estimate, per component. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from groundplan.cost.estimate import Estimate
from groundplan.cost.spending import attribution
from groundplan.cost.spending.bill import Bill
from groundplan.manifest.model import Manifest


@dataclass(frozen=True)
class Row:
    """One component."""

    component: str
    estimated: float
    """USD for the period, on working days."""
    billed: float
    unknown: bool = False
    """Whether a charge of it has no known price."""

    @property
    def difference(self) -> float:
        return self.billed - self.estimated

    @property
    def percent(self) -> float | None:
        """The difference in percent of the estimate; None where that is zero."""
        return 100 * self.difference / self.estimated if self.estimated else None


@dataclass(frozen=True)
class Comparison:
    """What was billed and what was estimated."""

    rows: tuple[Row, ...]
    """The largest difference first."""
    unattributed: float
    """USD with the environment's tags and without a component's."""
    foreign: Mapping[str, float] = field(default_factory=dict)
    """Values of the component's tag that the plan does not have -> USD: what was
    deleted since, or another environment's."""
    untagged: tuple[str, ...] = ()
    """What the estimate counts, and AWS bills without a component: it has no tags."""

    @property
    def estimated(self) -> float:
        return sum(row.estimated for row in self.rows)

    @property
    def billed(self) -> float:
        """All that was billed, attributed or not."""
        return sum(row.billed for row in self.rows) + self.unattributed + sum(self.foreign.values())

    @property
    def percent(self) -> float | None:
        """What was billed beyond the estimate, in percent of it."""
        return 100 * (self.billed - self.estimated) / self.estimated if self.estimated else None


def compare(manifest: Manifest, estimate: Estimate, bill: Bill) -> Comparison:
    """Compares a bill with the estimate of a plan, for the days that the bill has."""
    tops = attribution.components_by_tag(manifest)
    estimated: dict[str, float] = {}
    for item in estimate.items:
        usd = item.on_working_days * bill.period.share
        name = attribution.component(item.urn, item.component, manifest, tops)
        estimated[name] = estimated.get(name, 0.0) + usd
    billed: dict[str, float] = {}
    foreign: dict[str, float] = {}
    unattributed = 0.0
    for line in bill.lines:
        if not line.component:
            unattributed += line.usd
        elif line.component in tops:
            name = tops[line.component]
            billed[name] = billed.get(name, 0.0) + line.usd
        else:
            foreign[line.component] = foreign.get(line.component, 0.0) + line.usd
    unknown = {
        attribution.component(each.urn, each.component, manifest, tops)
        for each in estimate.unpriced
    }
    rows = [
        Row(name, estimated.get(name, 0.0), billed.get(name, 0.0), name in unknown)
        for name in sorted({*estimated, *billed, *unknown})
    ]
    charged: Mapping[str, Any] = {item.urn: item for item in estimate.items}
    return Comparison(
        tuple(sorted(rows, key=lambda row: (-abs(row.difference), row.component))),
        unattributed,
        foreign,
        tuple(attribution.untagged_charges(manifest, charged)),
    )
