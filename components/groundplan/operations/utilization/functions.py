"""Lambda functions whose provisioned concurrency is not used, and those that are
throttled."""

import datetime
from collections.abc import Iterator, Sequence

from groundplan.operations.utilization import tagged, thresholds
from groundplan.operations.utilization.inspection import Inspection, Situation
from groundplan.operations.utilization.metrics import Metric, Summary
from groundplan.operations.utilization.resources import (
    FREE,
    HEALTHY,
    Cost,
    Judgement,
    Kind,
    Resource,
    Verdict,
    not_enough,
)
from groundplan.operations.utilization.scope import team

PROVISIONED = "no price of provisioned concurrency is known"


def listed(situation: Situation) -> Iterator[Resource]:
    """Yields the environment's functions, and each provisioned concurrency of theirs
    after them."""
    for arn, tags in tagged.arns(situation, "lambda:function"):
        name, owner = arn.rpartition(":")[2], team(tags)
        yield Resource(Kind.FUNCTION, arn, name, FREE, owner)
        entries = situation.account.pages(
            "lambda",
            "list_provisioned_concurrency_configs",
            "ProvisionedConcurrencyConfigs",
            FunctionName=name,
        )
        for entry in entries:
            qualifier = str(entry["FunctionArn"]).rpartition(":")[2]
            count = int(entry.get("AllocatedProvisionedConcurrentExecutions") or 0)
            yield Resource(
                Kind.FUNCTION,
                str(entry["FunctionArn"]),
                f"{name}:{qualifier}",
                Cost(None, f"{count} provisioned: {PROVISIONED}"),
                owner,
                _moment(str(entry["LastModified"])),
                {"function": name, "qualifier": qualifier, "provisioned": count},
            )


def _moment(text: str) -> datetime.datetime:
    """Returns a time as Lambda spells it: `2026-11-01T08:00:00+0000`."""
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")


def metrics(resource: Resource) -> Sequence[Metric]:
    """Returns invocations and throttles; of a provisioned concurrency its use."""
    if "provisioned" in resource.facts:
        name = resource.facts["function"]
        dimensions = {"FunctionName": name, "Resource": resource.name}
        return [Metric("AWS/Lambda", "ProvisionedConcurrencyUtilization", dimensions, "Maximum")]
    dimensions = {"FunctionName": resource.name}
    return [Metric("AWS/Lambda", n, dimensions, "Sum") for n in ("Invocations", "Throttles")]


def judged(
    resource: Resource, found: Sequence[Summary], situation: Situation
) -> Sequence[Judgement]:
    """Returns whether a function is throttled, or its provisioned concurrency idle."""
    if "provisioned" not in resource.facts:
        return [_throttled(*found)]
    days = situation.window.days_since(resource.created)
    if days < thresholds.value("enough-data"):
        return [not_enough("it was set less than a week ago")]
    highest = 100 * found[0].highest
    if highest >= thresholds.value("concurrency-idle"):
        return [HEALTHY]
    count = resource.facts["provisioned"]
    return [
        Judgement(
            Verdict.IDLE,
            f"at most {highest:.3g} % of {count} provisioned were used, over {days:.3g} days",
            "remove it, or provision less",
            threshold="concurrency-idle",
        )
    ]


def _throttled(invocations: Summary, throttles: Summary) -> Judgement:
    # Throttled requests are no invocations (Lambda Developer Guide, "Types of metrics
    # for Lambda functions").
    asked = invocations.total + throttles.total
    share = 100 * throttles.total / asked if asked else 0.0
    if share <= thresholds.value("throttles"):
        return HEALTHY
    return Judgement(
        Verdict.TOO_SMALL,
        f"{throttles.total:g} of {asked:g} invocations were throttled, {share:.3g} %",
        "raise its reserved concurrency, or the account's quota",
        threshold="throttles",
    )


INSPECTION = Inspection(Kind.FUNCTION, listed, metrics, judged, by_tags=True)
