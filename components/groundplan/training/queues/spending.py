"""Spending ceilings: of all pools at their maximum size, and of what a team uses.

A ceiling is turned into limits that something enforces: a pool's maximum size by EKS or
Karpenter, a team's share by its queue. Knows nothing of Pulumi.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from groundplan.problems import MISSING, Problem

CENT = 0.005
"""Sums of prices that differ by less are equal."""


@dataclass(frozen=True)
class Share:
    """Units with a price: the nodes of a pool, or its accelerators."""

    name: str
    units: int
    """The maximum number."""
    usd_per_hour: float | None
    """Price of one unit; None if it is unknown."""
    size_key: str = ""
    """The argument that sets `units`: `pools.gpu.max_size`."""
    price_key: str = ""
    """The argument that sets the price: `pools.gpu.usd_per_hour`."""
    fewest: int = 1
    """The smallest value of `units` that its argument allows."""
    instance_type: str = ""
    """EC2 instance type of the nodes; empty where it is not known."""
    region: str | None = None
    """The region whose price it is; None where that is not known."""

    @property
    def most(self) -> float:
        """What all units cost in an hour, in USD."""
        return self.units * (self.usd_per_hour or 0)


def ceiling_problems(pools: Sequence[Share], ceiling: float | None) -> list[Problem]:
    """Returns the problems of `max_usd_per_hour`: pools that cost more at their maximum
    size, and unknown prices."""
    if ceiling is None or ceiling <= 0:
        return _not_positive(ceiling)
    unknown = [_unpriced(pool) for pool in pools if pool.usd_per_hour is None]
    total = sum(pool.most for pool in pools)
    if total <= ceiling + CENT:
        return unknown
    parts = ", ".join(
        f"{pool.name} {pool.units} x {pool.usd_per_hour:.2f}" for pool in pools if pool.usd_per_hour
    )
    allowed = (
        f"at least {total:.2f} USD an hour, the cost of the pools at their maximum size: {parts}"
    )
    return [
        *unknown,
        Problem("max_usd_per_hour", ceiling, allowed, _fix_of(pools, total - ceiling)),
    ]


def _unpriced(pool: Share) -> Problem:
    allowed = "the price of one node per hour, in USD: Groundplan has no price for "
    if not pool.instance_type:
        return Problem(
            pool.price_key, MISSING, f"{allowed}it", "set it, or remove max_usd_per_hour"
        )
    if pool.region is None:
        where, fix = ", as the region is not known", "set aws:region"
    else:
        where = f" in {pool.region}"
        fix = f"run `groundplan prices refresh --region {pool.region}`"
    return Problem(
        pool.price_key,
        MISSING,
        f"{allowed}{pool.instance_type}{where}",
        f"set it, {fix}, or remove max_usd_per_hour",
    )


def _not_positive(ceiling: float | None) -> list[Problem]:
    if ceiling is None:
        return []
    return [
        Problem(
            "max_usd_per_hour",
            ceiling,
            "a price above 0 (USD an hour)",
            "remove it for no ceiling",
        )
    ]


def _fix_of(pools: Sequence[Share], over: float) -> str:
    dearest = max(pools, key=lambda pool: pool.most)
    left = math.floor((dearest.most - over + CENT) / (dearest.usd_per_hour or 1))
    if left >= dearest.fewest:
        return f"lower {dearest.size_key} to {left}, or raise max_usd_per_hour"
    priced = [pool for pool in pools if pool.usd_per_hour]
    smallest = sum(pool.fewest * (pool.usd_per_hour or 0) for pool in priced)
    if len(priced) > 1 and smallest <= sum(pool.most for pool in priced) - over:
        keys = ", ".join(pool.size_key for pool in priced)
        return f"lower more than one of {keys}, or raise max_usd_per_hour"
    return "raise max_usd_per_hour, or remove pools"


def guarantee_problems(
    pools: Sequence[Share], guaranteed: Mapping[str, int], ceiling: float | None
) -> list[Problem]:
    """Returns the problems of a team's `max_usd_per_hour`: guarantees that cost more,
    and unknown prices."""
    if ceiling is None or ceiling <= 0:
        return _not_positive(ceiling)
    found = [
        Problem(
            "max_usd_per_hour",
            ceiling,
            f"no ceiling, as the price of the pool {pool.name} is unknown",
            f"set {pool.price_key}",
        )
        for pool in pools
        if pool.usd_per_hour is None
    ]
    cost = sum(guaranteed.get(pool.name, 0) * (pool.usd_per_hour or 0) for pool in pools)
    if cost > ceiling + CENT:
        allowed = f"at least {cost:.2f} USD an hour, the cost of the team's guarantees"
        found.append(
            Problem(
                "max_usd_per_hour",
                ceiling,
                allowed,
                "lower the guarantees, or raise max_usd_per_hour",
            )
        )
    return found


def borrowing_limits(
    pools: Sequence[Share], guaranteed: Mapping[str, int], ceiling: float
) -> dict[str, int]:
    """Returns how many units of each pool a team may borrow, so that it never holds
    more than `ceiling` USD an hour.

    The room below the ceiling is shared in proportion to what is left of each pool;
    what rounding leaves over goes to the pools in their order.
    """
    room = {pool.name: pool.units - guaranteed.get(pool.name, 0) for pool in pools}
    prices = {pool.name: pool.usd_per_hour or 0 for pool in pools}
    left = ceiling + CENT - sum(guaranteed.get(name, 0) * price for name, price in prices.items())
    wanted = sum(room[name] * price for name, price in prices.items())
    if left >= wanted:
        return room
    limits = {name: math.floor(units * left / wanted) for name, units in room.items()}
    left -= sum(limits[name] * price for name, price in prices.items())
    for name, price in prices.items():
        if not price:
            limits[name] = room[name]
            continue
        more = min(room[name] - limits[name], math.floor(left / price))
        limits[name] += more
        left -= more * price
    return limits
