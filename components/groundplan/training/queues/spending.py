"""The spending ceiling: what pools may cost at their largest, and how much of them a
team may hold.

A ceiling is kept by limits that something enforces: a pool's largest size by EKS or
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
    """Something that is bought by the unit: a pool's nodes, or the accelerators of a
    pool."""

    name: str
    units: int
    """The most that there can be."""
    usd_per_hour: float | None
    """Price of one unit; None where it isn't known."""

    @property
    def most(self) -> float:
        """What all units cost in an hour, in USD."""
        return self.units * (self.usd_per_hour or 0)


def ceiling_problems(pools: Sequence[Share], ceiling: float | None) -> list[Problem]:
    """Whether the pools stay below `max_usd_per_hour` at their largest. Prices have to
    be known for that."""
    if ceiling is None or ceiling <= 0:
        return _not_positive(ceiling)
    allowed = "what an hour of one costs, in USD: Groundplan has no source for it"
    unknown = [
        Problem(
            f"pools.{pool.name}.usd_per_hour", MISSING, allowed, "give it, or leave out the ceiling"
        )
        for pool in pools
        if pool.usd_per_hour is None
    ]
    total = sum(pool.most for pool in pools)
    if total <= ceiling + CENT:
        return unknown
    parts = ", ".join(
        f"{pool.name} {pool.units} x {pool.usd_per_hour:.2f}" for pool in pools if pool.usd_per_hour
    )
    allowed = f"at least {total:.2f} USD an hour, what the pools cost at their largest: {parts}"
    return [
        *unknown,
        Problem("max_usd_per_hour", ceiling, allowed, _how_to_save(pools, total - ceiling)),
    ]


def _not_positive(ceiling: float | None) -> list[Problem]:
    if ceiling is None:
        return []
    return [
        Problem(
            "max_usd_per_hour",
            ceiling,
            "a price above 0 (USD an hour)",
            "leave it out for no ceiling",
        )
    ]


def _how_to_save(pools: Sequence[Share], over: float) -> str:
    dearest = max(pools, key=lambda pool: pool.most)
    left = math.floor((dearest.most - over + CENT) / (dearest.usd_per_hour or 1))
    if left < 1:
        return "lower max_size of the pools, or raise the ceiling"
    return f"lower max_size of {dearest.name} to {left}, or raise the ceiling"


def guarantee_problems(
    pools: Sequence[Share], guaranteed: Mapping[str, int], ceiling: float | None
) -> list[Problem]:
    """Whether what a team is guaranteed costs more than the team may spend. Prices have
    to be known for that."""
    if ceiling is None or ceiling <= 0:
        return _not_positive(ceiling)
    found = [
        Problem(
            "max_usd_per_hour",
            ceiling,
            f"nothing, as what the pool {pool.name} costs isn't known",
            f"give pools.{pool.name}.usd_per_hour",
        )
        for pool in pools
        if pool.usd_per_hour is None
    ]
    cost = sum(guaranteed.get(pool.name, 0) * (pool.usd_per_hour or 0) for pool in pools)
    if cost > ceiling + CENT:
        allowed = f"at least {cost:.2f} USD an hour, what the team is guaranteed"
        found.append(
            Problem("max_usd_per_hour", ceiling, allowed, "guarantee less, or raise the ceiling")
        )
    return found


def borrowing_limits(
    pools: Sequence[Share], guaranteed: Mapping[str, int], ceiling: float
) -> dict[str, int]:
    """How many units of each pool a team may borrow, so that it never holds more than
    `ceiling` USD an hour.

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
