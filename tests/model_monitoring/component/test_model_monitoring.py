"""ModelMonitoring: its function, schedule, alarms and least-privilege roles."""

import dataclasses
import json
import pathlib
import re
from functools import cache
from typing import Any

import pytest
from groundplan import ModelMonitoring
from groundplan.arguments import InvalidArguments
from groundplan.model_monitoring.analysis import handler, published
from groundplan.model_monitoring.analysis.job import Job
from groundplan.model_monitoring.analysis.limits import Limits
from groundplan.model_monitoring.component.args import MONITORING_LIMITS_DEFAULTS
from groundplan.model_monitoring.component.validation import METRICS
from groundplan.testing import Plan, deploy, policy

ROOT = pathlib.Path(__file__).parents[3]
BUCKET: Any = {
    "bucket_name": "artifacts-1",
    "bucket_arn": "arn:aws:s3:::artifacts-1",
    "kms_key_arn": "arn:bucket-key",
}
MINIMAL: dict[str, Any] = {
    "endpoint": "fraud",
    "bucket": BUCKET,
    "baseline_key": "baselines/fraud.json",
    "layer_arns": ["arn:aws:lambda:eu-west-1:123456789012:layer:statistics:3"],
}
FUNCTION = "aws:lambda/function:Function"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def plan_of(**args: Any) -> Plan:
    arguments: Any = {**MINIMAL, **args}
    return deploy(
        lambda: ModelMonitoring("watch", arguments), project="ml", stack="prod", region="eu-west-1"
    )


@cache
def minimal() -> Plan:
    return plan_of()


@cache
def complete() -> Plan:
    return plan_of(
        label_prefix="labels/fraud/",
        label_delay_hours=48,
        variant="canary",
        limits={"smallest_drift": 0.2, "worst_quality": {"auc": 0.8}},
        alarm_actions=["arn:aws:sns:eu-west-1:123456789012:alarms"],
        runbooks_url="https://git.example.com/runbooks",
        kms_key_arn="arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555",
        schedule_expression="rate(7 days)",
        window_hours=168,
        tracing=True,
    )


def test_children_belong_to_the_component_and_its_outputs_name_them() -> None:
    plan = minimal()
    component = plan.one("groundplan:index:ModelMonitoring", "watch")
    mine = {resource.name for resource in plan.manifest if plan.parent(resource) == component}
    roles = "key logs queue queue-policy role role-policy function failed-events"
    roles += " schedule-role schedule-policy schedule"
    roles += " drift values records quality unknown errors undelivered"
    assert mine == {f"watch-{role}" for role in roles.split()}
    assert component.outputs == {
        "functionName": "${watch-function.name}",
        "functionArn": "${watch-function.arn}",
        "roleArn": "${watch-role.arn}",
        "queueUrl": "${watch-queue.url}",
        "resultsUri": "s3://artifacts-1/monitoring/fraud",
        "monitor": "fraud",
        "checksPerMonth": pytest.approx(730 / 24),
    }


@pytest.mark.parametrize("plan", [minimal, complete])
def test_the_handler_accepts_the_settings_of_the_function(plan: Any) -> None:
    variables = plan().one(FUNCTION).inputs["environment"]["variables"]
    settings = handler.Settings.read(variables["GROUNDPLAN_MONITOR"])
    start, end = handler.hours({"time": "2026-11-28T00:30:00Z"}, settings.window_hours)
    job = Job.read({**settings.job, "start": start, "end": end})
    assert job.baseline == "s3://artifacts-1/baselines/fraud.json"
    assert job.captures.startswith("s3://artifacts-1/capture/fraud/")
    # 4 KB of environment variables (Lambda quotas).
    assert len(variables["GROUNDPLAN_MONITOR"]) < 2048


def test_what_is_set_reaches_the_function() -> None:
    function = complete().one(FUNCTION)
    settings = json.loads(function.inputs["environment"]["variables"]["GROUNDPLAN_MONITOR"])
    assert settings["window_hours"] == 168
    assert settings["job"]["captures"] == "s3://artifacts-1/capture/fraud/canary"
    assert settings["job"]["labels"] == "s3://artifacts-1/labels/fraud/"
    assert settings["job"]["label_delay_hours"] == 48
    assert Limits.read(settings["job"]["limits"]) == Limits(
        smallest_drift=0.2, worst_quality={"auc": 0.8}
    )
    assert function.inputs["layers"] == MINIMAL["layer_arns"]
    assert function.inputs["tracingConfig"] == {"mode": "Active"}


def test_the_limits_of_the_arguments_are_those_of_the_analysis() -> None:
    fields = {field.name: field.default for field in dataclasses.fields(Limits)}
    fields.pop("worst_quality")
    assert dict(MONITORING_LIMITS_DEFAULTS) == fields


def test_the_archive_has_the_analysis_and_its_template_and_no_component() -> None:
    files = set(minimal().one(FUNCTION).inputs["code"]["archive"])
    start = "groundplan/model_monitoring/analysis"
    assert {f"{start}/handler.py", f"{start}/templates/report.html.jinja"} <= files
    assert not [file for file in files if "component" in file or "release" in file]


def test_the_schedule_passes_its_own_time_and_keeps_what_it_can_not_start() -> None:
    plan = minimal()
    schedule = plan.one("aws:scheduler/schedule:Schedule")
    assert schedule.inputs["scheduleExpression"] == "cron(30 0 * * ? *)"
    target = schedule.inputs["target"]
    assert json.loads(target["input"]) == {"time": "<aws.scheduler.scheduled-time>"}
    assert target["deadLetterConfig"] == {"arn": "${watch-queue.arn}"}
    assert "watch-schedule-policy" in plan.dependencies(schedule)
    allowed = policy(
        plan.one("aws:iam/rolePolicy:RolePolicy", "watch-schedule-policy").inputs["policy"]
    )
    assert allowed["InvokeFunction"]["Resource"] == ["${watch-function.arn}"]
    trust = json.loads(
        plan.one("aws:iam/role:Role", "watch-schedule-role").inputs["assumeRolePolicy"]
    )
    assert trust["Statement"][0]["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert "aws:SourceAccount" in json.dumps(trust)


def test_the_function_reads_its_captures_and_writes_its_results_only() -> None:
    statements = policy(
        complete().one("aws:iam/rolePolicy:RolePolicy", "watch-role-policy").inputs["policy"]
    )
    assert statements["ReadCaptures"]["Resource"] == [
        "arn:aws:s3:::artifacts-1/capture/fraud/canary/*",
        "arn:aws:s3:::artifacts-1/labels/fraud/*",
        "arn:aws:s3:::artifacts-1/monitoring/fraud.canary/*",
        "arn:aws:s3:::artifacts-1/baselines/fraud.json",
    ]
    assert statements["ListCaptures"]["Condition"]["StringLike"]["s3:prefix"] == [
        "capture/fraud/canary/*",
        "labels/fraud/*",
        "monitoring/fraud.canary/*",
    ]
    assert statements["WriteResults"]["Resource"] == [
        "arn:aws:s3:::artifacts-1/monitoring/fraud.canary/*"
    ]
    assert statements["SendResults"]["Condition"] == {
        "StringEquals": {"events:source": "groundplan.model-monitoring"}
    }
    wild = {sid for sid, statement in statements.items() if statement["Resource"] == ["*"]}
    assert wild == {"WriteTraces"}
    assert not [s for s in statements.values() if "s3:DeleteObject" in s["Action"]]


def test_checks_of_two_variants_share_neither_results_nor_metrics() -> None:
    monitors, results = set(), set()
    for plan in (minimal(), complete()):
        variables = plan.one(FUNCTION).inputs["environment"]["variables"]
        settings = json.loads(variables["GROUNDPLAN_MONITOR"])
        watched = plan.one(ALARM, "watch-drift").inputs["dimensions"]["Monitor"]
        assert watched == settings["job"]["monitor"]
        monitors.add(watched)
        results.add(settings["results"])
    assert monitors == {"fraud", "fraud.canary"}
    assert results == {
        "s3://artifacts-1/monitoring/fraud",
        "s3://artifacts-1/monitoring/fraud.canary",
    }


def test_alarms_watch_metrics_that_checks_publish_and_name_their_runbooks() -> None:
    alarms = complete().all(ALARM)
    own = {
        alarm.inputs["metricName"]
        for alarm in alarms.values()
        if alarm.inputs["namespace"] == "Groundplan/ModelMonitoring"
    }
    source = pathlib.Path(published.__file__).read_text(encoding="utf-8")
    assert own == {"DriftAlarms", "ValueAlarms", "RecordAlarms", "QualityAlarms", "NotEnoughData"}
    assert all(
        f"names.{re.sub(r'(?<!^)(?=[A-Z])', '_', metric).upper()}" in source for metric in own
    )
    for alarm in alarms.values():
        found = re.search(
            r"https://git.example.com/runbooks/([\w-]+\.md)$", alarm.inputs["alarmDescription"]
        )
        assert found
        assert f"`NAME-{alarm.name.removeprefix('watch-')}`" in (
            ROOT / "docs" / "runbooks" / found[1]
        ).read_text(encoding="utf-8")
        assert alarm.inputs["alarmActions"] == ["arn:aws:sns:eu-west-1:123456789012:alarms"]


def test_the_logs_and_the_queue_are_encrypted_by_the_key_that_is_given() -> None:
    key = complete().one("aws:cloudwatch/logGroup:LogGroup").inputs["kmsKeyId"]
    assert key.endswith("555555555555")
    assert complete().one("aws:sqs/queue:Queue").inputs["kmsMasterKeyId"] == key
    assert "watch-key" not in {resource.name for resource in complete().manifest}


WRONG: dict[str, dict[str, Any]] = {
    "layer_arns": {"layer_arns": []},
    "layer_arns[0]": {"layer_arns": ["statistics"]},
    "schedule_expression": {"schedule_expression": "daily"},
    "window_hours": {"window_hours": 0},
    "label_delay_hours": {"label_delay_hours": 3},
    "capture_prefix": {"capture_prefix": "capture"},
    "result_prefix": {"result_prefix": ""},
    "baseline_key": {"baseline_key": "/baselines/fraud.json"},
    "variant": {"variant": "a b"},
    "memory_mb": {"memory_mb": 128},
    "limits.false_alarm_rate": {"limits": {"false_alarm_rate": 1.5}},
    "limits.minimum_rows": {"limits": {"minimum_rows": 0}},
    "limits.largest_undetected": {"limits": {"largest_undetected": 0.05}},
    "limits.worst_quality.precision": {"limits": {"worst_quality": {"precision": 0.5}}},
}


@pytest.mark.parametrize("key", WRONG)
def test_a_value_that_is_not_allowed_is_refused_by_its_key(key: str) -> None:
    with pytest.raises(InvalidArguments) as error:
        plan_of(**WRONG[key])
    assert f"{key} is" in str(error.value)


def test_every_metric_of_quality_can_have_a_worst_value() -> None:
    limits = {"worst_quality": dict.fromkeys(METRICS, 0.5)}
    plan_of(limits=limits)
