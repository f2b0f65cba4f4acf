from collections.abc import Callable

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.alarm_has_action import RULE

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"

Make = Callable[..., Resource]
Judge = Callable[..., list[Breach]]


@pytest.mark.parametrize("kind", [ALARM, COMPOSITE])
@pytest.mark.parametrize("actions", [["${topic.arn}"], "${unknown until topic}"])
def test_an_alarm_that_calls_somebody_complies(
    make: Make, judge: Judge, kind: str, actions: object
) -> None:
    assert judge(RULE, make(kind, "errors", {"alarmActions": actions})) == []


@pytest.mark.parametrize("kind", [ALARM, COMPOSITE])
def test_an_alarm_that_calls_nobody_is_named(make: Make, judge: Judge, kind: str) -> None:
    alarm = make(kind, "errors", {"alarmActions": []})
    assert judge(RULE, alarm) == [
        Breach(alarm.urn, "alarm errors calls nobody when it goes off", "alarmActions")
    ]


def test_an_alarm_whose_actions_are_off_is_named(make: Make, judge: Judge) -> None:
    (breach,) = judge(
        RULE, make(ALARM, "errors", {"alarmActions": ["${topic.arn}"], "actionsEnabled": False})
    )
    assert (breach.property, breach.fix) == (
        "actionsEnabled",
        "remove actions_enabled, which is true by default",
    )


@pytest.mark.parametrize(
    ("kind", "input"),
    [("aws:sagemaker/endpoint:Endpoint", "deploymentConfig"), (COMPOSITE, "alarmRule"),
     ("aws:cloudwatch/eventRule:EventRule", "eventPattern")],
)  # fmt: skip
def test_an_alarm_that_rolls_back_or_is_part_of_another_complies(
    make: Make, judge: Judge, kind: str, input: str
) -> None:
    alarm = make(ALARM, "errors")
    assert (
        judge(RULE, alarm, make(kind, "user", {"alarmActions": ["${topic.arn}"]}, {input: alarm}))
        == []
    )


def test_a_dashboard_that_shows_an_alarm_is_no_action(make: Make, judge: Judge) -> None:
    alarm = make(ALARM, "errors")
    dashboard = make("aws:cloudwatch/dashboard:Dashboard", "board", {}, {"dashboardBody": alarm})
    assert len(judge(RULE, alarm, dashboard)) == 1


def test_it_is_about_alarms_only(make: Make, judge: Judge) -> None:
    assert judge(RULE, make("aws:cloudwatch/dashboard:Dashboard")) == []
