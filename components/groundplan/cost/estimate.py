"""Estimates what resources cost a month: a range, what was assumed, and what isn't
known.

Every resource is priced by an estimator, free, or listed as unknown: the catalog says
which. None is left out. Prices are AWS's list prices of each resource's region
(`groundplan.facts.prices`), quantities are `groundplan.cost.assumptions`. The work
grows with the number of resources, and their order doesn't matter.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from groundplan import catalog
from groundplan.cost import (
    compute,
    databases,
    etl,
    filesystems,
    gateways,
    karpenter,
    kubernetes,
    messaging,
    monitoring,
    network,
    reservations,
    search,
    serving,
    storage,
    training,
    volumes,
    workflows,
)
from groundplan.cost.assumptions import HOURS as HOURS
from groundplan.cost.assumptions import Assumptions
from groundplan.cost.estimation import (
    Charge,
    Context,
    Estimator,
    Free,
    Part,
    Span,
    Unknown,
)
from groundplan.manifest.model import Manifest, Resource

ESTIMATORS: Mapping[str, Estimator] = {
    **compute.ESTIMATORS,
    **databases.ESTIMATORS,
    **etl.ESTIMATORS,
    **filesystems.ESTIMATORS,
    **gateways.ESTIMATORS,
    **karpenter.ESTIMATORS,
    **kubernetes.ESTIMATORS,
    **messaging.ESTIMATORS,
    **monitoring.ESTIMATORS,
    **network.ESTIMATORS,
    **reservations.ESTIMATORS,
    **search.ESTIMATORS,
    **serving.ESTIMATORS,
    **storage.ESTIMATORS,
    **training.ESTIMATORS,
    **volumes.ESTIMATORS,
    **workflows.ESTIMATORS,
}
"""Key, as catalog entries name it -> the estimator."""


UNKNOWN_REGION = "a region that isn't known"


@dataclass(frozen=True)
class Item:
    """The cost of one resource."""

    urn: str
    name: str
    component: str
    """Name of the top-level component, or the resource's own."""
    low: float
    """USD a month idle: at the least that autoscaling allows."""
    expected: float
    """USD a month as deployed: at the sizes that the program sets."""
    high: float
    """USD a month at the most that autoscaling allows."""
    basis: str
    """How it is estimated: `2 x g5.xlarge, on demand, 730 h`."""
    working: float | None = None
    """USD a month on working days; `None` where it is as expected."""

    @property
    def on_working_days(self) -> float:
        return self.expected if self.working is None else self.working


@dataclass(frozen=True)
class Unpriced:
    """A resource of which a charge has no known price."""

    urn: str
    name: str
    component: str
    """Name of the top-level component, or the resource's own."""
    reasons: tuple[str, ...]
    """Its charges without a price: `no price for 1 x db.r8g.16xlarge in one zone`."""


@dataclass(frozen=True)
class Estimate:
    """The cost of a stack."""

    items: tuple[Item, ...]
    """Most expensive first."""
    unknown: tuple[str, ...] = ()
    """Charges whose price isn't known: `training-foo (aws:fsx/...): no price`.
    Never counted as zero."""
    assumptions: Mapping[str, str] = field(default_factory=dict)
    """What was assumed, in words: `hours` -> `730 a month`, `nat traffic` -> `100 GB a
    month and gateway`."""
    source: str = ""
    """The source of the prices, with its date."""
    free: tuple[str, ...] = ()
    """URNs of the resources that cost nothing by themselves."""
    unpriced: tuple[Unpriced, ...] = ()
    """The resources of `unknown`, by URN."""
    regions: tuple[str, ...] = ()
    """The regions of what costs something, sorted; the prices are theirs."""
    region_assumed: bool = False
    """Whether the plan names no region."""
    dates: tuple[str, ...] = ()
    """The first and the last date of the prices; one where both are the same."""
    used: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Quantity -> the names of the resources that it was assumed for."""

    @property
    def expected(self) -> float:
        return sum(item.expected for item in self.items)

    @property
    def low(self) -> float:
        return sum(item.low for item in self.items)

    @property
    def high(self) -> float:
        return sum(item.high for item in self.items)

    @property
    def on_working_days(self) -> float:
        return sum(item.on_working_days for item in self.items)

    @property
    def scenarios(self) -> Mapping[str, float]:
        """USD a month: idle, on working days, and everything at its maximum."""
        return {"idle": self.low, "working_days": self.on_working_days, "maximum": self.high}


def estimate(manifest: Manifest, assumptions: Assumptions | None = None) -> Estimate:
    """Estimates what the manifest's resources cost a month. Components cost nothing,
    their children do."""
    context = Context(manifest, assumptions or Assumptions())
    tops: dict[str, str] = {}
    items, unpriced, nothing = [], [], []
    unknown: list[str] = []
    regions: set[str] = set()
    for resource in sorted(manifest, key=lambda resource: resource.urn):
        if not resource.custom:
            continue
        charges = list(_charges(resource, context.of(resource)))
        parts = [charge for charge in charges if isinstance(charge, Part)]
        missing = [charge.reason for charge in charges if isinstance(charge, Unknown)]
        if not parts and not missing:
            nothing.append(resource.urn)
            continue
        component = _top(resource, manifest, tops)
        regions |= {context.regions.of(resource) or UNKNOWN_REGION}
        if parts:
            items.append(_item(resource, parts, component))
        if missing:
            reasons = tuple(dict.fromkeys(missing))
            unknown += [f"{resource.name} ({resource.type}): {reason}" for reason in reasons]
            unpriced.append(Unpriced(resource.urn, resource.name, component, reasons))
    items.sort(key=lambda item: (-item.expected, -item.high, item.urn))
    return Estimate(
        tuple(items),
        tuple(unknown),
        {**_frame(context, regions), **context.stated_assumptions()} if items else {},
        _source(context.dates, regions) if context.dates else "",
        tuple(nothing),
        tuple(unpriced),
        tuple(sorted(regions)),
        bool(regions) and context.regions.assumed,
        tuple(sorted({min(context.dates), max(context.dates)})) if context.dates else (),
        context.used,
    )


def _charges(resource: Resource, context: Context) -> Iterable[Charge]:
    fixed = context.assumptions.fixed_cost(resource.name)
    if fixed is not None:
        return [Part(Span.exactly(fixed), "as the usage file says")]
    cost = catalog.cost(resource.type)
    if isinstance(cost, catalog.Free):
        return [Free(cost.reason)]
    if isinstance(cost, catalog.Unpriced):
        return [Unknown("no price")]
    estimator = ESTIMATORS[cost.estimator]
    return list(estimator(resource, context)) or [Unknown("how it is charged isn't known")]


def _item(resource: Resource, parts: list[Part], component: str) -> Item:
    return Item(
        resource.urn,
        resource.name,
        component,
        sum(part.usd.low for part in parts),
        sum(part.usd.expected for part in parts),
        sum(part.usd.high for part in parts),
        "; ".join(part.words for part in parts),
        sum(part.usd.on_working_days for part in parts)
        if any(part.usd.working is not None for part in parts)
        else None,
    )


def _top(resource: Resource, manifest: Manifest, tops: dict[str, str]) -> str:
    """Returns the name of the topmost ancestor that the manifest has, cached for all on
    the path to it."""
    path: dict[str, Resource] = {}
    ancestor: Resource | None = resource
    while ancestor and ancestor.urn not in tops and ancestor.urn not in path:
        path[ancestor.urn] = last = ancestor
        ancestor = manifest.by_urn.get(ancestor.parent) if ancestor.parent else None
    name = tops[ancestor.urn] if ancestor and ancestor.urn in tops else last.name
    tops.update(dict.fromkeys(path, name))
    return tops[resource.urn]


def _frame(context: Context, regions: set[str]) -> dict[str, str]:
    """Returns the assumptions that hold for all items: the region, and what no item
    includes."""
    words = f"list prices of {', '.join(sorted(regions))}"
    if context.regions.assumed:
        words += "; the plan doesn't name its region"
    return {
        "left out": "taxes, discounts, free tiers, and traffic between zones and to the internet",
        "region": words,
    }


def _source(dates: set[str], regions: set[str]) -> str:
    first, last = min(dates), max(dates)
    return (
        f"AWS list prices, {', '.join(sorted(regions))}, of "
        f"{first if first == last else f'{first} to {last}'} (groundplan/facts/prices)"
    )
