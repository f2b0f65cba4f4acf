"""Elastic IP addresses that nothing uses. AWS charges them as those in use."""

from collections.abc import Iterator, Sequence

from groundplan.operations.utilization import costs
from groundplan.operations.utilization.account import tags_of
from groundplan.operations.utilization.inspection import Inspection, Situation, without_metrics
from groundplan.operations.utilization.metrics import Summary
from groundplan.operations.utilization.resources import (
    HEALTHY,
    Judgement,
    Kind,
    Resource,
    Verdict,
)
from groundplan.operations.utilization.scope import team


def listed(situation: Situation) -> Iterator[Resource]:
    """Yields the environment's addresses."""
    # DescribeAddresses has no pages.
    for entry in situation.account.client("ec2").describe_addresses()["Addresses"]:
        tags = tags_of(entry)
        if situation.scope.has(tags):
            yield Resource(
                Kind.ADDRESS,
                str(entry.get("AllocationId", entry["PublicIp"])),
                str(entry["PublicIp"]),
                costs.hours(situation.prices, "public-ipv4-hour", 1, "public address"),
                team(tags),
                facts={"used": bool(entry.get("AssociationId") or entry.get("InstanceId"))},
            )


def judged(
    resource: Resource, _found: Sequence[Summary], _situation: Situation
) -> Sequence[Judgement]:
    """Returns whether an address is associated. AWS does not say since when."""
    if resource.facts["used"]:
        return [HEALTHY]
    return [
        Judgement(
            Verdict.IDLE,
            "not associated with a network interface",
            "release it, if nobody has it in a list of allowed addresses",
            saving_usd=resource.cost.usd,
            threshold="address-idle",
        )
    ]


INSPECTION = Inspection(Kind.ADDRESS, listed, without_metrics, judged, by_tags=True)
