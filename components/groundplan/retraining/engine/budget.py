"""What a run can cost, and what the runs of a month have cost. Pure."""

import datetime
from collections.abc import Mapping
from typing import Any

from groundplan.retraining.engine.settings import RetrainingSettings

HOUR = 3600.0


def most(settings: RetrainingSettings, record: Mapping[str, Any]) -> float | None:
    """Returns the US dollars that a run costs at most: all its nodes for all the time
    that its record allows, and its evaluation. None if a price is unknown."""
    training, evaluation = settings.training, settings.evaluation
    if training.usd_per_hour is None or evaluation.usd_per_hour is None:
        return None
    node_hours = int(record.get("nodes", 1)) * int(record.get("max_runtime_seconds", 0)) / HOUR
    return (
        training.usd_per_hour * node_hours
        + evaluation.usd_per_hour * evaluation.max_runtime_seconds / HOUR
    )


def mismatch(settings: RetrainingSettings, record: Mapping[str, Any]) -> str:
    """Returns why the settings' price is not that of a record; empty if it may be."""
    priced = settings.training.instance_type
    own = record.get("sagemaker") or {}
    recorded = own.get("instance_type", priced)
    if not priced or recorded == priced:
        return ""
    return (
        f"The champion's record has {recorded}, and the budget counts with the price of {priced}. "
        f"Fix: set training.instance_type to {recorded}"
    )


def problem(settings: RetrainingSettings, cost: float | None, spent: float) -> str:
    """Returns why a run is over the budget; empty if it is not."""
    limits = settings.limits
    if limits.usd_per_run is None and limits.usd_per_month is None:
        return ""
    if cost is None:
        return (
            "Nobody knows what a run costs, and there is a budget. Fix: set "
            "training.usd_per_hour and evaluation.usd_per_hour"
        )
    if limits.usd_per_run is not None and cost > limits.usd_per_run:
        return (
            f"A run costs up to {cost:.2f} USD, and may cost {limits.usd_per_run:.2f}. Fix: "
            "raise the limit, or lower the champion's max_runtime_seconds"
        )
    if limits.usd_per_month is not None and spent + cost > limits.usd_per_month:
        return (
            f"This month's runs have cost {spent:.2f} USD, this one costs up to {cost:.2f}, and "
            f"the month's budget is {limits.usd_per_month:.2f}"
        )
    return ""


def is_this_month(at: datetime.datetime, now: datetime.datetime) -> bool:
    """Returns whether a time is in the current calendar month, in UTC."""
    return (at.year, at.month) == (now.year, now.month)
