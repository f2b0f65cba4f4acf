"""Risks of a change: data loss, downtime, interrupted training, wider access, less
protection, higher costs."""

from dataclasses import dataclass

from groundplan.catalog.resource_type import Level as Level


@dataclass(frozen=True)
class Risk:
    """One risk of a change, for a reviewer."""

    level: Level
    kind: str
    """`data-loss`, `downtime`, `interruption`, `access`, `protection`, `cost`,
    `refused`."""
    urn: str
    words: str
    """A sentence: `The bucket artifacts-bucket is deleted, with all objects in it.`"""
    because: str = ""
    """The cause in the change: `protect: true -> not set; forceDestroy is true`."""
    affected: tuple[str, ...] = ()
    """Names of the resources that depend on it: the blast radius."""
    source: str = ""
    """The line that caused it: `Pulumi.prod.yaml:12`, `infra/environment.py:48`."""
    setting: str = ""
    """The key of the settings at that line; empty for a line of a program."""
    prevents_up: bool = False
    """Whether `pulumi up` fails: the engine or the service refuses the change."""


ORDER = tuple(Level)
"""Worst first."""

JUMP_SHARE, JUMP_USD = 0.20, 50.0
"""A risk: an increase of more than this share of the costs before and of more than this
many USD a month."""
LEAP_FACTOR, LEAP_USD = 2.0, 500.0
"""A risk of level HIGH: more than this many times the costs before and an increase of
more than this many USD a month."""


def cost_risk(before: float, after: float, prices: str = "") -> Risk | None:
    """Returns the risk of an increase from one cost to another, both in USD a month;
    `None` for a small one. From 0, any increase counts. `prices` says of which region
    and date the prices are: ` in eu-west-1, prices of 2026-08-26`."""
    more = after - before
    if more <= JUMP_USD or more <= before * JUMP_SHARE:
        return None
    level = Level.HIGH if after > before * LEAP_FACTOR and more > LEAP_USD else Level.MEDIUM
    share = f", {more / before:.0%} more than now" if before > 0 else ""
    return Risk(
        level,
        "cost",
        "",
        f"The environment costs {more:,.0f} USD a month more{share}{prices}.",
        f"{before:,.0f} USD -> {after:,.0f} USD a month",
    )
