"""Alarms of an endpoint: which are on, and which were on since when."""

import datetime
import json
from collections.abc import Iterator, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.release.engine.clients import Clients


def on(clients: Clients, names: Sequence[str]) -> list[tuple[str, str]]:
    """Name and reason of the alarms that are in ALARM now."""
    found = []
    for start in range(0, len(names), 100):  # DescribeAlarms takes 100 names
        answer = clients.cloudwatch.describe_alarms(
            AlarmNames=list(names[start : start + 100]),
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
            StateValue="ALARM",
        )
        alarms = [*answer.get("MetricAlarms", ()), *answer.get("CompositeAlarms", ())]
        found += [(str(alarm["AlarmName"]), str(alarm.get("StateReason", ""))) for alarm in alarms]
    return found


def fired(clients: Clients, names: Sequence[str], since: datetime.datetime) -> list[dict[str, Any]]:
    """Returns when and why alarms went into ALARM since then, oldest first. What can't
    be read is said in the list, and stops nothing."""
    entries: list[dict[str, Any]] = []
    for name in names:
        try:
            entries += _changes(clients, name, since)
        except (ClientError, BotoCoreError) as error:
            entries.append(
                {"alarm": name, "at": "", "why": f"its history can't be read: {aws.words(error)}"}
            )
    return sorted(entries, key=lambda entry: str(entry["at"]))


def were_on(
    clients: Clients, names: Sequence[str], since: datetime.datetime
) -> list[tuple[str, str]]:
    """Name and reason of the alarms that went into ALARM since then, also of those that
    have left it. Raises the errors of AWS."""
    reasons: dict[str, str] = {}
    for name in names:
        for change in _changes(clients, name, since):
            reasons.setdefault(name, str(change["why"]))
    return list(reasons.items())


def _changes(clients: Clients, name: str, since: datetime.datetime) -> Iterator[dict[str, Any]]:
    """Yields when and why an alarm went into ALARM since then, oldest first."""
    token: dict[str, str] = {}
    while True:
        answer = clients.cloudwatch.describe_alarm_history(
            AlarmName=name,
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
            HistoryItemType="StateUpdate",
            StartDate=since,
            ScanBy="TimestampAscending",
            MaxRecords=100,
            **token,
        )
        for item in answer.get("AlarmHistoryItems", ()):
            state, summary = (
                _new_state(str(item.get("HistoryData", ""))),
                item.get("HistorySummary"),
            )
            if state.get("stateValue") == "ALARM" or "to ALARM" in str(summary or ""):
                at = item["Timestamp"].isoformat(timespec="seconds")
                why = str(state.get("stateReason") or summary or "")
                yield {"alarm": name, "at": at, "why": why}
        if not answer.get("NextToken"):
            return
        token = {"NextToken": answer["NextToken"]}


def _new_state(data: str) -> dict[str, Any]:
    try:
        state = json.loads(data).get("newState", {})
    except (ValueError, AttributeError):
        return {}
    return state if isinstance(state, dict) else {}
