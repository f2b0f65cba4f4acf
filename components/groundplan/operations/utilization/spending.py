"""What AWS bills for the environment, by Cost Explorer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.facts import regions
from groundplan.operations.utilization.account import Account
from groundplan.operations.utilization.metrics import Window
from groundplan.operations.utilization.scope import TEAM


@dataclass(frozen=True)
class Spent:
    """What the resources with the environment's tags have cost in the window."""

    usd: float
    services: Mapping[str, float]
    """Service -> USD."""
    teams: Mapping[str, float]
    """Team -> USD, where the tag of teams is a cost allocation tag; empty elsewhere."""


def spent(account: Account, tags: Mapping[str, str], window: Window) -> Spent | None:
    """Returns what Cost Explorer says of the days of the window; None if it has nothing
    with these tags, which have to be cost allocation tags, activated in the billing
    console. A request costs 0.01 USD (AWS Cost Management pricing)."""
    region = regions.cost_explorer(account.region)
    explorer = account.client("ce", region)
    filters = [{"Tags": {"Key": key, "Values": [value]}} for key, value in sorted(tags.items())]
    request: dict[str, Any] = {
        "TimePeriod": {"Start": f"{window.start:%Y-%m-%d}", "End": f"{window.end:%Y-%m-%d}"},
        "Granularity": "MONTHLY",
        "Metrics": ["UnblendedCost"],
        "Filter": filters[0] if len(filters) == 1 else {"And": filters},
        "GroupBy": [
            {"Type": "DIMENSION", "Key": "SERVICE"},
            {"Type": "TAG", "Key": TEAM},
        ],
    }
    services: dict[str, float] = {}
    teams: dict[str, float] = {}
    while True:
        answer = explorer.get_cost_and_usage(**request)
        for period in answer["ResultsByTime"]:
            for group in period["Groups"]:
                service, tag = group["Keys"]
                usd = float(group["Metrics"]["UnblendedCost"]["Amount"])
                services[service] = services.get(service, 0.0) + usd
                owner = tag.partition("$")[2]
                if owner:
                    teams[owner] = teams.get(owner, 0.0) + usd
        if not answer.get("NextPageToken"):
            return Spent(sum(services.values()), services, teams) if services else None
        request["NextPageToken"] = answer["NextPageToken"]
