"""A result as metrics and events: CloudWatch's embedded metric format, Prometheus' text
format, and an event of EventBridge."""

import datetime
import json
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.model_monitoring.analysis import names
from groundplan.model_monitoring.analysis.check import Check
from groundplan.model_monitoring.analysis.verdicts import Family, Status, Verdict

DRIFT = (Family.DATA_DRIFT, Family.PREDICTION_DRIFT)
SHARES = {Family.MISSING: "Missing", Family.INVALID: "Invalid", Family.UNSEEN: "Unseen"}
"""Family -> metric of a column's share of such values. CloudWatch gets no shares of
zero: it charges each column's metric by itself."""
LEVELS = {Status.OK: 0, Status.NOT_CHECKED: 0, Status.NOT_ENOUGH_DATA: 1, Status.ALARM: 2}


def embedded(check: Check, now: datetime.datetime) -> Iterator[dict[str, Any]]:
    """Yields log lines that CloudWatch turns into metrics: of the check, of each
    column's distance and shares, of each metric of quality."""
    yield _line(now, {names.MONITOR: check.monitor}, _totals(check))
    for verdict in check.verdicts:
        if verdict.value is None:
            continue
        if verdict.family in DRIFT:
            dimensions = {names.MONITOR: check.monitor, "Column": verdict.subject}
            yield _line(now, dimensions, {"Distance": verdict.value})
        elif verdict.family in SHARES and verdict.value > 0:
            dimensions = {names.MONITOR: check.monitor, "Column": verdict.subject}
            yield _line(now, dimensions, {SHARES[verdict.family]: verdict.value})
        elif verdict.family is Family.QUALITY:
            dimensions = {names.MONITOR: check.monitor, "Slice": verdict.slice or "all"}
            yield _line(now, dimensions, {verdict.subject: verdict.value})


def _totals(check: Check) -> dict[str, float]:
    """Returns the metrics of a check. Alarms watch these names."""
    count = [verdict.status for verdict in check.verdicts].count
    return {
        "Checks": 1,
        "Requests": check.window.requests,
        "Rows": check.window.rows,
        "BrokenLines": check.window.broken.total,
        names.NOT_ENOUGH_DATA: int(check.status is Status.NOT_ENOUGH_DATA),
        "Alarms": count(Status.ALARM),
        names.DRIFT_ALARMS: _alarms(check, *DRIFT),
        names.VALUE_ALARMS: _alarms(check, Family.MISSING, Family.INVALID, Family.UNSEEN),
        names.RECORD_ALARMS: _alarms(check, Family.RECORDS),
        names.QUALITY_ALARMS: _alarms(check, Family.QUALITY),
    }


def _alarms(check: Check, *families: Family) -> int:
    return sum(verdict.family in families for verdict in check.alarms)


def _line(
    now: datetime.datetime, dimensions: Mapping[str, str], values: Mapping[str, float]
) -> dict[str, Any]:
    """Returns a document of the embedded metric format (CloudWatch User Guide,
    "Specification: Embedded metric format")."""
    return {
        "_aws": {
            "Timestamp": int(now.timestamp() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": names.NAMESPACE,
                    "Dimensions": [list(dimensions)],
                    "Metrics": [{"Name": name} for name in values],
                }
            ],
        },
        **dimensions,
        **values,
    }


def prometheus(check: Check) -> str:
    """Returns the result in Prometheus' text format, for a push gateway or a file that
    the node exporter reads."""
    labels = {"monitor": check.monitor}
    samples: dict[tuple[str, str], list[tuple[Mapping[str, str], float]]] = {
        ("status", "0 is ok, 1 not enough data, 2 an alarm."): [
            ({**labels, "family": family.value}, LEVELS[status])
            for family, status in check.statuses.items()
            if status is not Status.NOT_CHECKED
        ],
        ("requests", "Captured requests of the window."): [(labels, check.window.requests)],
        ("rows", "Rows of the window."): [(labels, check.window.rows)],
        ("broken_lines", "Lines that could not be read."): [(labels, check.window.broken.total)],
        ("distance", "Distance of a column from the baseline, 0 to 1."): [
            ({**labels, "column": verdict.subject}, verdict.value)
            for verdict in check.verdicts
            if verdict.family in DRIFT and verdict.value is not None
        ],
        ("share", "Share of missing, invalid or unseen values of a column, 0 to 1."): [
            (
                {**labels, "column": verdict.subject, "kind": SHARES[verdict.family].lower()},
                verdict.value,
            )
            for verdict in check.verdicts
            if verdict.family in SHARES and verdict.value is not None
        ],
        ("quality", "A metric of quality."): [
            (
                {**labels, "metric": verdict.subject, "slice": verdict.slice or "all"},
                verdict.value,
            )
            for verdict in check.verdicts
            if verdict.family is Family.QUALITY and verdict.value is not None
        ],
    }
    lines = []
    for (name, text), found in samples.items():
        metric = f"{names.METRICS_PREFIX}{name}"
        if found:
            lines += [f"# HELP {metric} {text}", f"# TYPE {metric} gauge"]
            lines += [f"{metric}{{{_labels(known)}}} {value:.10g}" for known, value in found]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def event(check: Check, url: str, bus: str = "default") -> dict[str, Any]:
    """Returns the entry of `events:PutEvents`. A check that runs twice sends it twice,
    with the same digest."""
    document = check.document()
    detail = {
        "monitor": check.monitor,
        "status": check.status.value,
        "statuses": document["statuses"],
        "start": check.period.start,
        "end": check.period.end,
        "digest": document["digest"],
        "baseline": document["baseline"],
        "result": url,
        "alarms": [_alarm(verdict) for verdict in check.alarms[: names.MOST_ALARMS]],
        "alarm_count": len(check.alarms),
    }
    return {
        "Source": names.SOURCE,
        "DetailType": names.DETAIL_TYPE,
        "EventBusName": bus,
        "Detail": json.dumps(detail, sort_keys=True),
    }


def _alarm(verdict: Verdict) -> dict[str, Any]:
    plain = verdict.document()
    kept = ("family", "subject", "slice", "value", "baseline_value", "reason")
    return {name: plain[name] for name in kept}
