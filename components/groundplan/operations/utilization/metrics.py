"""CloudWatch metrics of many resources, in few requests and bounded memory.

A request has up to 500 metrics (CloudWatch API Reference, GetMetricData); what comes
back is summed up page by page and forgotten.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST = 500
HOUR = 3600


@dataclass(frozen=True)
class Window:
    """What is looked at: complete hours."""

    start: datetime.datetime
    end: datetime.datetime

    @classmethod
    def before(cls, moment: datetime.datetime, days: int) -> "Window":
        """Returns the complete hours of so many days before a moment."""
        end = moment.replace(minute=0, second=0, microsecond=0)
        return cls(end - datetime.timedelta(days=days), end)

    @property
    def days(self) -> float:
        return (self.end - self.start).total_seconds() / 86_400

    def days_since(self, created: datetime.datetime | None) -> float:
        """Returns for how many days of the window a resource was there."""
        if created is None or created <= self.start:
            return self.days
        return max(0.0, (self.end - created).total_seconds() / 86_400)


@dataclass(frozen=True)
class Metric:
    """A metric of a resource, by the hour."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str = "Average"
    limit: float | None = None
    """Hours above it are counted."""


@dataclass
class Summary:
    """What a metric was in the window."""

    hours: int = 0
    total: float = 0.0
    highest: float = 0.0
    lowest: float | None = None
    above: int = 0
    """Hours above the metric's limit."""
    last: datetime.datetime | None = None
    """Start of the last hour with data."""

    def add(
        self, times: Sequence[datetime.datetime], values: Sequence[float], limit: float | None
    ) -> None:
        """Takes hours into account."""
        if not values:
            return
        self.hours += len(values)
        self.total += sum(values)
        self.highest = max(self.highest, *values)
        self.lowest = min(values) if self.lowest is None else min(self.lowest, *values)
        self.last = max(times) if self.last is None else max(self.last, *times)
        if limit is not None:
            self.above += sum(value > limit for value in values)

    def share_above(self) -> float:
        """Returns the share of the hours above the limit, in percent."""
        return 100 * self.above / self.hours if self.hours else 0.0


def read(cloudwatch: Any, metrics: Sequence[Metric], window: Window) -> list[Summary]:
    """Returns a summary for each metric, in their order."""
    found = [Summary() for _ in metrics]
    for start in range(0, len(metrics), MOST):
        part = range(start, min(start + MOST, len(metrics)))
        queries = [_query(f"m{index}", metrics[index]) for index in part]
        request: dict[str, Any] = {
            "MetricDataQueries": queries,
            "StartTime": window.start,
            "EndTime": window.end,
            "ScanBy": "TimestampAscending",
        }
        while True:
            answer = cloudwatch.get_metric_data(**request)
            for result in answer["MetricDataResults"]:
                index = int(result["Id"][1:])
                found[index].add(result["Timestamps"], result["Values"], metrics[index].limit)
            if not answer.get("NextToken"):
                break
            request["NextToken"] = answer["NextToken"]
    return found


def _query(id_: str, metric: Metric) -> dict[str, Any]:
    dimensions = [{"Name": k, "Value": v} for k, v in metric.dimensions.items()]
    return {
        "Id": id_,
        "MetricStat": {
            "Metric": {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": dimensions,
            },
            "Period": HOUR,
            "Stat": metric.statistic,
        },
    }
