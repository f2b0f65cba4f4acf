"""What Lambda runs: on a schedule, and for each notification of AWS Budgets and Cost
Anomaly Detection.

A notification is forwarded to people and is a reason to look at once; what it says is
asked of AWS, not read off its text.
"""

import datetime
import os
import pathlib
from collections.abc import Mapping
from typing import Any

from groundplan.cost_guard.engine import guard, messages
from groundplan.cost_guard.engine.settings import VARIABLE, Settings
from groundplan.operations.utilization.account import Account


def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Handles an invocation of Lambda. Raises what goes wrong: Lambda tries again then,
    and the event ends in the queue of failed ones."""
    settings = Settings.read(pathlib.Path(os.environ[VARIABLE]).read_text("utf-8"))
    account = Account(os.environ["AWS_REGION"])
    return handled(settings, event, account, datetime.datetime.now(datetime.UTC))


def handled(
    settings: Settings, event: Mapping[str, Any], account: Account, now: datetime.datetime
) -> dict[str, Any]:
    """Runs the guard, and forwards what came to its topic."""
    outcome = guard.run(settings, account, now)
    for record in event.get("Records", ()):
        if settings.topic_arn:
            subject, text = messages.forwarded(record.get("Sns", {}))
            account.client("sns").publish(
                TopicArn=settings.topic_arn, Subject=subject, Message=text
            )
    return outcome.to_data()
