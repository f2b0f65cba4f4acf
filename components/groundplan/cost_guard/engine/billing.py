"""What AWS Budgets say: a second look beside the guard's own count, as they know of a
cost up to a day later."""

import datetime
from collections.abc import Sequence

from groundplan.cost_guard.engine.ledger import month_of
from groundplan.cost_guard.engine.settings import BudgetScope
from groundplan.facts import regions
from groundplan.operations.utilization.account import Account

DELAY = datetime.timedelta(days=1)
"""How old billing data may be: it "is updated at least once per day" (AWS Cost
Management User Guide, "Best practices for AWS Budgets", update frequency)."""


def over(
    account: Account, account_id: str, scopes: Sequence[BudgetScope], now: datetime.datetime
) -> frozenset[str]:
    """Returns the scopes of the budgets whose actual costs of this month are over the
    limit."""
    if now - month_of(now) < DELAY:
        return frozenset()  # what they say may be of the month before
    # One endpoint in a partition, where Cost Explorer has its own (AWS General
    # Reference, "AWS Billing and Cost Management endpoints").
    region = regions.cost_explorer(account.region)
    client = account.client("budgets", region)
    found = set()
    for each in scopes:
        try:
            budget = client.describe_budget(AccountId=account_id, BudgetName=each.budget)["Budget"]
        except client.exceptions.NotFoundException:
            continue  # deleted by hand; `groundplan drift` and the next `up` say so
        spent = budget.get("CalculatedSpend", {}).get("ActualSpend", {}).get("Amount", "0")
        limit = float(budget["BudgetLimit"]["Amount"])
        if float(spent) >= limit * each.percent / 100:
            found.add(each.scope)
    return frozenset(found)
