"""CloudWatch: metrics that were put, and the alarms of the plan that watch them.

An alarm is evaluated once a minute (Amazon CloudWatch User Guide, "Using Amazon
CloudWatch alarms"): it is on when enough of its last periods breach. What the plan's
alarms do not use is not there: an alarm that has it is refused when it is created.
"""

import datetime
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ALARM, OK, INSUFFICIENT = "ALARM", "OK", "INSUFFICIENT_DATA"
Series = tuple[str, str, tuple[tuple[str, str], ...]]
"""Namespace, metric, dimensions."""


class UnknownAlarm(Exception):
    """An alarm has something that is not evaluated."""


@dataclass
class Alarm:
    """One alarm and its state."""

    inputs: Mapping[str, Any]
    arn: str
    state: str = INSUFFICIENT
    reason: str = ""

    @property
    def name(self) -> str:
        return str(self.inputs["name"])

    @property
    def actions(self) -> Sequence[str]:
        """The ARNs that its present state notifies."""
        key = {ALARM: "alarmActions", OK: "okActions"}.get(self.state, "")
        return tuple(self.inputs.get(key) or ())

    @property
    def all_actions(self) -> Sequence[str]:
        """The ARNs that any of its states notifies."""
        keys = ("alarmActions", "okActions", "insufficientDataActions")
        return tuple(arn for key in keys for arn in self.inputs.get(key) or ())


@dataclass
class Metrics:
    """Metrics, and the alarms over them."""

    now: Callable[[], datetime.datetime]
    changed: Callable[[Alarm], None] = lambda _alarm: None
    """Called when an alarm's state changes."""
    alarms: dict[str, Alarm] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    points: dict[Series, list[tuple[datetime.datetime, float]]] = field(default_factory=dict)

    def add(self, inputs: Mapping[str, Any], arn: str) -> None:
        """Creates an alarm."""
        if "name" not in inputs:
            raise UnknownAlarm(f"The alarm {arn} has no name")
        self.alarms[inputs["name"]] = Alarm(inputs, arn)

    def put(self, space: str, name: str, dimensions: Mapping[str, str], value: float) -> None:
        """Adds a value."""
        series = (space, name, tuple(sorted(dimensions.items())))
        self.points.setdefault(series, []).append((self.now(), value))

    def evaluate(self) -> None:
        """Evaluates all alarms."""
        for alarm in self.alarms.values():
            state, reason = self._state(alarm)
            if state != alarm.state:
                was, alarm.state, alarm.reason = alarm.state, state, reason
                self.history.append(
                    {
                        "AlarmName": alarm.name,
                        "Timestamp": self.now(),
                        "HistoryItemType": "StateUpdate",
                        "HistorySummary": f"Alarm updated from {was} to {state}",
                        "HistoryData": json.dumps(
                            {"newState": {"stateValue": state, "stateReason": reason}}
                        ),
                    }
                )
                self.changed(alarm)

    def _state(self, alarm: Alarm) -> tuple[str, str]:
        inputs = alarm.inputs
        periods, wanted = (
            int(inputs["evaluationPeriods"]),
            int(inputs.get("datapointsToAlarm", inputs["evaluationPeriods"])),
        )
        missing = inputs.get("treatMissingData", "missing")
        values = [self._value(inputs, number) for number in range(periods)]
        if missing == "ignore" and all(value is None for value in values):
            return alarm.state, alarm.reason
        if all(value is None for value in values):
            return (OK if missing == "notBreaching" else INSUFFICIENT), "no data"
        threshold = float(inputs["threshold"])
        breaching = [v for v in values if v is not None and _breaches(inputs, v, threshold)]
        if missing == "breaching":
            breaching += [threshold for value in values if value is None]
        if len(breaching) >= wanted:
            return ALARM, f"{max(breaching):.4g} against a threshold of {threshold:g}"
        return OK, ""

    def _value(self, inputs: Mapping[str, Any], number: int) -> float | None:
        """The value of a period; 0 is the last one."""
        if "metricQueries" not in inputs:
            period = int(inputs.get("period", 60))
            statistic = inputs.get("statistic") or inputs.get("extendedStatistic")
            return self._statistic(
                (inputs["namespace"], inputs["metricName"], inputs.get("dimensions") or {}),
                str(statistic),
                period,
                number,
            )
        values: dict[str, float | None] = {}
        expression = ""
        for query in inputs["metricQueries"]:
            if "expression" in query:
                expression = query["expression"]
                continue
            metric = query["metric"]
            values[query["id"]] = self._statistic(
                (metric["namespace"], metric["metricName"], metric.get("dimensions") or {}),
                metric["stat"],
                int(metric["period"]),
                number,
            )
        return _percent(expression, values)

    def _statistic(
        self, metric: tuple[str, str, Mapping[str, str]], statistic: str, period: int, number: int
    ) -> float | None:
        end = self.now() - datetime.timedelta(seconds=period * number)
        begin = end - datetime.timedelta(seconds=period)
        series = (metric[0], metric[1], tuple(sorted(metric[2].items())))
        found = []
        for at, value in reversed(self.points.get(series, [])):
            if at <= begin:
                break
            if at <= end:
                found.append(value)
        if not found:
            return None
        if statistic.startswith("p"):
            place = int(len(found) * float(statistic[1:]) / 100)
            return sorted(found)[min(place, len(found) - 1)]
        return {
            "Sum": sum(found),
            "Maximum": max(found),
            "Minimum": min(found),
            "Average": sum(found) / len(found),
            "SampleCount": float(len(found)),
        }[statistic]

    # What the API answers.

    def describe(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeAlarms."""
        wanted, prefix = params.get("StateValue"), params.get("ActionPrefix", "")
        found = [
            {"AlarmName": a.name, "AlarmArn": a.arn, "StateValue": a.state, "StateReason": a.reason}
            for a in self.alarms.values()
            if a.name in params.get("AlarmNames", self.alarms)
            and wanted in (None, a.state)
            and (not prefix or any(arn.startswith(prefix) for arn in a.all_actions))
        ]
        return {"MetricAlarms": found, "CompositeAlarms": []}

    def describe_history(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """DescribeAlarmHistory."""
        items = [
            item
            for item in self.history
            if item["AlarmName"] == params["AlarmName"] and item["Timestamp"] >= params["StartDate"]
        ]
        return {"AlarmHistoryItems": items}


def _breaches(inputs: Mapping[str, Any], value: float, threshold: float) -> bool:
    compare = inputs["comparisonOperator"]
    if compare == "GreaterThanThreshold":
        return value > threshold
    if compare == "GreaterThanOrEqualToThreshold":
        return value >= threshold
    if compare == "LessThanThreshold":
        return value < threshold
    if compare == "LessThanOrEqualToThreshold":
        return value <= threshold
    raise UnknownAlarm(f"The comparison {compare} is not evaluated")


def _percent(expression: str, values: Mapping[str, float | None]) -> float | None:
    """The shares that the plan's alarms compute: `100 * errors / requests`."""
    words = expression.split()
    if len(words) != 5 or words[:2] != ["100", "*"] or words[3] != "/":
        return None
    part, whole = values.get(words[2]), values.get(words[4])
    return None if part is None or not whole else 100 * part / whole
