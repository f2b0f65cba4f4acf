"""What AWS Budgets say. They know of a cost a day after it began at the latest, so they
are a second look beside the guard's own count."""

import datetime
from collections.abc import Sequence

from groundplan.cost_guard.engine.ledger import month_of
from groundplan.cost_guard.engine.settings import BudgetScope
from groundplan.facts import regions
from groundplan.operations.utilization.account import COST_EXPLORER_REGIONS, Account


def over(
    account: Account, account_id: str, scopes: Sequence[BudgetScope], now: datetime.datetime
) -> frozenset[str]:
    """The scopes of the budgets whose actual costs of this month are over the limit."""
    # One endpoint in a partition, where Cost Explorer has its own (AWS General
    # Reference, "AWS Billing and Cost Management endpoints").
    region = COST_EXPLORER_REGIONS.get(regions.partition(account.region), account.region)
    client = account.client("budgets", region)
    found = set()
    for each in scopes:
        try:
            budget = client.describe_budget(AccountId=account_id, BudgetName=each.budget)["Budget"]
        except client.exceptions.NotFoundException:
            continue  # deleted by hand; `groundplan drift` and the next `up` say so
        updated = budget.get("LastUpdatedTime")
        if updated is not None and updated < month_of(now):
            continue  # what it says is of the month before
        spent = budget.get("CalculatedSpend", {}).get("ActualSpend", {}).get("Amount", "0")
        limit = float(budget["BudgetLimit"]["Amount"])
        if float(spent) >= limit * each.percent / 100:
            found.add(each.scope)
    return frozenset(found)
