"""Danger in words: what of a change loses data, interrupts, opens access or drops
protection, worst first."""

from dataclasses import dataclass
from enum import Enum

from groundplan.diff.changes import Changes
from groundplan.manifest.model import Manifest


class Level(str, Enum):
    """How bad it would be."""

    HIGH = "high"
    """Data lost, access opened to the world, a service down."""
    MEDIUM = "medium"
    """Work interrupted, access widened, protection taken off."""
    LOW = "low"
    """Worth a look."""


@dataclass(frozen=True)
class Danger:
    """One thing that a reviewer has to know."""

    level: Level
    kind: str
    """`data-loss`, `downtime`, `interruption`, `access`, `protection`, `cost`."""
    urn: str
    words: str
    """A sentence: `The bucket artifacts-bucket is deleted, with all objects in it.`"""
    because: str = ""
    """What in the change causes it: `forceDestroy is true and protect is taken off`."""
    affected: tuple[str, ...] = ()
    """Names of the resources that depend on it: the blast radius."""


ORDER = tuple(Level)


def dangers(changes: Changes, before: Manifest, after: Manifest) -> list[Danger]:
    """What is dangerous about `changes`, worst first, then by name."""
    from groundplan.risk.analysis import judge  # the judges read Danger, so they load after it

    found = dict.fromkeys(judge(changes, before, after))
    return sorted(
        found,
        key=lambda d: (
            ORDER.index(d.level),
            d.urn.rsplit("::", 1)[-1],
            d.kind,
            d.urn,
            d.words,
            d.because,
        ),
    )


JUMP_SHARE, JUMP_USD = 0.20, 50.0
"""A jump: more than this share of the costs before and more than this many USD a month,
both."""
LEAP_FACTOR, LEAP_USD = 2.0, 500.0
"""A jump of level HIGH: more than this many times the costs before and more than this
many USD a month, both."""


def cost_danger(before: float, after: float) -> Danger | None:
    """The jump from one cost to another, both USD a month; `None` where it is none.
    From nothing, every cost is a jump."""
    more = after - before
    if more <= JUMP_USD or more <= before * JUMP_SHARE:
        return None
    level = Level.HIGH if after > before * LEAP_FACTOR and more > LEAP_USD else Level.MEDIUM
    share = f", {more / before:.0%} more than now" if before > 0 else ""
    return Danger(
        level,
        "cost",
        "",
        f"The environment costs {more:,.0f} USD a month more{share}.",
        f"{before:,.0f} USD -> {after:,.0f} USD a month",
    )
