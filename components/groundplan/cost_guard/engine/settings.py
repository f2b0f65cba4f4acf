"""What the function of a CostGuard is configured with: a JSON object."""

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from groundplan.cost_guard.engine.ceiling import Ceiling
from groundplan.cost_guard.engine.opening_hours import OpeningHours

VARIABLE = "GROUNDPLAN_COST_GUARD"
ENDING_HOURS = 0.5
"""Hours from a request to stop until nothing is charged: EKS drains the nodes of a
group for up to 15 minutes (Amazon EKS User Guide, "Understand each phase of node
updates", scale down), and an endpoint is deleted within minutes; doubled."""


class InvalidSettings(ValueError):
    """The settings of the function are invalid."""


@dataclass(frozen=True)
class BudgetScope:
    """What a budget of AWS is about."""

    budget: str
    """Name of the budget."""
    scope: str
    """`environment`, `team:search` or `model:churn`."""
    percent: float
    """Percent of the limit from which on it stops what may be stopped."""


@dataclass(frozen=True)
class Settings:
    """What the guard watches, and what it may stop."""

    environment: str
    """`ml-dev`, for people."""
    account_id: str
    bucket: str
    prefix: str
    """Folder of the journal in the bucket: `cost-guard/`."""
    kms_key_arn: str = ""
    topic_arn: str = ""
    """Topic that gets notifications; empty for none."""
    dry_run: bool = True
    interval_minutes: int = 15
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of the environment's notebooks and training jobs, all of them."""
    cluster: str = ""
    pools: Mapping[str, str] = field(default_factory=dict)
    """Pool -> the node group that may be scaled to zero."""
    endpoints: Mapping[str, str] = field(default_factory=dict)
    """Name in the settings -> the endpoint that may be deleted until it opens again."""
    notebooks: bool = False
    studio_domains: tuple[str, ...] = ()
    """IDs of the SageMaker Studio domains whose apps may be stopped."""
    training_jobs: bool = False
    idle: bool = False
    """Whether idle notebooks and endpoints are stopped."""
    minimum_instances: int = 1
    hours: Mapping[str, Any] = field(default_factory=dict)
    """Of `OpeningHours`; empty where the environment is always open."""
    expires: str = ""
    """The last day of the environment: `2027-03-31`; empty for none."""
    remind_days_before: int = 7
    ceiling_usd: float | None = None
    fixed_usd: float = 0.0
    reserve_usd_per_hour: float = 0.0
    budgets: tuple[Mapping[str, Any], ...] = ()
    """Of `BudgetScope`."""

    @classmethod
    def read(cls, text: str) -> "Settings":
        """Returns the settings of a JSON object. Raises `InvalidSettings`."""
        try:
            data = json.loads(text)
            lists = {key: tuple(data.get(key) or ()) for key in ("budgets", "studio_domains")}
            return cls(**{**data, **lists})
        except (TypeError, ValueError, AttributeError) as error:
            raise InvalidSettings(f"the settings are invalid: {error}") from error

    @property
    def opening_hours(self) -> OpeningHours | None:
        """When the environment is open; None if it always is."""
        return OpeningHours(**self.hours) if self.hours else None

    @property
    def expiry(self) -> datetime.datetime | None:
        """The moment from which on the environment is stopped, in UTC."""
        if not self.expires:
            return None
        day = datetime.date.fromisoformat(self.expires) + datetime.timedelta(days=1)
        return datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.UTC)

    @property
    def scopes(self) -> tuple[BudgetScope, ...]:
        """The budgets that stop something."""
        return tuple(BudgetScope(**each) for each in self.budgets)

    def ceiling(self, usd_per_hour_at_most: float) -> Ceiling | None:
        """Returns the ceiling, with what all that may be stopped costs an hour at
        most."""
        if self.ceiling_usd is None:
            return None
        return Ceiling(
            self.ceiling_usd,
            self.fixed_usd,
            usd_per_hour_at_most + self.reserve_usd_per_hour,
            2 * self.interval_minutes / 60 + ENDING_HOURS,
        )
