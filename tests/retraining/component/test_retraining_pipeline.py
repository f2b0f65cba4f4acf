"""RetrainingPipeline: its state machine, function, triggers and alarms."""

import ast
import json
import pathlib
import re
import sys
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
import retraining_pipelines as pipelines
from groundplan.data.versions.keys import DatasetKeys
from groundplan.model_monitoring.analysis import names
from groundplan.model_monitoring.analysis.verdicts import Family, Status
from groundplan.policy.check import check
from groundplan.retraining.component import event_patterns, package
from groundplan.retraining.component.validation import MOST_OVERDUE
from groundplan.retraining.engine import names as engine
from groundplan.retraining.engine.settings import RetrainingSettings
from moto.events.models import EventPattern
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from retraining_pipelines import (
    ALARM,
    BUCKET,
    FUNCTION,
    IMAGE,
    KEY_ARN,
    MACHINE,
    RULE,
    RULE_TARGET,
    TARGET,
    TOPIC,
    complete,
    minimal,
)

ROOT = pathlib.Path(__file__).parents[3]
SETTINGS = "retraining.json"


def names_of(plan: Any) -> set[str]:
    component = plan.one("groundplan:index:RetrainingPipeline", "again")
    return {
        resource.name.removeprefix("again-")
        for resource in plan.manifest
        if plan.parent(resource) == component
    }


def settings_of(plan: Any) -> RetrainingSettings:
    """Returns the settings as the engine reads them."""
    outputs = plan.one("groundplan:index:RetrainingPipeline", "again").outputs
    return RetrainingSettings.read(json.dumps(outputs["settings"]))


def test_children_belong_to_the_component_and_its_outputs_name_them() -> None:
    children = """key logs queue queue-policy machine machine-logs machine-role machine-policy
        function failed-events role role-policy release-policy execution-policy
        training-role training-policy evaluation-role evaluation-policy
        events-role events-policy decisions decisions-target decisions-permission
        clock clock-target dataset dataset-target
        failed timed-out undelivered rolled-back overdue taken-back waiting"""
    assert names_of(minimal()) == set(children.split())
    outputs = minimal().one("groundplan:index:RetrainingPipeline", "again").outputs
    assert outputs["stateMachineArn"] == "${again-machine.arn}"
    assert outputs["functionName"] == "${again-function.name}"
    assert outputs["roleArn"] == "${again-role.arn}"
    assert outputs["queueUrl"] == "${again-queue.url}"
    assert outputs["settings"]["state_machine_arn"] == "${again-machine.arn}"
    machine = minimal().one("aws:sfn/stateMachine:StateMachine")
    encrypted = machine.inputs["encryptionConfiguration"]["kmsKeyId"]
    assert outputs["settings"]["state_machine_key_arn"] == encrypted


def test_what_is_optional_is_created_where_it_is_asked_for() -> None:
    more = """checks checks-target schedule schedule-role schedule-policy late judged
        security-group egress peers-in peers-out"""
    assert names_of(complete()) - names_of(minimal()) == set(more.split())
    # The key is the caller's.
    assert names_of(minimal()) - names_of(complete()) == {"key"}


def test_what_an_existing_role_replaces_is_not_created() -> None:
    role = "arn:aws:iam::123456789012:role/jobs"
    training = {**pipelines.MINIMAL["training"], "role_arn": role}
    evaluation = {**pipelines.MINIMAL["evaluation"], "role_arn": role}
    plan = pipelines.plan_of({**pipelines.MINIMAL, "training": training, "evaluation": evaluation})
    assert not [name for name in names_of(plan) if name.startswith(("training", "evaluation"))]
    engine_settings = settings_of(plan)
    assert engine_settings.training.role_arn == engine_settings.evaluation.role_arn == role


# The state machine.


@pytest.mark.parametrize("plan", [minimal, complete])
def test_a_parser_of_the_states_language_accepts_the_registered_definition(plan: Any) -> None:
    definition = plan().one(MACHINE).inputs["definition"]
    AmazonStateLanguageParser.parse(definition)
    document = json.loads(definition)
    functions = set(re.findall(r'"FunctionName": "([^"]*)"', definition))
    topics = set(re.findall(r'"TopicArn": "([^"]*)"', definition))
    assert (functions, topics) == ({"${again-function.arn}"}, {TOPIC})
    # Step Functions API, StateEnteredEventDetails: other names are not logged.
    assert all(re.fullmatch(r"[0-9A-Za-z_-]{1,80}", name) for name in document["States"])
    # Each look of a run that waits is an entry of the log, which an alarm counts.
    assert document["States"]["Ask"]["TimeoutSeconds"] == 3600


def test_the_state_machine_logs_every_state_encrypted_and_without_tokens() -> None:
    inputs = minimal().one(MACHINE).inputs
    assert inputs["type"] == "STANDARD"
    assert inputs["loggingConfiguration"] == {
        "level": "ALL",
        "includeExecutionData": False,
        "logDestination": "${again-machine-logs.arn}:*",
    }
    assert inputs["encryptionConfiguration"] == {
        "type": "CUSTOMER_MANAGED_KMS_KEY",
        "kmsKeyId": "${again-key-key.arn}",
        "kmsDataKeyReusePeriodSeconds": 300,
    }
    logs = minimal().one("aws:cloudwatch/logGroup:LogGroup", "again-machine-logs").inputs
    assert logs["name"] == "/aws/vendedlogs/states/retraining-churn"
    assert (logs["retentionInDays"], logs["kmsKeyId"]) == (90, "${again-key-key.arn}")
    assert "again-machine-policy" in minimal().dependencies(minimal().one(MACHINE))


def test_aws_refuses_a_second_pipeline_of_an_endpoint() -> None:
    # A log group's name is unique in an account and a region.
    groups = {
        plan.one("aws:cloudwatch/logGroup:LogGroup", "again-machine-logs").inputs["name"]
        for plan in (minimal(), complete())
    }
    target = {**TARGET, "endpoint": "fraud"}
    fraud = {**pipelines.MINIMAL, "endpoint": "fraud", "release_target": target}
    other = pipelines.plan_of(fraud)
    own = other.one("aws:cloudwatch/logGroup:LogGroup", "again-machine-logs").inputs["name"]
    assert len(groups) == 1
    assert own not in groups


def test_key_retention_tracing_and_tags_are_those_of_the_arguments() -> None:
    plan = complete()
    for group in plan.all("aws:cloudwatch/logGroup:LogGroup").values():
        assert (group.inputs["kmsKeyId"], group.inputs["retentionInDays"]) == (KEY_ARN, 30)
    machine, function = plan.one(MACHINE).inputs, plan.one(FUNCTION).inputs
    assert machine["encryptionConfiguration"]["kmsKeyId"] == KEY_ARN
    assert plan.one("aws:sqs/queue:Queue").inputs["kmsMasterKeyId"] == KEY_ARN
    assert machine["tracingConfiguration"] == {"enabled": True}
    assert function["tracingConfig"] == {"mode": "Active"}
    tagged = [r for r in plan.manifest if "tags" in r.inputs]
    assert len(tagged) >= 25
    assert all(r.inputs["tags"]["team"] == "ml" for r in tagged)


# The function and the settings of the engine.


def test_the_function_is_the_engine_with_its_settings_and_no_component() -> None:
    inputs = minimal().one(FUNCTION).inputs
    files = set(inputs["code"]["archive"])
    assert {"groundplan/retraining/engine/handler.py", SETTINGS} <= files
    assert not [file for file in files if "/component/" in file or "/machine/" in file]
    assert inputs["handler"] == "groundplan.retraining.engine.handler.handle"
    assert inputs["environment"]["variables"] == {engine.FILE_VARIABLE: f"/var/task/{SETTINGS}"}
    assert (inputs["runtime"], inputs["architectures"]) == ("python3.13", ["arm64"])


def test_the_function_imports_nothing_that_lambda_lacks() -> None:
    found: set[str] = set()
    for path, asset in package.archive("{}").assets.items():
        if not path.endswith(".py"):
            continue
        assert isinstance(asset, pulumi.StringAsset)
        for node in ast.walk(ast.parse(asset.text)):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(str(node.module).partition(".")[0])
    # awscrt is used where it is there.
    optional = {"awscrt"}
    assert found - set(sys.stdlib_module_names) - {"groundplan"} - optional <= {"boto3", "botocore"}


def test_the_engine_reads_the_settings_of_minimal_arguments() -> None:
    found = settings_of(minimal())
    assert (found.endpoint, found.region, found.bucket) == ("churn", "us-east-1", "artifacts-1")
    assert (found.dataset, found.topic_arn) == ("churn:latest", TOPIC)
    assert found.release_target == TARGET
    assert found.approval_required
    assert found.root == "retraining/churn/"
    assert set(found.triggers) == {"dataset", "person", "api"}
    # 24 hours of ml.m5.xlarge at 0.23 USD, and one for the evaluation.
    assert found.limits.usd_per_run == pytest.approx(25 * 0.23, abs=0.01)
    assert found.limits.usd_per_month == 50
    assert found.training.usd_per_hour == found.evaluation.usd_per_hour == 0.23
    assert found.training.job_name == "ml-prod-again"
    assert found.training.instance_type == "ml.m5.xlarge"


def test_every_argument_reaches_the_engine() -> None:
    found = settings_of(complete())
    assert found.prefix == "loop/"
    assert set(found.triggers) == {kind.value for kind in engine.Kind}
    training, evaluation, limits = found.training, found.evaluation, found.limits
    assert (training.input_name, training.usd_per_hour) == ("examples", 1.5)
    assert training.max_wait_hours == 6
    assert training.role_arn == "${again-training-role.arn}"
    assert training.security_group_ids == ("${again-security-group.id}",)
    assert training.kms_key_arn == BUCKET["kms_key_arn"]
    assert (evaluation.held_out, evaluation.recent) == (
        "s3://held-out-data/churn/",
        "churn-recent:latest",
    )
    assert evaluation.image == IMAGE.replace("/churn@", "/evaluation@")
    assert evaluation.command == ("python", "evaluate.py")
    assert (evaluation.task, evaluation.instance_type) == ("regression", "ml.m5.large")
    assert (evaluation.volume_gib, evaluation.max_runtime_seconds) == (60, 1800)
    assert evaluation.subnet_ids == ("subnet-a", "subnet-b")
    assert evaluation.role_arn == "${again-evaluation-role.arn}"
    assert (limits.usd_per_run, limits.usd_per_month, limits.cool_down_hours) == (20, 50, 12)
    assert (limits.approval_days, limits.bake_minutes) == (7, 90)


def test_a_target_that_passed_through_the_engine_is_read_as_it_was() -> None:
    target = {**TARGET, "instance_count": 2.0, "kms_key_arn": None}
    found = settings_of(pipelines.plan_of({**pipelines.MINIMAL, "release_target": target}))
    assert found.release_target == {**TARGET, "instance_count": 2}


def test_a_target_that_no_release_can_read_fails_the_deployment() -> None:
    wrong = {**TARGET, "unheard": 1}
    with pytest.raises(pulumi.RunError, match="The release target again can't be read"):
        pipelines.plan_of({**pipelines.MINIMAL, "release_target": wrong})


def test_prices_say_what_a_run_costs() -> None:
    outputs = complete().one("groundplan:index:RetrainingPipeline", "again").outputs
    assert outputs["prices"] == {
        "training_hour": 3,
        "training_hours": 2,
        "evaluation": 0.25,
        "budget": 50,
    }


# Triggers.


def matches(pattern: str, event: Any) -> bool:
    return bool(EventPattern.load(pattern).matches_event(event))


def checked(statuses: Mapping[str, Status], monitor: str = "churn") -> dict[str, Any]:
    found = {family.value: Status.OK.value for family in Family}
    found |= {family: status.value for family, status in statuses.items()}
    detail = {"monitor": monitor, "statuses": found}
    return {"source": names.SOURCE, "detail-type": names.DETAIL_TYPE, "detail": detail}


def test_drift_and_drops_of_quality_of_this_monitor_begin_runs() -> None:
    pattern = complete().one(RULE, "again-checks").inputs["eventPattern"]
    for family in (Family.DATA_DRIFT, Family.PREDICTION_DRIFT, Family.QUALITY):
        assert matches(pattern, checked({family.value: Status.ALARM}))
        assert not matches(pattern, checked({family.value: Status.ALARM}, "churn.canary"))
        assert not matches(pattern, checked({family.value: Status.NOT_ENOUGH_DATA}))
    # Values that are missing are a fault of the data, which nobody should train on.
    assert not matches(pattern, checked({"missing_values": Status.ALARM}))


def test_a_trigger_that_is_off_matches_nothing() -> None:
    drift = event_patterns.checks("churn", drift=True, quality=False)
    quality = event_patterns.checks("churn", drift=False, quality=True)
    assert matches(drift, checked({"data_drift": Status.ALARM}))
    assert not matches(drift, checked({"quality": Status.ALARM}))
    assert matches(quality, checked({"quality": Status.ALARM}))
    assert not matches(quality, checked({"data_drift": Status.ALARM}))
    off = {"drift": False, "quality": False, "dataset": False}
    plan = pipelines.plan_of({**pipelines.MINIMAL, "monitor": "churn", "triggers": off})
    assert set(plan.all(RULE)) == {"again-decisions", "again-clock"}
    assert set(settings_of(plan).triggers) == {"person", "api"}


def test_the_families_are_those_of_checks() -> None:
    families = {family.value for family in Family}
    assert {*engine.DRIFT, *engine.QUALITY} <= families
    assert Status.ALARM.value == engine.ALARM


def test_the_dataset_s_own_tag_begins_a_run() -> None:
    pattern = minimal().one(RULE, "again-dataset").inputs["eventPattern"]

    def written(key: str, bucket: str = "artifacts-1") -> dict[str, Any]:
        detail = {"bucket": {"name": bucket}, "object": {"key": key}}
        return {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}

    assert matches(pattern, written(DatasetKeys("churn").tag("latest")))
    assert not matches(pattern, written("datasets/churn/tags/latest.json", "others"))
    assert not matches(pattern, written("datasets/churn/tags/candidate.json"))
    assert not matches(pattern, written(f"datasets/churn/versions/{'a' * 64}.json"))


def test_decisions_on_versions_of_the_group_wake_the_function() -> None:
    plan = minimal()
    pattern = plan.one(RULE, "again-decisions").inputs["eventPattern"]

    def decided(status: str, group: str = "churn") -> dict[str, Any]:
        detail = {"ModelPackageGroupName": group, "ModelApprovalStatus": status}
        kind = "SageMaker Model Package State Change"
        return {"source": "aws.sagemaker", "detail-type": kind, "detail": detail}

    assert matches(pattern, decided("Approved"))
    assert matches(pattern, decided("Rejected"))
    assert not matches(pattern, decided("PendingManualApproval"))
    assert not matches(pattern, decided("Approved", "fraud"))
    target = plan.one(RULE_TARGET, "again-decisions-target")
    assert target.inputs["arn"] == "${again-function.arn}"
    assert "again-decisions-permission" in plan.dependencies(target)


def test_the_others_start_executions_and_no_event_is_lost_silently() -> None:
    plan = complete()
    for role, target in plan.all(RULE_TARGET).items():
        assert target.inputs["deadLetterConfig"] == {"arn": "${again-queue.arn}"}
        assert "again-queue-policy" in plan.dependencies(target)
        if role != "again-decisions-target":
            assert target.inputs["arn"] == "${again-machine.arn}"
            assert target.inputs["roleArn"] == "${again-events-role.arn}"
            assert "again-events-policy" in plan.dependencies(target)
    clock = plan.one(RULE_TARGET, "again-clock-target").inputs
    assert json.loads(clock["input"]) == {"kind": engine.LOOK}
    assert plan.one(RULE, "again-clock").inputs["scheduleExpression"] == "rate(1 hour)"


def test_the_schedule_starts_executions_with_its_own_time() -> None:
    plan = complete()
    schedule = plan.one("aws:scheduler/schedule:Schedule").inputs
    assert schedule["scheduleExpression"] == "cron(0 3 ? * MON *)"
    target = schedule["target"]
    assert target["arn"] == "${again-machine.arn}"
    assert target["roleArn"] == "${again-schedule-role.arn}"
    assert json.loads(target["input"]) == {
        "kind": engine.Kind.SCHEDULE.value,
        "time": "<aws.scheduler.scheduled-time>",
    }
    assert target["deadLetterConfig"] == {"arn": "${again-queue.arn}"}


# Alarms.


def test_alarms_name_their_runbooks_and_notify() -> None:
    alarms = complete().all(ALARM)
    assert {name.removeprefix("again-") for name in alarms} == {
        "failed", "timed-out", "undelivered", "rolled-back", "overdue", "late",
    }  # fmt: skip
    for alarm in alarms.values():
        found = re.search(
            r"https://git.example.com/runbooks/([\w-]+\.md)$", alarm.inputs["alarmDescription"]
        )
        assert found
        runbook = (ROOT / "docs" / "runbooks" / found[1]).read_text(encoding="utf-8")
        assert f"`NAME-{alarm.name.removeprefix('again-')}`" in runbook
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == [TOPIC]


@pytest.mark.parametrize(
    ("role", "metric"), [("failed", "ExecutionsFailed"), ("timed-out", "ExecutionsTimedOut")]
)
def test_executions_that_fail_alarm(role: str, metric: str) -> None:
    alarm = minimal().one(ALARM, f"again-{role}").inputs
    assert (alarm["namespace"], alarm["metricName"]) == ("AWS/States", metric)
    assert alarm["dimensions"] == {"StateMachineArn": "${again-machine.arn}"}
    assert (alarm["comparisonOperator"], alarm["threshold"]) == ("GreaterThanThreshold", 0)


@pytest.mark.parametrize(
    ("role", "alarm"), [("taken-back", "rolled-back"), ("waiting", "overdue"), ("judged", "late")]
)
def test_what_is_counted_in_the_log_is_a_state_of_the_machine(role: str, alarm: str) -> None:
    plan = complete()
    counted = plan.one("aws:cloudwatch/logMetricFilter:LogMetricFilter", f"again-{role}").inputs
    assert counted["logGroupName"] == "/aws/vendedlogs/states/retraining-churn"
    states = json.loads(plan.one(MACHINE).inputs["definition"])["States"]
    entered = {"TaskStateEntered": "Task", "SucceedStateEntered": "Succeed"}
    kind = re.search(r'\$\.type = "(\w+)"', counted["pattern"])
    assert kind
    found = re.findall(r'\$\.details\.name = "(\w+)"', counted["pattern"])
    assert found
    assert all(states[name]["Type"] == entered[kind[1]] for name in found)
    metric = counted["metricTransformation"]
    assert metric["defaultValue"] == "0"
    watched = plan.one(ALARM, f"again-{alarm}").inputs
    assert (watched["namespace"], watched["metricName"]) == (metric["namespace"], metric["name"])


def test_a_version_that_waits_for_too_long_alarms() -> None:
    alarm = complete().one(ALARM, "again-overdue").inputs
    # 25 hours in periods of two, in each of which a run that waits looks once, after
    # the one in which it begins to wait.
    assert (alarm["period"], alarm["evaluationPeriods"]) == (7200, 14)
    longest = {**pipelines.MINIMAL, "approval": {"overdue_hours": MOST_OVERDUE}}
    alarm = pipelines.plan_of(longest).one(ALARM, "again-overdue").inputs
    # CloudWatch API, PutMetricAlarm: seven days.
    assert alarm["period"] * alarm["evaluationPeriods"] <= 604_800
    # The release target may demand a sign-off, which such a version waits for.
    without = pipelines.plan_of({**pipelines.MINIMAL, "approval": {"required": False}})
    assert "again-overdue" in without.all(ALARM)
    assert not settings_of(without).approval_required


def test_a_run_that_does_not_come_alarms() -> None:
    alarm = complete().one(ALARM, "again-late").inputs
    assert (alarm["comparisonOperator"], alarm["threshold"]) == ("LessThanThreshold", 1)
    assert (alarm["period"], alarm["evaluationPeriods"]) == (3600, 168)
    assert alarm["insufficientDataActions"] == [TOPIC]


def test_it_complies_with_every_rule() -> None:
    found = {(finding.rule, finding.reason) for finding in check(complete().manifest)}
    assert found == set()
