"""How much the cost of a stack changes, as far as both sides have known prices."""

from collections.abc import Mapping
from dataclasses import dataclass

from groundplan.cost.estimate import Estimate, Unpriced
from groundplan.diff.changes import Changes, Kind

TAGS = ("tags", "tagsAll")
"""Inputs that no price depends on."""

SAME = (Kind.RENAME, Kind.MOVE)
"""Changes that are no operation in the cloud."""


@dataclass(frozen=True)
class CostChange:
    """The change of a stack's cost."""

    before: float
    """USD a month, expected, of what has a known price on both sides."""
    after: float
    unknown: tuple[str, ...] = ()
    """Names of the resources of which a charge has no known price on one side, or on
    both while they change. How much they change is not known."""
    unknown_urns: frozenset[str] = frozenset()
    """Their URNs; `before` and `after` are without them."""

    @property
    def known(self) -> float:
        """USD a month of what is known; all of the change where `unknown` is empty."""
        return self.after - self.before


def cost_change(before: Estimate, after: Estimate, changes: Changes | None) -> CostChange:
    """Returns the change between two estimates.

    A charge without a price cancels out where both sides have it and the resource does
    not change; it never counts as zero.
    """
    modified, urns_after = _modified(changes), changes.urns_after if changes else {}
    then = {urns_after.get(urn, urn): item for urn, item in _by_urn(before).items()}
    now = _by_urn(after)
    urns = frozenset(
        urn
        for urn in {*then, *now}
        if urn in modified or _reasons(then.get(urn)) != _reasons(now.get(urn))
    )
    return CostChange(
        sum(
            item.expected for item in before.items if urns_after.get(item.urn, item.urn) not in urns
        ),
        sum(item.expected for item in after.items if item.urn not in urns),
        tuple(sorted({(now.get(urn) or then[urn]).name for urn in urns})),
        urns,
    )


def _by_urn(estimate: Estimate) -> Mapping[str, Unpriced]:
    return {item.urn: item for item in estimate.unpriced}


def _reasons(item: Unpriced | None) -> tuple[str, ...]:
    return item.reasons if item else ()


def _modified(changes: Changes | None) -> set[str]:
    """URNs of resources with a change that may change what they cost."""
    return {
        change.resource.urn
        for change in (changes.changes if changes else ())
        if change.kind not in SAME
        and (not change.properties or any(_matters(item.path) for item in change.properties))
    }


def _matters(path: str) -> bool:
    return path.split(".")[0].split("[")[0] not in TAGS
