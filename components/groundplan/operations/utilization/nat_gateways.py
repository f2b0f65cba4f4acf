"""NAT gateways without traffic, and those that run out of ports."""

from collections.abc import Iterator, Sequence

from groundplan.operations.utilization import costs, thresholds
from groundplan.operations.utilization.account import tags_of
from groundplan.operations.utilization.inspection import Inspection, Situation
from groundplan.operations.utilization.metrics import Metric, Summary
from groundplan.operations.utilization.resources import (
    HEALTHY,
    Judgement,
    Kind,
    Resource,
    Setting,
    Verdict,
    not_enough,
)
from groundplan.operations.utilization.scope import team


def listed(situation: Situation) -> Iterator[Resource]:
    """Yields the gateways in the environment's VPC."""
    entries = situation.account.pages(
        "ec2",
        "describe_nat_gateways",
        "NatGateways",
        Filter=[{"Name": "state", "Values": ["available"]}],
    )
    found = [e for e in entries if situation.scope.has(tags_of(e), str(e.get("VpcId") or ""))]
    for entry in found:
        tags = tags_of(entry)
        yield Resource(
            Kind.NAT_GATEWAY,
            str(entry["NatGatewayId"]),
            str(entry["NatGatewayId"]),
            costs.hours(situation.prices, "nat-gateway-hour", 1, "NAT gateway, without traffic"),
            team(tags),
            entry["CreateTime"],
            {"gateways": sum(e.get("VpcId") == entry.get("VpcId") for e in found)},
        )


def metrics(resource: Resource) -> Sequence[Metric]:
    """Returns the bytes out and in, and connections that found no port."""
    dimensions = {"NatGatewayId": resource.id}
    return [
        Metric("AWS/NATGateway", "BytesOutToDestination", dimensions, "Sum"),
        Metric("AWS/NATGateway", "BytesInFromSource", dimensions, "Sum"),
        Metric("AWS/NATGateway", "ErrorPortAllocation", dimensions, "Sum", 0),
    ]


def judged(
    resource: Resource, found: Sequence[Summary], situation: Situation
) -> Sequence[Judgement]:
    """Returns whether a gateway has no traffic, or too few ports."""
    out, into, ports = found
    days = situation.window.days_since(resource.created)
    if min(out.hours, into.hours) < thresholds.ENOUGH_HOURS or days < thresholds.value(
        "enough-data"
    ):
        reason = f"{out.hours} hours of metrics; judged from {thresholds.ENOUGH_HOURS} on"
        return [not_enough(reason)]
    if ports.total > 0:
        reason = f"{ports.total:g} connections found no port, in {ports.above} hours"
        advice = "use a gateway per zone, or VPC endpoints for AWS's services"
        return [Judgement(Verdict.TOO_SMALL, reason, advice, threshold="nat-ports")]
    if out.total > 0 or into.total > 0:
        return [HEALTHY]
    count = resource.facts["gateways"]
    reason = f"no byte in {out.hours / 24:.3g} days"
    if count == 1:
        setting = Setting("network.natGateways", "single", "none")
        advice = "do without, if nothing needs the internet"
        return [Judgement(Verdict.IDLE, reason, advice, setting, resource.cost.usd, "nat-idle")]
    setting = Setting("network.natGateways", "per-zone", "single")
    advice = "use one gateway for all zones: cheaper, and unavailable if its zone is"
    # One of them stays.
    saving = costs.share(resource.cost, (count - 1) / count)
    return [Judgement(Verdict.IDLE, reason, advice, setting, saving, "nat-idle")]


INSPECTION = Inspection(Kind.NAT_GATEWAY, listed, metrics, judged)
