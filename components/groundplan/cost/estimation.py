"""What the estimators of all services share: charges, ranges, and the plan with its
prices and assumptions.

A estimator takes a resource and yields what it is charged for: a `Part` for each
charge, an `Unknown` for each whose price isn't known, a `Free` where this one costs
nothing. It reads the resource and what that refers to, nothing else.
"""

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar, cast

from groundplan.catalog.resource_type import without_version
from groundplan.cost.assumptions import HOURS, QUANTITIES, Assumptions
from groundplan.cost.region import Regions
from groundplan.facts import prices
from groundplan.facts.prices import Price, PriceBook
from groundplan.manifest.model import Manifest, Resource

K = TypeVar("K")

SPOT_LEAST = 0.1
"""The least that a spot instance costs, as a share of the on-demand price: "up to 90%
off" (Amazon EC2 pricing page of Spot Instances, Amazon SageMaker managed spot
training). The most is the on-demand price, the default limit of a request."""

SPOT_WORDS = (
    "a price between a tenth of the on-demand price and all of it, counted in the middle: it "
    "changes with supply and demand"
)


@dataclass(frozen=True)
class Span:
    """An amount: idle, as deployed, at the maximum, and on working days."""

    low: float
    """The least: what no work leaves."""
    expected: float
    """As deployed: at the sizes that the program sets."""
    high: float
    """The most that autoscaling allows."""
    working: float | None = None
    """On average over a month of working days; `None` where it is as expected."""

    @property
    def on_working_days(self) -> float:
        return self.expected if self.working is None else self.working

    @classmethod
    def around(cls, low: float, expected: float, high: float) -> "Span":
        """A span in order: `low` and `high` give way to `expected` where they are on
        the wrong side of it."""
        return cls(min(low, expected), expected, max(high, expected))

    @classmethod
    def exactly(cls, amount: float) -> "Span":
        return cls(amount, amount, amount)

    def times(self, factor: float) -> "Span":
        working = None if self.working is None else self.working * factor
        return Span(self.low * factor, self.expected * factor, self.high * factor, working)

    def __str__(self) -> str:
        """`2`, or `2 (1 to 3)`."""
        around = f" ({self.low:g} to {self.high:g})" if self.low < self.high else ""
        return f"{self.expected:g}{around}"


@dataclass(frozen=True)
class Part:
    """One charge."""

    usd: Span
    """USD a month."""
    words: str
    """How it is estimated: `2 x g5.xlarge, on demand`."""


@dataclass(frozen=True)
class Unknown:
    """A charge whose price isn't known."""

    reason: str


@dataclass(frozen=True)
class Free:
    """A resource that costs nothing as it is set."""

    reason: str


Charge = Part | Unknown | Free
Estimator = Callable[[Resource, "Context"], Iterable[Charge]]


class Context:
    """The plan that is estimated, the prices of one region, and what was used for it:
    assumptions, notes, dates of prices."""

    def __init__(self, manifest: Manifest, assumptions: Assumptions) -> None:
        self.manifest = manifest
        self.assumptions = assumptions
        self.regions = Regions(manifest)
        self.prices: PriceBook = prices.of(None)
        """The prices of the region of the resource that is estimated."""
        self._views: dict[str | None, Context] = {}
        self._used: dict[str, set[str]] = {}
        self._notes: dict[str, str] = {}
        self._indexes: dict[str, Mapping[Any, Resource]] = {}
        self.dates: set[str] = set()
        """The dates of the prices that were used."""

    def of(self, resource: Resource) -> "Context":
        """Returns the context with the prices of a resource's region. Assumptions,
        notes and dates are common to all regions."""
        region = self.regions.of(resource)
        if region not in self._views:
            view = copy.copy(self)
            view.prices = prices.of(region)
            self._views[region] = view
        return self._views[region]

    def charge(self, key: str, amount: Span | float, words: str) -> Charge:
        """`amount` units at the price `key`."""
        return self.at(self.prices.find(key), amount, words)

    def hours(self, key: str, count: Span | float, words: str) -> Charge:
        """`count` of something for all hours of the month, at the price `key` of an
        hour."""
        return self.always_on(self.prices.find(key), count, words)

    def always_on(self, price: Price | None, count: Span | float, words: str) -> Charge:
        """`count` of something for all hours of the month, at the price of an hour."""
        self.note("hours", f"{HOURS} a month, always on")
        return self.at(price, _span(count).times(HOURS), f"{words}, {HOURS} h")

    def at(self, price: Price | None, amount: Span | float, words: str) -> Charge:
        """`amount` units at a price, which may not be known."""
        if price is None:
            return self.missing(words)
        self.dates.add(price.date)
        return Part(_span(amount).times(price.usd), words)

    def working(self, count: Span, resource: Resource) -> Span:
        """`count` nodes of a pool that scales with the work: on working days some of
        those that may start run for some hours, beside those that always do."""
        room = count.high - count.expected
        if room <= 0:
            return count
        nodes = min(self.assume("working_nodes", resource), room)
        share = min(self.assume("working_hours", resource) / HOURS, 1)
        return replace(count, working=count.expected + nodes * share)

    def spot(self, count: Span) -> Span:
        """`count` spot instances, as on-demand ones: a spot price is a range, whose
        ends are known, and is counted in its middle."""
        self.note("spot", SPOT_WORDS)
        middle = (SPOT_LEAST + 1) / 2
        return Span(
            count.low * SPOT_LEAST,
            count.expected * middle,
            count.high,
            None if count.working is None else count.working * middle,
        )

    def missing(self, words: str) -> Unknown:
        """Returns the charge for what has no price in the region of the resource."""
        region = self.prices.region
        if not region:
            return Unknown(f"no price for {words}: its region isn't known")
        return Unknown(f"no price for {words}{'' if self.regions.assumed else f' in {region}'}")

    def assume(self, name: str, resource: Resource) -> float:
        """Returns the assumed quantity `name` for a resource. The estimate lists it."""
        self._used.setdefault(name, set()).add(resource.name)
        return self.assumptions.of(name, resource.name)

    @property
    def used(self) -> Mapping[str, frozenset[str]]:
        """Quantity -> the names of the resources that it was assumed for."""
        return {name: frozenset(resources) for name, resources in self._used.items()}

    def note(self, subject: str, words: str) -> None:
        """Records an assumption."""
        self._notes[subject] = words

    def stated_assumptions(self) -> dict[str, str]:
        """Returns all that was assumed, by subject, notes first."""
        used = [
            self.assumptions.words(name, self._used[name])
            for name in QUANTITIES
            if name in self._used
        ]
        return {**dict(sorted(self._notes.items())), **dict(used)}

    def referenced(
        self, resource: Resource, path: str, token: str, value: Any = None
    ) -> Resource | None:
        """Returns the resource of type `token` that the input `path` of a resource
        refers to; `None` if the plan doesn't have it.

        `value` is the reference, where that isn't the input itself: a name, an id, a
        symbol of one.
        """
        for urn in resource.property_dependencies.get(path, ()):
            target = self.manifest.by_urn.get(urn)
            if target and without_version(target.type) == token:
                return target
        return self._by_name.get((token, str(value or resource.inputs.get(path))))

    def referrers(self, token: str, path: str) -> Mapping[str, Resource]:
        """URN -> the resource of type `token` whose input `path` refers to it; of
        several the first by URN."""

        def by_urn(ctx: "Context") -> Mapping[str, Resource]:
            referrers: dict[str, Resource] = {}
            for resource in ctx.of_type(token):
                for urn in resource.property_dependencies.get(path, ()):
                    referrers.setdefault(urn, resource)
            return referrers

        return self.index(f"{token} {path}", by_urn)

    def of_type(self, token: str) -> Iterable[Resource]:
        """Returns the resources of a type, by URN."""
        return self._of_type.get(token, ())

    def index(
        self, name: str, build: Callable[["Context"], Mapping[K, Resource]]
    ) -> Mapping[K, Resource]:
        """Returns the index that `build` returns for the plan, built once and cached
        under `name`."""
        if name not in self._indexes:
            self._indexes[name] = build(self)
        return cast(Mapping[K, Resource], self._indexes[name])

    @cached_property
    def _of_type(self) -> Mapping[str, list[Resource]]:
        by_type: dict[str, list[Resource]] = {}
        for resource in sorted(self.manifest, key=lambda resource: resource.urn):
            by_type.setdefault(without_version(resource.type), []).append(resource)
        return by_type

    @cached_property
    def _by_name(self) -> Mapping[tuple[str, str], Resource]:
        by_name: dict[tuple[str, str], Resource] = {}
        for resource in sorted(self.manifest, key=lambda resource: resource.urn):
            for name in names(resource):
                by_name.setdefault((without_version(resource.type), name), resource)
        return by_name


def names(resource: Resource) -> list[str]:
    """Returns the names by which other resources refer to it: its name in the cloud,
    the symbol of that, its id."""
    literal = [
        resource.inputs.get("name"),
        resource.outputs.get("name"),
        resource.outputs.get("id"),
    ]
    symbols = [f"${{{resource.name}.name}}", f"${{{resource.name}.id}}"]
    return [name for name in literal if isinstance(name, str)] + symbols


def number(value: Any) -> float | None:
    """A number that an input holds, as a number or as text; `None` where it isn't known
    yet."""
    if isinstance(value, bool):
        return None
    try:
        result = float(value)
    except (TypeError, ValueError):
        return None
    return result if 0 <= result < float("inf") else None


def is_true(value: Any) -> bool:
    return value in (True, "true")


def mapping(value: Any) -> Mapping[str, Any]:
    """An input that is an object; empty where it isn't one, or isn't known yet."""
    return value if isinstance(value, Mapping) else {}


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """Returns the objects of an input that is a list of them, or one of them."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, Mapping)]


def _span(amount: Span | float) -> Span:
    return amount if isinstance(amount, Span) else Span.exactly(amount)
