from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach, Severity
from groundplan.policy.rules.log_group_retention_and_key import RULE

GROUP = "aws:cloudwatch/logGroup:LogGroup"

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]


@pytest.mark.parametrize("days", [30, "${unknown}"])
def test_a_group_with_retention_and_key_complies(
    build: Build, check_rule: CheckRule, days: Any
) -> None:
    assert (
        check_rule(RULE, build(GROUP, "logs", {"retentionInDays": days, "kmsKeyId": "${key.arn}"}))
        == []
    )


@pytest.mark.parametrize("inputs", [{}, {"retentionInDays": 0}])
def test_logs_that_are_kept_for_ever_are_named(
    build: Build, check_rule: CheckRule, inputs: dict[str, Any]
) -> None:
    group = build(GROUP, "logs", {**inputs, "kmsKeyId": "${key.arn}"})
    reason = "log group logs stores its logs for ever: their cost grows every month"
    assert check_rule(RULE, group) == [Breach(group.urn, reason, "retentionInDays")]


def test_a_missing_key_matters_little(build: Build, check_rule: CheckRule) -> None:
    (breach,) = check_rule(RULE, build(GROUP, "logs", {"retentionInDays": 30}))
    assert (breach.severity, breach.property) == (Severity.LOW, "kmsKeyId")
    assert breach.fix.startswith("set kms_key_id")


def test_delivery_logs_are_retained_two_days_regardless_of_settings(
    build: Build, check_rule: CheckRule
) -> None:
    assert (
        check_rule(
            RULE, build(GROUP, "logs", {"logGroupClass": "DELIVERY", "kmsKeyId": "${key.arn}"})
        )
        == []
    )


def test_it_is_about_log_groups_only(build: Build, check_rule: CheckRule) -> None:
    assert check_rule(RULE, build("aws:cloudwatch/metricAlarm:MetricAlarm")) == []
