"""Data and drift: what the scheduled checks of a model find. The same rows twice: of
CloudWatch, which checks on AWS publish to, and of Prometheus, which scrapes those of a
cluster.

The names are those of `groundplan.model_monitoring.analysis`, `names` and `published`.
"""

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.builders.timeseries import Panel
from grafana_panels import (
    cloudwatch_choice,
    cloudwatch_graph,
    cloudwatch_search,
    dashboard,
    graph,
    single_choice,
)

NAMESPACE = "Groundplan/ModelMonitoring"
MONITOR = "$monitor"
CHOSEN = 'monitor="$monitor"'

DRIFT = "Runbook: docs/runbooks/model-drift.md"
QUALITY = "Runbook: docs/runbooks/model-quality.md"
CHECKS = "Runbook: docs/runbooks/model-checks.md"

WEEKS = "now-14d"
"""Checks run once an hour at most, most of them once a day."""


def build() -> Dashboard:
    """Returns the dashboard of checks on AWS."""
    monitor = cloudwatch_choice("monitor", "Model", NAMESPACE, "Checks", "Monitor")
    of_monitor, of_column = {"Monitor": MONITOR}, {"Monitor": MONITOR, "Column": "*"}

    def columns(title: str, metric: str, description: str) -> Panel:
        legend = "${PROP('Dim.Column')}"
        return cloudwatch_graph(
            title,
            "percentunit",
            NAMESPACE,
            (metric, legend),
            dimensions=of_column,
            description=description,
        )

    alarms = [
        cloudwatch_graph(
            "What the last check found",
            "short",
            NAMESPACE,
            ("DriftAlarms", "columns and predictions that drift"),
            ("ValueAlarms", "columns with more missing, invalid or unseen values"),
            ("QualityAlarms", "metrics of quality that are worse"),
            ("RecordAlarms", "captures that cannot be read"),
            dimensions=of_monitor,
            description=DRIFT,
        ),
        cloudwatch_graph(
            "Requests and rows of the window",
            "short",
            NAMESPACE,
            ("Requests", "requests"),
            ("Rows", "rows"),
            ("BrokenLines", "lines that cannot be read"),
            ("NotEnoughData", "1: too few to decide"),
            dimensions=of_monitor,
            description=CHECKS,
        ),
    ]
    drift = [columns("Distance from the training data, by column", "Distance", DRIFT)]
    values = [
        columns("Missing values", "Missing", DRIFT),
        columns("Unseen values", "Unseen", DRIFT),
        columns("Invalid values", "Invalid", DRIFT),
    ]
    quality = [
        cloudwatch_search(
            "Quality, by metric and slice",
            "short",
            f"SEARCH('{{{NAMESPACE},Monitor,Slice}} Monitor=\"$monitor\"', 'Maximum', 3600)",
            "${PROP('MetricName')} ${PROP('Dim.Slice')}",
            QUALITY,
        )
    ]
    rows = (("Alarms", alarms), ("Drift", drift), ("Values", values), ("Quality", quality))
    found = dashboard("groundplan-drift", "Groundplan / Data and drift", rows, monitor)
    return found.time(WEEKS, "now").refresh("5m")


def build_of_cluster() -> Dashboard:
    """Returns the dashboard of checks on a cluster."""
    prefix = "groundplan_model_monitoring"
    monitor = single_choice("monitor", "Model", f"label_values({prefix}_rows, monitor)")

    def shares(title: str, kind: str) -> Panel:
        query = f'max by (column) ({prefix}_share{{{CHOSEN}, kind="{kind}"}})'
        return graph(title, "percentunit", (query, "{{column}}"), description=DRIFT)

    alarms = [
        graph(
            "What the last check found: 2 is an alarm, 1 too few data",
            "short",
            (f"max by (family) ({prefix}_status{{{CHOSEN}}})", "{{family}}"),
            description=DRIFT,
        ),
        graph(
            "Requests and rows of the window",
            "short",
            (f"max({prefix}_requests{{{CHOSEN}}})", "requests"),
            (f"max({prefix}_rows{{{CHOSEN}}})", "rows"),
            (f"max({prefix}_broken_lines{{{CHOSEN}}})", "lines that cannot be read"),
            description=CHECKS,
        ),
    ]
    drift = [
        graph(
            "Distance from the training data, by column",
            "percentunit",
            (f"max by (column) ({prefix}_distance{{{CHOSEN}}})", "{{column}}"),
            description=DRIFT,
        ),
        graph(
            "Time since the end of the window that was checked",
            "s",
            (f"time() - max({prefix}_window_end_timestamp_seconds{{{CHOSEN}}})", "age"),
            description=CHECKS,
        ),
    ]
    values = [
        shares("Missing values", "missing"),
        shares("Unseen values", "unseen"),
        shares("Invalid values", "invalid"),
    ]
    quality = [
        graph(
            "Quality, by metric and slice",
            "short",
            (f"max by (metric, slice) ({prefix}_quality{{{CHOSEN}}})", "{{metric}} {{slice}}"),
            description=QUALITY,
        )
    ]
    rows = (("Alarms", alarms), ("Drift", drift), ("Values", values), ("Quality", quality))
    title = "Groundplan / Data and drift, checks of the cluster"
    return dashboard("groundplan-drift-cluster", title, rows, monitor).time(WEEKS, "now")
