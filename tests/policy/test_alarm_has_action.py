from collections.abc import Callable

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.alarm_has_action import RULE

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]


@pytest.mark.parametrize("kind", [ALARM, COMPOSITE])
@pytest.mark.parametrize("actions", [["${topic.arn}"], "${unknown until topic}"])
def test_an_alarm_with_an_action_complies(
    build: Build, check_rule: CheckRule, kind: str, actions: object
) -> None:
    assert check_rule(RULE, build(kind, "errors", {"alarmActions": actions})) == []


@pytest.mark.parametrize("kind", [ALARM, COMPOSITE])
def test_an_alarm_without_an_action_is_named(
    build: Build, check_rule: CheckRule, kind: str
) -> None:
    alarm = build(kind, "errors", {"alarmActions": []})
    assert check_rule(RULE, alarm) == [
        Breach(alarm.urn, "alarm errors has no action, so nobody is notified", "alarmActions")
    ]


def test_an_alarm_whose_actions_are_off_is_named(build: Build, check_rule: CheckRule) -> None:
    (breach,) = check_rule(
        RULE, build(ALARM, "errors", {"alarmActions": ["${topic.arn}"], "actionsEnabled": False})
    )
    assert (breach.property, breach.fix) == (
        "actionsEnabled",
        "remove actions_enabled, which is true by default",
    )


@pytest.mark.parametrize(
    ("kind", "input"),
    [
        ("aws:sagemaker/endpoint:Endpoint", "deploymentConfig"),
        (COMPOSITE, "alarmRule"),
        ("aws:cloudwatch/eventRule:EventRule", "eventPattern"),
    ],
)
def test_an_alarm_that_rolls_back_or_is_part_of_another_complies(
    build: Build, check_rule: CheckRule, kind: str, input: str
) -> None:
    alarm = build(ALARM, "errors")
    assert (
        check_rule(
            RULE, alarm, build(kind, "user", {"alarmActions": ["${topic.arn}"]}, {input: alarm})
        )
        == []
    )


def test_a_dashboard_that_shows_an_alarm_is_no_action(build: Build, check_rule: CheckRule) -> None:
    alarm = build(ALARM, "errors")
    dashboard = build("aws:cloudwatch/dashboard:Dashboard", "board", {}, {"dashboardBody": alarm})
    assert len(check_rule(RULE, alarm, dashboard)) == 1


def test_it_is_about_alarms_only(build: Build, check_rule: CheckRule) -> None:
    assert check_rule(RULE, build("aws:cloudwatch/dashboard:Dashboard")) == []
