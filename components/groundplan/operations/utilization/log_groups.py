"""Log groups that receive nothing, that nothing reads, and that are charged still."""

import datetime
from collections.abc import Iterator, Sequence

from groundplan.operations.utilization import costs, tagged, thresholds
from groundplan.operations.utilization.inspection import Inspection, Situation
from groundplan.operations.utilization.metrics import Metric, Summary
from groundplan.operations.utilization.resources import (
    HEALTHY,
    Judgement,
    Kind,
    Resource,
    Verdict,
    not_enough,
)
from groundplan.operations.utilization.scope import team

GB = 10**9


def listed(situation: Situation) -> Iterator[Resource]:
    """Yields the environment's log groups."""
    owners = {
        arn.removesuffix(":*"): team(tags) for arn, tags in tagged.arns(situation, "logs:log-group")
    }
    if not owners and not situation.scope.whole_region:
        return
    for entry in situation.account.pages("logs", "describe_log_groups", "logGroups"):
        arn = str(entry["arn"]).removesuffix(":*")
        if arn not in owners and not situation.scope.whole_region:
            continue
        stored = int(entry.get("storedBytes") or 0)
        yield Resource(
            Kind.LOG_GROUP,
            str(entry["logGroupName"]),
            str(entry["logGroupName"]),
            costs.stored_logs(situation.prices, stored / GB),
            owners.get(arn, ""),
            datetime.datetime.fromtimestamp(entry["creationTime"] / 1000, datetime.UTC),
            {
                "stored": stored,
                "retention": entry.get("retentionInDays"),
                "filters": int(entry.get("metricFilterCount") or 0),
            },
        )


def metrics(resource: Resource) -> Sequence[Metric]:
    """Returns the bytes that a log group receives. Without any there is no data."""
    dimensions = {"LogGroupName": resource.id}
    return [Metric("AWS/Logs", "IncomingBytes", dimensions, "Sum")]


def judged(
    resource: Resource, found: Sequence[Summary], situation: Situation
) -> Sequence[Judgement]:
    """Returns whether a log group only stores. CloudWatch does not measure who reads by
    hand: what is left are filters that read each event."""
    days = situation.window.days_since(resource.created)
    if days < thresholds.value("enough-data"):
        return [not_enough("it was created less than a week ago")]
    if found[0].total > 0 or not resource.facts["stored"]:
        return [HEALTHY]
    if resource.facts["filters"] or _is_subscribed(resource.id, situation):
        return [HEALTHY]
    kept = resource.facts["retention"]
    how_long = f"for {kept} days" if kept else "for ever"
    advice = "delete it if nobody reads it" if kept else "set its retention, or delete it"
    return [
        Judgement(
            Verdict.IDLE,
            f"no events in {days:.3g} days and no filter, and what it has is stored {how_long}",
            advice,
            saving_usd=resource.cost.usd,
            threshold="log-group-idle",
        )
    ]


def _is_subscribed(name: str, situation: Situation) -> bool:
    answer = situation.account.client("logs").describe_subscription_filters(
        logGroupName=name, limit=1
    )
    return bool(answer["subscriptionFilters"])


INSPECTION = Inspection(Kind.LOG_GROUP, listed, metrics, judged, by_tags=True)
