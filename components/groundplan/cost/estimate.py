"""What resources cost a month: a range, what was assumed, and what isn't known.

Every resource is reckoned (by a reckoner of its service), known to be free, or named as
unknown; none is left out in silence. Prices are AWS's list prices of one region
(`groundplan.cost.prices`), quantities are `groundplan.cost.assumptions`. The work grows
with the number of resources, and their order doesn't matter.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from groundplan.cost import (
    compute,
    databases,
    filesystems,
    free,
    karpenter,
    kubernetes,
    messaging,
    monitoring,
    network,
    reservations,
    serving,
    storage,
    training,
    volumes,
)
from groundplan.cost.assumptions import HOURS as HOURS
from groundplan.cost.assumptions import Assumptions
from groundplan.cost.prices import REGION
from groundplan.cost.reckoning import Charge, Context, Free, Part, Reckoner, Unknown, plain_type
from groundplan.cost.region import regions
from groundplan.manifest.model import Manifest, Resource

RECKONERS: Mapping[str, Reckoner] = {
    **compute.RECKONERS,
    **databases.RECKONERS,
    **filesystems.RECKONERS,
    **karpenter.RECKONERS,
    **kubernetes.RECKONERS,
    **messaging.RECKONERS,
    **monitoring.RECKONERS,
    **network.RECKONERS,
    **reservations.RECKONERS,
    **serving.RECKONERS,
    **storage.RECKONERS,
    **training.RECKONERS,
    **volumes.RECKONERS,
}
"""Type (without a version such as V2) -> what reckons a resource of it."""


@dataclass(frozen=True)
class Item:
    """The cost of one resource."""

    urn: str
    name: str
    component: str
    """Name of the top-level component, or the resource's own."""
    low: float
    """USD a month at the least that autoscaling allows."""
    expected: float
    """USD a month as assumed."""
    high: float
    """USD a month at the most that autoscaling allows."""
    basis: str
    """How it was reckoned: `2 x g5.xlarge, on demand, 730 h`."""


@dataclass(frozen=True)
class Estimate:
    """The cost of a stack."""

    items: tuple[Item, ...]
    """Dearest first."""
    unknown: tuple[str, ...] = ()
    """What has a price that isn't known here: `training-foo (aws:fsx/...): no price`.
    Never counted as zero."""
    assumptions: Mapping[str, str] = field(default_factory=dict)
    """What was assumed, in words: `hours` -> `730 a month`, `nat traffic` -> `100 GB a
    month and gateway`."""
    source: str = ""
    """Where the prices are from, and of which date."""
    free: tuple[str, ...] = ()
    """URNs of the resources that cost nothing by themselves."""

    @property
    def expected(self) -> float:
        return sum(item.expected for item in self.items)

    @property
    def low(self) -> float:
        return sum(item.low for item in self.items)

    @property
    def high(self) -> float:
        return sum(item.high for item in self.items)


def estimate(manifest: Manifest, assumptions: Assumptions | None = None) -> Estimate:
    """What the manifest's resources cost a month. Components cost nothing, their
    children do."""
    context = Context(manifest, assumptions or Assumptions())
    tops: dict[str, str] = {}
    items, unknown, nothing = [], [], []
    for resource in sorted(manifest, key=lambda resource: resource.urn):
        if not resource.custom:
            continue
        charges = list(_charges(resource, context))
        parts = [charge for charge in charges if isinstance(charge, Part)]
        missing = [charge.reason for charge in charges if isinstance(charge, Unknown)]
        if parts:
            items.append(_item(resource, parts, _top(resource, manifest, tops)))
        unknown += [
            f"{resource.name} ({resource.type}): {reason}" for reason in dict.fromkeys(missing)
        ]
        if not parts and not missing:
            nothing.append(resource.urn)
    items.sort(key=lambda item: (-item.expected, -item.high, item.urn))
    return Estimate(
        tuple(items),
        tuple(unknown),
        {**_frame(manifest), **context.told()} if items else {},
        _source(context.dates) if items else "",
        tuple(nothing),
    )


def _charges(resource: Resource, context: Context) -> Iterable[Charge]:
    token = plain_type(resource.type)
    reckoner = RECKONERS.get(token)
    if reckoner:
        return list(reckoner(resource, context)) or [
            Unknown("nothing is known of how it is charged")
        ]
    reason = free.reason(token)
    return [Free(reason) if reason else Unknown("no price")]


def _item(resource: Resource, parts: list[Part], component: str) -> Item:
    return Item(
        resource.urn,
        resource.name,
        component,
        sum(part.usd.low for part in parts),
        sum(part.usd.expected for part in parts),
        sum(part.usd.high for part in parts),
        "; ".join(part.words for part in parts),
    )


def _top(resource: Resource, manifest: Manifest, tops: dict[str, str]) -> str:
    """The name of the topmost ancestor that the manifest has, remembered for all on the
    way."""
    way: dict[str, Resource] = {}
    found: Resource | None = resource
    while found and found.urn not in tops and found.urn not in way:
        way[found.urn] = last = found
        found = manifest.by_urn.get(found.parent) if found.parent else None
    name = tops[found.urn] if found and found.urn in tops else last.name
    tops.update(dict.fromkeys(way, name))
    return tops[resource.urn]


def _frame(manifest: Manifest) -> dict[str, str]:
    """What holds for all items: the region, and what no item has."""
    named = regions(manifest)
    others = [region for region in named if region != REGION]
    words = f"list prices of {REGION}"
    if others:
        words += f" stand in for {', '.join(others)}, whose prices aren't known here"
    elif not named:
        words += "; the plan doesn't name its region"
    return {
        "left out": "taxes, discounts, free tiers, and traffic between zones and to the internet",
        "region": words,
    }


def _source(dates: set[str]) -> str:
    first, last = min(dates), max(dates)
    return f"AWS list prices, {REGION}, of {first if first == last else f'{first} to {last}'} (groundplan/facts/prices.json)"
