"""Alarms of an endpoint: which are on, and which went off since when."""

import datetime
import json
from collections.abc import Sequence
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
    """Returns when and why alarms went off since then, oldest first. What can't be read
    is said in the list, and stops nothing."""
    found: list[dict[str, Any]] = []
    for name in names:
        try:
            answer = clients.cloudwatch.describe_alarm_history(
                AlarmName=name,
                AlarmTypes=["MetricAlarm", "CompositeAlarm"],
                HistoryItemType="StateUpdate",
                StartDate=since,
                ScanBy="TimestampAscending",
                MaxRecords=100,
            )
        except (ClientError, BotoCoreError) as error:
            found.append(
                {"alarm": name, "at": "", "why": f"its history can't be read: {aws.words(error)}"}
            )
            continue
        for item in answer.get("AlarmHistoryItems", ()):
            state = _new_state(str(item.get("HistoryData", "")))
            if state.get("stateValue") == "ALARM" or "to ALARM" in str(
                item.get("HistorySummary", "")
            ):
                why = str(state.get("stateReason") or item.get("HistorySummary", ""))
                found.append(
                    {
                        "alarm": name,
                        "at": item["Timestamp"].isoformat(timespec="seconds"),
                        "why": why,
                    }
                )
    return sorted(found, key=lambda entry: str(entry["at"]))


def _new_state(data: str) -> dict[str, Any]:
    try:
        state = json.loads(data).get("newState", {})
    except (ValueError, AttributeError):
        return {}
    return state if isinstance(state, dict) else {}
