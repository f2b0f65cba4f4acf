"""UtilizationReport: its function, schedule, alarms and read-only role."""

import datetime
import json
import pathlib
import re
import subprocess
import sys
from functools import cache
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from groundplan import UtilizationReport
from groundplan.arguments import InvalidArguments
from groundplan.facts import prices
from groundplan.operations.utilization import handler
from groundplan.operations.utilization.account import Account
from groundplan.operations.utilization.report import Sources
from groundplan.testing import Plan, deploy, policy
from groundplan.utilization_report import package
from planted_account import NOW, Series, World

BUCKET: Any = {
    "bucket_name": "artifacts-1",
    "bucket_arn": "arn:aws:s3:::artifacts-1",
    "kms_key_arn": "arn:bucket-key",
}
KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"
WORKSPACE = "arn:aws:aps:us-east-1:123456789012:workspace/ws-1"
FUNCTION = "aws:lambda/function:Function"
POLICY = "aws:iam/rolePolicy:RolePolicy"


def plan_of(**args: Any) -> Plan:
    arguments: Any = {"bucket": BUCKET, **args}
    return deploy(
        lambda: UtilizationReport("idle", arguments), project="ml", stack="prod", region="us-east-1"
    )


@cache
def minimal() -> Plan:
    return plan_of()


@cache
def complete() -> Plan:
    return plan_of(
        endpoints={"churn": "ml-prod-Churn"},
        cluster_name="training",
        vpc_id="vpc-00000001",
        prometheus={
            "url": "https://aps-workspaces.us-east-1.amazonaws.com/workspaces/ws-1",
            "workspace_arn": WORKSPACE,
        },
        open_cost_url="https://costs.example.com",
        topic_arn=TOPIC,
        topic_key_arn=KEY,
        alarm_actions=[TOPIC],
        runbooks_url="https://git.example.com/runbooks",
        kms_key_arn=KEY,
        schedule_expression="rate(1 day)",
        days=30,
        minimum_instances=3,
        tags={"environment": "prod"},
        tracing=True,
    )


def statements(plan: Plan) -> dict[str, Any]:
    return dict(policy(plan.one(POLICY, "idle-role-policy").inputs["policy"]))


def files(plan: Plan) -> dict[str, Any]:
    return dict(plan.one(FUNCTION).inputs["code"]["archive"])


def test_children_belong_to_the_component_and_its_outputs_name_them() -> None:
    plan = minimal()
    component = plan.one("groundplan:index:UtilizationReport", "idle")
    mine = {resource.name for resource in plan.manifest if plan.parent(resource) == component}
    roles = "key logs queue queue-policy role role-policy function failed-events"
    roles += " schedule-role schedule-policy schedule errors undelivered"
    assert mine == {f"idle-{role}" for role in roles.split()}
    assert component.outputs == {
        "functionName": "${idle-function.name}",
        "functionArn": "${idle-function.arn}",
        "roleArn": "${idle-role.arn}",
        "queueUrl": "${idle-queue.url}",
        "reportsUri": "s3://artifacts-1/reports/utilization/",
    }


def test_the_archive_has_the_code_and_the_facts_and_no_component() -> None:
    found = files(minimal())
    assert "groundplan/operations/utilization/handler.py" in found
    assert "groundplan/facts/prices/us-east-1.csv" in found
    assert not [path for path in found if "pulumi" in path or "utilization_report" in path]
    assert not [path for path in found if path.startswith("groundplan/facts/prices/eu-")]


def test_the_prices_of_the_archive_are_those_that_a_report_names() -> None:
    text = prices.written("us-east-1", prices.of("us-east-1").prices)
    assert "ec2-hour/g5.xlarge" in text
    packed = prices.parsed(_text(package.archive({}, "us-east-1"), "us-east-1"))
    known = prices.of("us-east-1")
    for key in (
        "ec2-hour/g5.xlarge",
        "sagemaker-endpoint-hour/ml.m5.large",
        "sagemaker-notebook-hour/ml.t3.medium",
        "ebs-gp3-gb-month",
        "ebs-gp3-iops-month",
        "ebs-gp3-mibps-month",
        "nat-gateway-hour",
        "public-ipv4-hour",
        "log-storage-gb-month",
        "fsx-lustre-ssd-gb-month/125",
    ):
        assert packed[key] == known.find(key)


def test_the_archive_has_no_prices_that_no_report_counts() -> None:
    packed = prices.parsed(_text(package.archive({}, "us-east-1"), "us-east-1"))
    assert "sagemaker-training-hour/ml.m5.large" in prices.of("us-east-1").prices
    assert not [key for key in packed if not key.startswith(package.PRICES)]


def _text(archive: Any, region: str) -> str:
    return str(archive.assets[f"groundplan/facts/prices/{region}.csv"].text)


def test_the_archive_runs_by_itself(tmp_path: pathlib.Path) -> None:
    archive: Any = package.archive({"environment": "e", "bucket": "b", "prefix": "p/"}, "eu-west-1")
    for path, asset in archive.assets.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(asset.text, encoding="utf-8")
    program = (
        "from groundplan.operations.utilization import handler; "
        "from groundplan.facts import instances, prices; import pathlib, groundplan; "
        "assert handler.Settings.read(pathlib.Path('settings.json').read_text()).bucket == 'b'; "
        "assert instances.find('g5.xlarge').has_gpu; "
        "assert prices.of('eu-west-1').find('public-ipv4-hour').usd; "
        "print(groundplan.__file__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path))


def test_prices_that_are_the_same_everywhere_are_packed_for_other_regions() -> None:
    packed = prices.parsed(_text(package.archive({}, "eu-west-1"), "eu-west-1"))
    assert packed["public-ipv4-hour"] == prices.of("eu-west-1").find("public-ipv4-hour")


def test_the_handler_reads_the_settings_of_the_archive() -> None:
    settings = {}

    def packed(known: Any, region: str) -> Any:
        settings.update(known)
        return original(known, region)

    original = package.archive
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(package, "archive", packed)
        complete.__wrapped__()
    read = handler.Settings.read(json.dumps(settings))
    assert read == handler.Settings(
        environment="ml-prod",
        bucket="artifacts-1",
        prefix="reports/utilization/",
        topic_arn=TOPIC,
        endpoints={"churn": "ml-prod-Churn"},
        cluster="training",
        vpc_id="vpc-00000001",
        tags={"environment": "prod"},
        namespace="ml",
        minimum_instances=3,
        days=30,
        prometheus_url="https://aps-workspaces.us-east-1.amazonaws.com/workspaces/ws-1",
        opencost_url="https://costs.example.com",
        cost_explorer=True,
    )
    assert package.VARIABLE == handler.VARIABLE
    variables = complete().one(FUNCTION).inputs["environment"]["variables"]
    assert variables == {"GROUNDPLAN_UTILIZATION": "/var/task/settings.json"}


def test_the_role_reads_and_writes_below_its_folder_only() -> None:
    allowed = statements(complete())
    assert allowed["WriteReports"]["Resource"] == ["arn:aws:s3:::artifacts-1/reports/utilization/*"]
    assert allowed["ReadEndpoints"]["Resource"] == [
        "arn:aws:sagemaker:us-east-1:${aws.accountId}:endpoint/ml-prod-churn"
    ]
    assert allowed["ReadNodeGroups"]["Resource"] == [
        "arn:aws:eks:us-east-1:${aws.accountId}:cluster/training",
        "arn:aws:eks:us-east-1:${aws.accountId}:nodegroup/training/*",
    ]
    assert allowed["SendSummary"]["Resource"] == [TOPIC]
    assert allowed["QueryMetrics"] == {
        "Sid": "QueryMetrics",
        "Effect": "Allow",
        "Action": ["aps:QueryMetrics"],
        "Resource": [WORKSPACE],
    }
    writing = re.compile(r":(?!Get|List|Describe|Query)")
    actions = {action for s in allowed.values() for action in s["Action"] if writing.search(action)}
    assert actions == {
        "s3:PutObject",
        "sns:Publish",
        "sqs:SendMessage",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }


def test_without_a_cluster_endpoints_and_a_topic_the_role_may_less() -> None:
    allowed = statements(minimal())
    assert not {"ReadNodeGroups", "ReadEndpoints", "SendSummary", "QueryMetrics"} & allowed.keys()
    assert "ReadCosts" in allowed
    assert "ReadCosts" not in statements(plan_of(cost_explorer=False))


def test_every_request_of_a_report_is_allowed() -> None:
    allowed = {action for s in statements(complete()).values() for action in s["Action"]}
    world = World()
    world.add_endpoint("churn", scaling=(1, 2))
    world.add_volume("vol-1")
    world.add_notebook("notebook")
    world.add_log_group("/idle", received=0.0)
    world.add_function("fn")
    world.add_pool("gpu", type_="g5.xlarge")
    world.report(Sources(), cluster="training")
    names = {"resourcegroupstaggingapi": "tag"}
    asked = {
        f"{names.get(service, service)}:{operation}"
        for service, _, operation in (call.partition(":") for call in world.calls)
    }
    assert asked - allowed == set()


def test_the_schedule_passes_its_own_time_and_keeps_what_it_can_not_start() -> None:
    schedule = minimal().one("aws:scheduler/schedule:Schedule").inputs
    assert schedule["scheduleExpression"] == "cron(0 6 ? * MON *)"
    assert schedule["target"]["input"] == '{"time": "<aws.scheduler.scheduled-time>"}'
    assert schedule["target"]["deadLetterConfig"] == {"arn": "${idle-queue.arn}"}
    assert complete().one("aws:scheduler/schedule:Schedule").inputs["scheduleExpression"] == (
        "rate(1 day)"
    )


def test_alarms_name_the_runbook_and_notify() -> None:
    alarms = complete().all("aws:cloudwatch/metricAlarm:MetricAlarm")
    assert set(alarms) == {"idle-errors", "idle-undelivered"}
    for alarm in alarms.values():
        assert alarm.inputs["alarmActions"] == [TOPIC]
        assert (
            "https://git.example.com/runbooks/utilization-report.md"
            in (alarm.inputs["alarmDescription"])
        )


@pytest.mark.parametrize(
    ("args", "key"),
    [
        ({"days": 6}, "days"),
        ({"days": 64}, "days"),
        ({"report_prefix": ""}, "report_prefix"),
        ({"report_prefix": "/x"}, "report_prefix"),
        ({"schedule_expression": "weekly"}, "schedule_expression"),
        ({"minimum_instances": 0}, "minimum_instances"),
        ({"memory_mb": 128}, "memory_mb"),
        ({"log_retention_days": 8}, "log_retention_days"),
        ({"topic_arn": "alarms"}, "topic_arn"),
        ({"kms_key_arn": "key"}, "kms_key_arn"),
        ({"open_cost_url": "http://costs"}, "open_cost_url"),
        ({"prometheus": {"url": "localhost"}}, "prometheus.url"),
        ({"prometheus": {"url": "https://p.example.com", "workspace_arn": "ws"}},
         "prometheus.workspace_arn"),
        ({"prometheus": {}}, "prometheus.url"),
    ],
)  # fmt: skip
def test_invalid_arguments_are_refused(args: dict[str, Any], key: str) -> None:
    with pytest.raises(InvalidArguments) as raised:
        plan_of(**args)
    assert [problem.key for problem in raised.value.problems] == [key]


class Published(World):
    """Keeps what is written and sent."""

    def __init__(self) -> None:
        super().__init__()
        self.objects: dict[str, bytes] = {}
        self.messages: list[dict[str, Any]] = []
        self.broken_topic = False

    def put_object(self, **request: Any) -> dict[str, Any]:
        self.objects[request["Key"]] = request["Body"]
        return {}

    def head_object(self, **request: Any) -> dict[str, Any]:
        if request["Key"] not in self.objects:
            raise ClientError({"Error": {"Code": "404", "Message": "Not Found"}}, "HeadObject")
        return {}

    def publish(self, **request: Any) -> dict[str, Any]:
        if self.broken_topic:
            raise RuntimeError("throttled")
        self.messages.append(request)
        return {}


def published(world: Published, days: int = 0) -> dict[str, Any]:
    settings = handler.Settings(
        environment="ml-prod",
        bucket="artifacts-1",
        prefix="reports/utilization/",
        topic_arn=TOPIC,
        tags={"environment": "prod"},
        cost_explorer=False,
    )
    time = (NOW + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return handler.published(settings, {"time": time}, Account("us-east-1", world))


def test_a_report_is_written_twice_and_announced_once() -> None:
    world = Published()
    world.add_volume("vol-loose", attached=False, ops=None)
    first = published(world)
    written = dict(world.objects)
    assert published(world) == first
    assert world.objects == written
    folder = "reports/utilization/2026-11-28T0600Z"
    assert set(written) == {f"{folder}/{f}" for f in ("report.json", "report.html", "announced")}
    document = json.loads(written[f"{folder}/report.json"])
    assert document["total"]["savingUsdPerMonth"] == 8.0
    (message,) = world.messages
    assert message["TopicArn"] == TOPIC
    assert "volume vol-loose: idle, saves 8.00 USD a month" in message["Message"]
    assert message["Message"].endswith(f"Report: s3://artifacts-1/{folder}/report.html")
    published(world, days=7)
    assert len(world.messages) == 2


def test_without_tags_those_of_the_bucket_are_used_and_none_is_no_error() -> None:
    world = Published()
    world.add_volume("vol-loose", attached=False, ops=None)
    world.bucket_tags = [{"Key": "environment", "Value": "prod"}]
    settings = handler.Settings("ml-prod", "artifacts-1", "reports/", cost_explorer=False)
    event = {"time": "2026-11-28T06:30:00Z"}
    key = "reports/2026-11-28T0600Z/report.json"
    handler.published(settings, event, Account("us-east-1", world))
    assert len(json.loads(world.objects[key])["findings"]) == 1
    world.denied = {"s3:GetBucketTagging"}
    handler.published(settings, event, Account("us-east-1", world))
    document = json.loads(world.objects[key])
    assert document["findings"] == []
    assert any("The environment's tags are not complete" in s for s in document["missing"])


def test_a_summary_that_was_not_sent_is_sent_by_the_retry() -> None:
    world = Published()
    world.add_volume("vol-loose", attached=False, ops=Series(0.0))
    world.broken_topic = True
    with pytest.raises(RuntimeError):
        published(world)
    world.broken_topic = False
    published(world)
    assert len(world.messages) == 1
