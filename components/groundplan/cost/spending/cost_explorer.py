"""A bill as Cost Explorer has it: up to a day behind, each request 0.01 USD
("Each paginated API request": AWS Cost Management User Guide, ce-what-is.html)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundplan.cost.spending.bill import COMPONENT, NO_USAGE, TEAM, Bill, Line, Period

METRICS = ("UnblendedCost", "UsageQuantity")
RECORDS = {
    "RIFee": "Recurring reservation fee",
    "SavingsPlanRecurringFee": "Savings Plan Recurring Fee",
}
"""Spellings of Cost Explorer's dimension RECORD_TYPE that differ from CUR's line item
types (AWS Cost Management User Guide, "Filtering the data that you want to view")."""


def billed(
    client: Any, period: Period, tags: Mapping[str, str], services: Sequence[str] = ()
) -> Bill:
    """Returns the bill of what has all of `tags`. `services`: those whose usage types
    are asked for too, one request more each where they were billed."""
    no_usage = [RECORDS.get(name, name) for name in NO_USAGE]
    only = [{"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": no_usage}}}]
    only += [_tag(key, value) for key, value in sorted(tags.items())]
    found = list(_groups(client, period, only, _by_tag(COMPONENT), _by("SERVICE")))
    lines = [Line(component, service, usd) for component, service, usd, _ in found]
    asked = sorted({line.service for line in lines} & set(services))
    for service in asked:
        only_service = [*only, {"Dimensions": {"Key": "SERVICE", "Values": [service]}}]
        lines = [line for line in lines if line.service != service]
        groups = _groups(client, period, only_service, _by_tag(COMPONENT), _by("USAGE_TYPE"))
        lines += [Line(own, service, usd, kind, amount) for own, kind, usd, amount in groups]
    teams: dict[str, float] = {}
    for team, _, usd, _ in _groups(client, period, only, _by_tag(TEAM), _by("SERVICE")):
        if team:
            teams[team] = teams.get(team, 0.0) + usd
    return Bill(period, tuple(lines), "Cost Explorer", teams)


def _groups(
    client: Any, period: Period, only: Sequence[Any], *group_by: Mapping[str, str]
) -> Iterator[tuple[str, str, float, float]]:
    """Yields the tag's value, the dimension, USD and amount of each group."""
    request: dict[str, Any] = {
        "TimePeriod": {"Start": f"{period.start}", "End": f"{period.end}"},
        "Granularity": "MONTHLY",
        "Metrics": list(METRICS),
        "Filter": only[0] if len(only) == 1 else {"And": list(only)},
        "GroupBy": list(group_by),
    }
    while True:
        answer = client.get_cost_and_usage(**request)
        for result in answer["ResultsByTime"]:
            for group in result["Groups"]:
                tag, name = group["Keys"]
                usd, amount = (float(group["Metrics"][metric]["Amount"]) for metric in METRICS)
                yield tag.partition("$")[2], name, usd, amount
        if not answer.get("NextPageToken"):
            return
        request["NextPageToken"] = answer["NextPageToken"]


def _tag(key: str, value: str) -> dict[str, Any]:
    return {"Tags": {"Key": key, "Values": [value]}}


def _by_tag(key: str) -> dict[str, str]:
    return {"Type": "TAG", "Key": key}


def _by(dimension: str) -> dict[str, str]:
    return {"Type": "DIMENSION", "Key": dimension}
