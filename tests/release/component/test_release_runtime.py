"""ReleaseRuntime: its function, event rules and least-privilege role."""

import ast
import json
import pathlib
import re
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from groundplan import ArtifactBucket, ModelEndpoint, ReleaseRuntime
from groundplan.arguments import InvalidArguments
from groundplan.release.component import failures
from groundplan.release.engine import objects
from groundplan.testing import Plan, deploy, policy

IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/fraud:1.4.2"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
AUDIT: Any = {
    "bucket_name": "artifacts-1",
    "bucket_arn": "arn:aws:s3:::artifacts-1",
    "kms_key_arn": "arn:audit-key",
}
COMPONENT = "groundplan:index:ReleaseRuntime"
FUNCTION = "aws:lambda/function:Function"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
ACCOUNT = "arn:aws:sagemaker:eu-west-1:${aws.accountId}:"


def target(endpoint: str = "ml-prod-fraud", **more: Any) -> dict[str, Any]:
    return {
        "endpoint": endpoint,
        "region": "eu-west-1",
        "variant": "primary",
        "role_arn": f"arn:aws:iam::123456789012:role/{endpoint}",
        "model_package_group": "fraud",
        "instance_type": "ml.m5.large",
        "instance_count": 2,
        **more,
    }


def plan_of(targets: Mapping[str, Any] | None = None, **args: Any) -> Plan:
    arguments: Any = {"targets": targets or {"fraud": target()}, "audit": AUDIT, **args}
    return deploy(
        lambda: ReleaseRuntime("releases", arguments),
        project="ml",
        stack="prod",
        region="eu-west-1",
    )


def statements(plan: Plan) -> dict[str, dict[str, Any]]:
    return policy(plan.one(ROLE_POLICY).inputs["policy"])


def test_a_minimal_runtime_is_a_function_with_its_code_its_targets_and_its_role() -> None:
    plan = plan_of()

    function = plan.one(FUNCTION, "releases-function")
    code = function.inputs["code"]["archive"]
    assert {
        "groundplan/__init__.py",
        "groundplan/release/engine/handler.py",
        "groundplan/problems.py",
        "targets.json",
    } <= set(code)
    assert {key: value for key, value in function.inputs.items() if key != "code"} == {
        "architectures": ["arm64"],
        "description": "Releases approved versions of the model registry",
        "environment": {"variables": {"GROUNDPLAN_TARGETS_FILE": "/var/task/targets.json"}},
        "handler": "groundplan.release.engine.handler.handle",
        "loggingConfig": {
            "applicationLogLevel": "INFO",
            "logFormat": "JSON",
            "logGroup": "${releases-logs.name}",
            "systemLogLevel": "WARN",
        },
        "memorySize": 512,
        "role": "${releases-role.arn}",
        "runtime": "python3.13",
        "tags": {"groundplan:component": "releases"},
        "timeout": 900,
        "tracingConfig": {"mode": "PassThrough"},
    }
    assert "releases-role-policy" in plan.dependencies(function)
    trust = json.loads(plan.one("aws:iam/role:Role").inputs["assumeRolePolicy"])
    assert trust["Statement"][0]["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert trust["Statement"][0]["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "${aws.accountId}"}
    }


def test_children_belong_to_the_component_and_its_outputs_name_them() -> None:
    plan = plan_of()
    component = plan.one(COMPONENT, "releases")
    mine = {resource.name for resource in plan.manifest if plan.parent(resource) == component}

    assert mine == {
        "releases-key",
        "releases-logs",
        "releases-queue",
        "releases-queue-policy",
        "releases-role",
        "releases-role-policy",
        "releases-function",
        "releases-failed-events",
        "releases-not-live",
        *(
            f"releases-{rule}{kind}"
            for rule in ("approvals", "endpoints", "clock")
            for kind in ("", "-permission", "-target")
        ),
        *(f"releases-{alarm}" for alarm in ("errors", "releases", "undelivered")),
    }
    outputs = dict(component.outputs)
    assert set(outputs.pop("releaseTargets")) == {"fraud"}
    assert outputs == {
        "functionName": "${releases-function.name}",
        "functionArn": "${releases-function.arn}",
        "roleArn": "${releases-role.arn}",
        "queueUrl": "${releases-queue.url}",
    }


def test_targets_are_exported_with_their_audit_trail_and_their_approval() -> None:
    arguments = target(
        capture=None,
        instance_count=2.0,
        deployment_config={"BlueGreenUpdatePolicy": {"Wait": 300.0}},
    )
    exported = (
        plan_of({"fraud": arguments}, require_second_approver=True)
        .one(COMPONENT)
        .outputs["releaseTargets"]["fraud"]
    )

    assert exported == {
        **target(deployment_config={"BlueGreenUpdatePolicy": {"Wait": 300}}),
        "approval": {"required": True},
        "audit": {"bucket": "artifacts-1", "prefix": "releases/", "kms_key_arn": "arn:audit-key"},
    }
    assert isinstance(exported["instance_count"], int)


def test_audit_and_approval_of_a_target_override_the_runtime() -> None:
    own: dict[str, Any] = {"audit": {"bucket": "elsewhere"}, "approval": {"required": True}}
    exported = plan_of({"fraud": target(**own)}).one(COMPONENT).outputs["releaseTargets"]["fraud"]
    assert {"audit": exported["audit"], "approval": exported["approval"]} == own


def test_a_target_that_the_runtime_could_not_read_is_refused_before_it_is_deployed() -> None:
    with pytest.raises(pulumi.RunError, match="did you mean endpoint"):
        plan_of({"fraud": {**target(), "enpoint": "x"}})


def test_what_an_endpoint_exports_is_a_target() -> None:
    def program() -> None:
        bucket = ArtifactBucket("artifacts")
        endpoint = ModelEndpoint(
            "fraud",
            {
                "image": IMAGE,
                "instance_type": "ml.m5.large",
                "release": "registry",
                "model_package_group": "fraud",
                "artifacts": bucket.access,
                "network": {"vpc_id": "vpc-1", "subnet_ids": ["subnet-1", "subnet-2"]},
                "kms_key_arn": KEY,
                "health_check_timeout_seconds": 600,
            },
        )
        ReleaseRuntime(
            "releases", {"targets": {"fraud": endpoint.release_target}, "audit": bucket.access}
        )

    plan = deploy(program, project="ml", stack="prod")
    exported = plan.one(COMPONENT).outputs["releaseTargets"]["fraud"]
    assert exported["endpoint"] == "ml-prod-fraud"
    assert exported["production_variant"]["ContainerStartupHealthCheckTimeoutInSeconds"] == 600
    named = policy(plan.one(ROLE_POLICY, "releases-role-policy").inputs["policy"])
    assert named["PassExecutionRoles"]["Resource"] == ["${fraud-role.arn}"]
    assert named["EncryptVolumes"]["Resource"] == [KEY]


# What prompts it.


def test_events_of_the_targets_groups_and_endpoints_reach_it_and_no_others() -> None:
    plan = plan_of(
        {
            "a": target("ml-a"),
            "b": target("ml-b", model_package_group="arn:aws:sagemaker:r:1:model-package-group/x"),
        }
    )
    rules = plan.all(RULE)

    assert json.loads(rules["releases-approvals"].inputs["eventPattern"]) == {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": ["fraud", "x"], "ModelApprovalStatus": ["Approved"]},
    }
    assert json.loads(rules["releases-endpoints"].inputs["eventPattern"]) == {
        "source": ["aws.sagemaker"],
        "detail-type": [
            "SageMaker Endpoint State Change",
            "SageMaker Endpoint Deployment State Change",
        ],
        "detail": {"EndpointName": ["ml-a", "ml-b"]},
    }
    assert rules["releases-clock"].inputs["scheduleExpression"] == "rate(1 hour)"


@pytest.mark.parametrize("role", ["approvals", "endpoints", "clock"])
def test_a_rule_may_call_the_function_and_leaves_in_the_queue_what_it_could_not_deliver(
    role: str,
) -> None:
    plan = plan_of()
    permission = plan.one("aws:lambda/permission:Permission", f"releases-{role}-permission")
    event_target = plan.one(TARGET, f"releases-{role}-target")

    assert permission.inputs == {
        "action": "lambda:InvokeFunction",
        "function": "${releases-function.name}",
        "principal": "events.amazonaws.com",
        "sourceArn": f"${{releases-{role}.arn}}",
    }
    assert event_target.inputs == {
        "arn": "${releases-function.arn}",
        "rule": f"${{releases-{role}.name}}",
        "retryPolicy": {"maximumEventAgeInSeconds": 3600, "maximumRetryAttempts": 10},
        "deadLetterConfig": {"arn": "${releases-queue.arn}"},
    }
    assert {f"releases-{role}-permission", "releases-queue-policy"} <= plan.dependencies(
        event_target
    )


def test_dead_letter_queue_is_encrypted_and_retains_two_weeks() -> None:
    plan = plan_of()
    assert plan.one("aws:sqs/queue:Queue").inputs == {
        "kmsMasterKeyId": "${releases-key-key.arn}",
        "messageRetentionSeconds": 1209600,
        "tags": {"groundplan:component": "releases"},
    }
    assert plan.one("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig").inputs == {
        "functionName": "${releases-function.name}",
        "maximumEventAgeInSeconds": 3600,
        "maximumRetryAttempts": 2,
        "destinationConfig": {"onFailure": {"destination": "${releases-queue.arn}"}},
    }
    allowed = policy(plan.one("aws:sqs/queuePolicy:QueuePolicy").inputs["policy"])
    assert allowed["KeepUndeliveredEvents"]["Condition"] == {
        "ArnEquals": {
            "aws:SourceArn": [
                f"${{releases-{role}.arn}}" for role in ("approvals", "endpoints", "clock")
            ]
        }
    }
    assert allowed["DenyInsecureTransport"]["Effect"] == "Deny"


# Who hears of it.


def test_alarms_cover_errors_failed_releases_and_dead_letters() -> None:
    plan = plan_of(alarm_actions=["arn:topic"])
    counted = plan.one("aws:cloudwatch/logMetricFilter:LogMetricFilter").inputs
    assert counted == {
        "logGroupName": "${releases-logs.name}",
        "pattern": '{ ($.level = "ERROR") && ($.logger = "groundplan.release.engine.handler") }',
        "metricTransformation": {
            "name": "releases-not-live",
            "namespace": "Groundplan/ml-prod",
            "value": "1",
        },
    }
    watched = {
        name: (a["namespace"], a["metricName"], a["statistic"])
        for name, a in _inputs(plan, ALARM).items()
    }
    assert watched == {
        "releases-errors": ("AWS/Lambda", "Errors", "Sum"),
        "releases-releases": ("Groundplan/ml-prod", "releases-not-live", "Sum"),
        "releases-undelivered": ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum"),
    }
    for alarm in _inputs(plan, ALARM).values():
        assert alarm["alarmActions"] == alarm["okActions"] == ["arn:topic"]
        assert (alarm["threshold"], alarm["comparisonOperator"]) == (0, "GreaterThanThreshold")
        assert alarm["treatMissingData"] == "notBreaching"
        assert alarm["alarmDescription"].endswith("Runbook: docs/runbooks/release-failed.md")
    assert plan.one(ALARM, "releases-errors").inputs["dimensions"] == {
        "FunctionName": "${releases-function.name}"
    }
    assert plan.one(ALARM, "releases-undelivered").inputs["dimensions"] == {
        "QueueName": "${releases-queue.name}"
    }


def _inputs(plan: Plan, type: str) -> dict[str, dict[str, Any]]:
    return {name: dict(resource.inputs) for name, resource in plan.all(type).items()}


# What it may do.


def test_role_allows_only_the_calls_of_a_release() -> None:
    model, configuration = (
        f"{ACCOUNT}model/ml-prod-fraud-v*",
        f"{ACCOUNT}endpoint-config/ml-prod-fraud-v*",
    )
    endpoint, versions = f"{ACCOUNT}endpoint/ml-prod-fraud", f"{ACCOUNT}model-package/fraud/*"
    group = f"{ACCOUNT}model-package-group/fraud"
    granted = {
        sid: (exported["Action"], exported["Resource"])
        for sid, exported in statements(plan_of()).items()
    }

    assert granted == {
        "LookAtVersions": (
            ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"],
            [group, versions],
        ),
        "LookAtConfigurations": (
            ["sagemaker:DescribeEndpointConfig"],
            [f"{ACCOUNT}endpoint-config/*"],
        ),
        "LookAtModels": (["sagemaker:DescribeModel"], [f"{ACCOUNT}model/*"]),
        "MakeModels": (["sagemaker:AddTags", "sagemaker:CreateModel"], [model]),
        "UseVersions": (["sagemaker:CreateModel"], [versions]),
        "MakeConfigurations": (
            ["sagemaker:AddTags", "sagemaker:CreateEndpointConfig"],
            [configuration],
        ),
        "CallEndpoints": (["sagemaker:DescribeEndpoint", "sagemaker:InvokeEndpoint"], [endpoint]),
        "MoveEndpoints": (["sagemaker:UpdateEndpoint"], [endpoint, f"{ACCOUNT}endpoint-config/*"]),
        "PassExecutionRoles": (["iam:PassRole"], ["arn:aws:iam::123456789012:role/ml-prod-fraud"]),
        "LookAtAlarms": (["cloudwatch:DescribeAlarmHistory", "cloudwatch:DescribeAlarms"], ["*"]),
        "WriteTrail": (["s3:GetObject", "s3:PutObject"], ["arn:aws:s3:::artifacts-1/releases/*"]),
        "DenyOverwrites": (["s3:PutObject"], ["arn:aws:s3:::artifacts-1/releases/*"]),
        "Unlock": (["s3:DeleteObject"], ["arn:aws:s3:::artifacts-1/releases/*/lock.json"]),
        "TellMissingFromForbidden": (["s3:ListBucket"], ["arn:aws:s3:::artifacts-1"]),
        "EncryptTrail": (["kms:Decrypt", "kms:GenerateDataKey"], ["arn:audit-key"]),
        "ReadDatasetVersions": (
            ["s3:GetObject"],
            ["arn:aws:s3:::artifacts-1/datasets/*/versions/*"],
        ),
        "ReadEvaluations": (["s3:GetObject"], ["arn:aws:s3:::artifacts-1/runs/*"]),
        "WriteLogs": (["logs:CreateLogStream", "logs:PutLogEvents"], ["${releases-logs.arn}:*"]),
        "KeepFailedEvents": (["sqs:SendMessage"], ["${releases-queue.arn}"]),
        "EncryptFailedEvents": (
            ["kms:Decrypt", "kms:GenerateDataKey"],
            ["${releases-key-key.arn}"],
        ),
    }


def test_execution_roles_are_passed_to_sagemaker_only() -> None:
    condition = statements(plan_of())["PassExecutionRoles"]["Condition"]
    assert condition == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


def test_no_record_is_overwritten() -> None:
    """S3 refuses a write with If-None-Match where there is an object; the policy
    refuses one without."""
    denied = statements(plan_of())["DenyOverwrites"]
    assert denied["Effect"] == "Deny"
    assert denied["Condition"] == {"Null": {"s3:if-none-match": "true"}}
    source = pathlib.Path(objects.__file__).read_text(encoding="utf-8")
    writes = [
        {keyword.arg for keyword in node.keywords}
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"put_object", "upload_fileobj", "copy_object"}
    ]
    assert writes
    assert all("IfNoneMatch" in keywords for keywords in writes)


def test_traces_and_other_folders_are_allowed_where_they_are_asked_for() -> None:
    plan = plan_of(tracing=True, audit_prefix="audit/", evaluation_prefixes=["evals/", "a/"])
    granted = statements(plan)
    assert granted["WriteTraces"]["Action"] == ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
    assert granted["WriteTrail"]["Resource"] == ["arn:aws:s3:::artifacts-1/audit/*"]
    assert granted["ReadEvaluations"]["Resource"] == [
        "arn:aws:s3:::artifacts-1/a/*",
        "arn:aws:s3:::artifacts-1/evals/*",
    ]
    assert plan.one(FUNCTION).inputs["tracingConfig"] == {"mode": "Active"}
    assert plan.one(COMPONENT).outputs["releaseTargets"]["fraud"]["audit"]["prefix"] == "audit/"
    assert "ReadEvaluations" not in statements(plan_of(evaluation_prefixes=[]))


# Optional and invalid arguments.


def test_key_retention_and_tags_are_configurable() -> None:
    plan = plan_of(kms_key_arn=KEY, log_retention_days=30, tags={"team": "ml"})

    assert plan.all("aws:kms/key:Key") == {}
    logs = plan.one("aws:cloudwatch/logGroup:LogGroup").inputs
    assert logs == {
        "kmsKeyId": KEY,
        "retentionInDays": 30,
        "tags": {"groundplan:component": "releases", "team": "ml"},
    }
    assert plan.one("aws:sqs/queue:Queue").inputs["kmsMasterKeyId"] == KEY
    assert statements(plan)["EncryptFailedEvents"]["Resource"] == [KEY]
    assert plan.one(FUNCTION).inputs["tags"]["team"] == "ml"


def test_created_key_allows_events_and_logs_and_is_retained_by_default() -> None:
    plan = plan_of()
    key = plan.one("aws:kms/key:Key")
    assert {"UseEvents", "UseLogs"} <= set(policy(key.inputs["policy"]))
    assert (key.option("protect"), key.option("retainOnDelete")) == (True, True)
    assert plan_of(deletion_protection=False).one("aws:kms/key:Key").option("protect") is False


def test_all_errors_are_reported_at_once() -> None:
    wrong = {
        "targets": {},
        "audit": {"bucket_name": "b"},
        "audit_prefix": "/releases",
        "evaluation_prefixes": ["runs"],
        "log_retention_days": 2,
        "kms_key_arn": "alias/logs",
        "aproval_required": True,
    }
    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: ReleaseRuntime("releases", wrong))  # type: ignore[arg-type]
    assert {problem.key for problem in caught.value.problems} == {
        "targets",
        "audit.bucket_arn",
        "audit.kms_key_arn",
        "audit_prefix",
        "evaluation_prefixes[0]",
        "log_retention_days",
        "kms_key_arn",
        "aproval_required",
    }
    assert not caught.value.manifest.of_type(FUNCTION)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("count", "fits"), [(7, True), (8, False)])
def test_there_are_as_many_targets_as_a_role_and_a_rule_hold(count: int, fits: bool) -> None:
    names = [f"{number:02}-{'e' * 60}" for number in range(count)]
    targets = {
        name: target(name, role_arn=f"arn:aws:iam::123456789012:role/{name}", kms_key_arn=KEY)
        for name in names
    }
    if fits:
        plan = plan_of(targets)
        assert len(plan.one(ROLE_POLICY).inputs["policy"].replace(" ", "")) <= 10_240
        assert all(
            len(rule.inputs.get("eventPattern", "")) <= 2_048 for rule in plan.all(RULE).values()
        )
        return
    with pytest.raises(InvalidArguments, match="1 to 7 endpoints"):
        plan_of(targets)


def test_the_whole_bucket_is_no_folder_for_an_audit_trail() -> None:
    with pytest.raises(InvalidArguments, match="the function may write all that is in it"):
        plan_of(audit_prefix="")


def test_the_runbook_is_like_the_others_and_names_what_is_there() -> None:
    root = pathlib.Path(__file__).parents[3]
    text = (root / failures.RUNBOOK).read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings == ["First look", "Likely causes", "What to do", "Change the notification"]
    for alarm in plan_of().all(ALARM):
        assert f"`NAME-{alarm.removeprefix('releases-')}`" in text
    for file in re.findall(r"`(components/[a-z_/]+\.py)`", text):
        assert (root / file).is_file()


def test_alarms_link_their_runbook_where_the_folder_has_a_url() -> None:
    plan = plan_of(runbooks_url="https://example.com/runbooks/")
    for role in ("errors", "releases", "undelivered"):
        text = plan.one(ALARM, f"releases-{role}").inputs["alarmDescription"]
        assert text.endswith("Runbook: https://example.com/runbooks/release-failed.md")


@pytest.mark.parametrize("url", ["docs/runbooks", "", "https://", "ftp://x", "https://a b"])
def test_the_url_of_runbooks_is_validated(url: str) -> None:
    with pytest.raises(InvalidArguments, match="runbooks_url"):
        plan_of(runbooks_url=url)
