"""The alarms of objectives: what is registered, and when they go into ALARM state, by
an evaluation of their expressions over minutes of requests."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pytest
from groundplan.arguments import InvalidArguments
from groundplan.manifest.model import Resource
from groundplan.monitoring.monitoring_stack import MonitoringStack
from groundplan.policy.rules.alarm_has_action import RULE
from groundplan.testing import Plan, deploy

METRIC = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
DAY = 24 * 60

Minute = tuple[int, int, int]
"""Requests of a minute: all, failed, slow."""


def watch(objective: Mapping[str, Any], **endpoint: Any) -> Plan:
    args: Any = {
        "endpoints": {"churn": {"endpoint_name": "churn-prod", **endpoint}},
        "objectives": {"churn": objective},
    }
    return deploy(lambda: MonitoringStack("watch", args))


@cache
def both() -> Plan:
    return watch({"availability_percent": 99.9, "latency_ms": 300})


def value(query: Mapping[str, Any], minutes: Sequence[Minute]) -> float | None:
    """Returns a metric over the last minutes of its period, as SageMaker publishes
    it."""
    metric = query["metric"]
    window = minutes[-metric["period"] // 60 :]
    requests = sum(minute[0] for minute in window)
    if not requests:
        return None
    failed, slow = sum(m[1] for m in window), sum(m[2] for m in window)
    known = {
        ("Invocations", "Sum"): requests,
        ("Invocation5XXErrors", "Sum"): failed,
        ("Invocation5XXErrors", "SampleCount"): requests,
        ("ModelLatency", "PR(:300000)"): 100 * (1 - slow / requests),
    }
    return known[metric["metricName"], metric["stat"]]


def breaches(alarm: Resource, minutes: Sequence[Minute]) -> bool:
    """Evaluates a metric alarm as CloudWatch does, for the functions that are used."""
    *metrics, expression = alarm.inputs["metricQueries"]
    assert alarm.inputs["evaluationPeriods"] == 1
    values: dict[str, Any] = {query["id"]: value(query, minutes) for query in metrics}
    if all(found is None for found in values.values()):
        return False  # notBreaching
    text = re.sub(r"\bIF\(", "when(", expression["expression"])
    functions = {
        "FILL": lambda found, other: other if found is None else found,
        "when": lambda condition, yes, no: yes if condition else no,
    }
    result = eval(text, {"__builtins__": {}}, {**values, **functions})  # noqa: S307
    return bool(result > alarm.inputs["threshold"])


def in_alarm(plan: Plan, minutes: Sequence[Minute]) -> set[str]:
    """Returns the objectives' notifications in ALARM state."""
    windows = {n: a for n, a in plan.all(METRIC).items() if n.endswith(("-long", "-short"))}
    states = {name: breaches(alarm, minutes) for name, alarm in windows.items()}
    found: dict[str, bool] = {}
    for name, alarm in sorted(plan.all(COMPOSITE).items(), key=lambda item: "fast" not in item[0]):
        rule = re.sub(
            r"ALARM\(([^)]*)\)",
            lambda m: str({**states, **found}[logical(m[1])]),
            alarm.inputs["alarmRule"],
        )
        python = rule.replace("AND", "and").replace("OR", "or").replace("NOT", "not")
        found[name] = bool(eval(python, {"__builtins__": {}}))  # noqa: S307
    return {name.removeprefix("watch-endpoint-churn-") for name, state in found.items() if state}


def logical(reference: str) -> str:
    """Returns the logical name of the alarm that a rule names."""
    return re.sub(r"^\$\{(.*)\.name\}$", r"\1", reference.removeprefix("project-test-"))


def day(requests: int, failed: int = 0, slow: int = 0) -> list[Minute]:
    return [(requests, failed, slow)] * DAY


def test_nothing_notifies_of_an_endpoint_within_its_objective() -> None:
    # 0.1 % fail and 1 % are slow: the budget lasts for its 30 days.
    assert in_alarm(both(), day(1000, failed=1, slow=10)) == set()


def test_an_outage_notifies_within_minutes() -> None:
    outage = [*day(100)[:-5], *[(100, 100, 0)] * 5]
    assert in_alarm(both(), outage) == {"availability-burns-fast"}


def test_an_outage_that_is_over_is_not_urgent() -> None:
    outage = [*day(100)[:-200], *[(100, 100, 0)] * 5]
    # It spent more than a tenth of the budget: somebody should know, within the day.
    assert in_alarm(both(), [*outage, *day(100)[:35]]) == {"availability-burns"}
    assert in_alarm(both(), [*outage, *day(100)[:195]]) == set()


def test_six_times_the_budget_for_hours_is_urgent() -> None:
    assert in_alarm(both(), [*day(1000)[:-400], *[(1000, 7, 0)] * 400]) == {
        "availability-burns-fast"
    }


def test_a_slow_leak_notifies_once_and_not_urgently() -> None:
    assert in_alarm(both(), day(1000, failed=4)) == {"availability-burns"}
    assert in_alarm(both(), day(1000, slow=40)) == {"latency-burns"}


def test_the_urgent_notification_takes_the_place_of_the_other() -> None:
    assert in_alarm(both(), day(1000, failed=500)) == {"availability-burns-fast"}


def test_a_single_failure_at_night_notifies_nobody() -> None:
    quiet = [(0, 0, 0)] * (DAY - 1)
    assert in_alarm(both(), [*quiet, (1, 1, 1)]) == set()
    assert in_alarm(both(), [*quiet, (4, 4, 4)]) == set()
    assert in_alarm(both(), [*quiet, (5, 5, 0)]) == {"availability-burns-fast"}


def test_no_requests_are_no_failure() -> None:
    assert in_alarm(both(), [(0, 0, 0)] * DAY) == set()


def test_slow_requests_are_counted_by_their_percentile_rank() -> None:
    assert in_alarm(both(), [*day(100)[:-60], *[(100, 0, 20)] * 60]) == {"latency-burns-fast"}
    query = both().one(METRIC, "watch-endpoint-churn-latency-hour-long").inputs["metricQueries"][0]
    assert query["metric"] == {
        "namespace": "AWS/SageMaker",
        "metricName": "ModelLatency",
        "dimensions": {"EndpointName": "churn-prod", "VariantName": "primary"},
        "stat": "PR(:300000)",
        "period": 3600,
    }


def test_the_requests_of_all_variants_count_together() -> None:
    plan = watch({"availability_percent": 99.9}, variants=[{"name": "a"}, {"name": "b"}])
    alarm = plan.one(METRIC, "watch-endpoint-churn-availability-hour-short")
    *metrics, expression = alarm.inputs["metricQueries"]
    assert [
        (q["metric"]["dimensions"]["VariantName"], q["metric"]["metricName"]) for q in metrics
    ] == [
        ("a", "Invocation5XXErrors"),
        ("a", "Invocations"),
        ("b", "Invocation5XXErrors"),
        ("b", "Invocations"),
    ]
    assert expression["expression"] == (
        "IF((FILL(m1, 0) + FILL(m2, 0)) >= 1, "
        "100 * (FILL(m1, 0) + FILL(m2, 0)) / (FILL(n1, 0) + FILL(n2, 0)), 0)"
    )
    assert in_alarm(plan, [*day(100)[:-60], *[(100, 100, 0)] * 60]) == {"availability-burns-fast"}


def test_requests_of_an_asynchronous_endpoint_are_counted_without_invocations() -> None:
    plan = watch({"availability_percent": 99}, kind="asynchronous")
    names = {
        query["metric"]["metricName"]
        for alarm in plan.all(METRIC).values()
        if "availability" in alarm.name
        for query in alarm.inputs["metricQueries"][:-1]
    }
    assert names == {"Invocation5XXErrors"}
    assert in_alarm(plan, [*day(100)[:-60], *[(100, 100, 0)] * 60]) == {"availability-burns-fast"}


def test_only_the_composite_alarms_notify() -> None:
    plan = both()
    topic = plan.one("aws:sns/topic:Topic").urn
    windows = [a for name, a in plan.all(METRIC).items() if name.endswith(("-long", "-short"))]
    assert len(windows) == 12
    assert all("alarmActions" not in alarm.inputs for alarm in windows)
    for alarm in plan.all(COMPOSITE).values():
        assert set(alarm.property_dependencies["alarmActions"]) == {topic}
        assert set(alarm.property_dependencies["okActions"]) == {topic}
    assert [b for r in plan.manifest for b in RULE.check(r, plan.manifest)] == []


def test_the_notification_says_the_objective_what_was_spent_and_the_runbook() -> None:
    alarm = both().one(COMPOSITE, "watch-endpoint-churn-availability-burns-fast")
    assert alarm.inputs["alarmDescription"] == (
        "project-test: The objective of endpoint churn is 99.9 % of the requests answered without "
        "a server error. Its error budget of 30 days is spent fast: 2 % in an hour or 5 % in 6 "
        "hours. Severity: critical. Runbook: docs/runbooks/objective-availability.md"
    )


@pytest.mark.parametrize(
    ("args", "key"),
    [
        ({"objectives": {"chrun": {"availability_percent": 99}}}, "objectives.chrun"),
        ({"objectives": {"churn": {}}}, "objectives.churn.availability_percent"),
        (
            {
                "objectives": {"churn": {"latency_ms": 1}},
                "endpoints": {
                    "churn": {
                        "endpoint_name": "c",
                        "variants": [{"name": f"v{n}"} for n in range(6)],
                    }
                },
            },
            "objectives.churn",
        ),
        ({"endpoints": {}, "objectives": {"churn": {"latency_ms": 1}}}, "objectives.churn"),
    ],
)
def test_an_objective_that_cannot_be_watched_is_refused(args: Any, key: str) -> None:
    whole: Any = {"endpoints": {"churn": {"endpoint_name": "c"}}, **args}
    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: MonitoringStack("watch", whole))
    assert [problem.key for problem in caught.value.problems] == [key]


def test_an_outage_pages_once_where_a_threshold_is_on_it_too() -> None:
    suppressed = {
        name.removeprefix("watch-endpoint-churn-"): alarm.inputs["actionsSuppressor"]
        for name, alarm in both().all(COMPOSITE).items()
        if "actionsSuppressor" in alarm.inputs
    }
    # The threshold on the latency does not page, so its objective does.
    assert list(suppressed) == ["availability-burns-fast"]
    suppressor = suppressed["availability-burns-fast"]
    assert suppressor["alarm"] == "${watch-endpoint-churn-errors.name}"
    errors = both().one(METRIC, "watch-endpoint-churn-errors").inputs
    assert "Severity: critical." in errors["alarmDescription"]
    assert (
        errors["alarmActions"]
        == (
            both()
            .one(COMPOSITE, "watch-endpoint-churn-availability-burns-fast")
            .inputs["alarmActions"]
        )
    )
