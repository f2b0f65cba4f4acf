"""Entry of a Glue job: a check on Spark.

The job's arguments are `--settings`, the URL of the settings' object, and `--time`, the
scheduled time. What it came to is written as by the function; its metrics go to
CloudWatch by its API, since Glue writes no log in the embedded metric format.
"""

import datetime
from collections.abc import Iterator, Sequence
from typing import Any

from groundplan.model_monitoring.analysis import handler, names, published, stores
from groundplan.model_monitoring.analysis.check import Check

MOST_METRICS = 1000
"""Of a request (Amazon CloudWatch API Reference, PutMetricData)."""


def options(arguments: Sequence[str]) -> dict[str, str]:
    """Returns the arguments of a job, as Glue passes them: its own too."""
    found: dict[str, str] = {}
    for place, argument in enumerate(arguments[:-1]):
        if argument.startswith("--"):
            found[argument.removeprefix("--")] = arguments[place + 1]
    return found


def metric_data(check: Check, now: datetime.datetime) -> Iterator[dict[str, Any]]:
    """Yields the metrics of a check, as PutMetricData takes them: the same as in the
    embedded metric format."""
    for line in published.embedded(check, now):
        (group,) = line["_aws"]["CloudWatchMetrics"]
        (keys,) = group["Dimensions"]
        dimensions = [{"Name": key, "Value": line[key]} for key in keys]
        for metric in group["Metrics"]:
            name = metric["Name"]
            yield {
                "MetricName": name,
                "Dimensions": dimensions,
                "Timestamp": now,
                "Value": float(line[name]),
            }


def put_metrics(check: Check) -> None:
    """Sends the metrics of a check."""
    import boto3  # type: ignore[import-untyped]

    cloudwatch = boto3.client("cloudwatch")
    data = list(metric_data(check, datetime.datetime.now(datetime.UTC)))
    for first in range(0, len(data), MOST_METRICS):
        cloudwatch.put_metric_data(
            Namespace=names.NAMESPACE, MetricData=data[first : first + MOST_METRICS]
        )


def main(arguments: Sequence[str]) -> None:
    """Runs the check of a job's arguments."""
    given = options(arguments)
    place, key = stores.parent(given["settings"])
    settings = handler.Settings.read(place.read(key).decode())
    handler.checked(settings, {"time": given["time"]}, metrics=put_metrics)
