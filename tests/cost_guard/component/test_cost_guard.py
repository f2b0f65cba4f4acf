"""CostGuard: its budgets, topic, function, schedule, alarms and role."""

import json
import pathlib
import subprocess
import sys
from functools import cache
from typing import Any

import pytest
from groundplan import CostGuard
from groundplan.arguments import InvalidArguments
from groundplan.cost_guard.component import package
from groundplan.cost_guard.engine.settings import Settings
from groundplan.testing import Plan, deploy, policy

BUCKET: Any = {
    "bucket_name": "artifacts-1",
    "bucket_arn": "arn:aws:s3:::artifacts-1",
    "kms_key_arn": "arn:bucket-key",
}
KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"
FUNCTION, BUDGET = "aws:lambda/function:Function", "aws:budgets/budget:Budget"


def plan_of(stack: str = "dev", **args: Any) -> Plan:
    arguments: Any = {"bucket": BUCKET, "usd_per_month": 500, **args}
    return deploy(
        lambda: CostGuard("costs", arguments), project="ml", stack=stack, region="us-east-1"
    )


@cache
def minimal() -> Plan:
    return plan_of()


COMPLETE: dict[str, Any] = {
    "teams": {"search": 100},
    "models": {"churn": 50},
    "allocation_tags": ["environment", "groundplan:team"],
    "anomalies": {"min_usd": 25},
    "data_export": {"bucket_name": "billing", "bucket_region": "eu-west-1"},
    "stops": {
        "pools": ["gpu"],
        "endpoints": ["churn"],
        "notebooks": True,
        "studio_domains": ["d-abcdefghijkl"],
        "training_jobs": True,
        "idle": True,
        "at_percent": 90,
    },
    "dry_run": False,
    "ceiling": {"usd_per_month": 600, "fixed_usd_per_month": 200},
    "schedule": {"open": "07:00", "close": "19:00", "time_zone": "Europe/Berlin"},
    "expires": "2027-03-31",
    "node_groups": {"gpu": "gpu-nodes", "cpu": "cpu-nodes"},
    "cluster_name": "training",
    "endpoints": {"churn": "ml-dev-Churn", "live": "ml-dev-live"},
    "topic_arn": TOPIC,
    "topic_key_arn": KEY,
    "alarm_actions": [TOPIC],
    "tags": {"environment": "dev", "owner": "ml"},
}


@cache
def complete() -> Plan:
    return plan_of(**COMPLETE)


def statements(plan: Plan) -> dict[str, Any]:
    return dict(
        policy(plan.one("aws:iam/rolePolicy:RolePolicy", "costs-role-policy").inputs["policy"])
    )


def settings(monkeypatch: pytest.MonkeyPatch, **args: Any) -> Settings:
    """The settings that are packed with the code of the function."""
    packed: list[str] = []
    original = package.archive

    def archive(known: Any, region: str) -> Any:
        packed.append(json.dumps(known))
        return original(known, region)

    monkeypatch.setattr(package, "archive", archive)
    plan_of(**args)
    return Settings.read(packed[-1])


def test_the_least_guard_has_a_budget_and_stops_nothing() -> None:
    plan = minimal()
    component = plan.one("groundplan:index:CostGuard", "costs")
    mine = {resource.name for resource in plan.manifest if plan.parent(resource) == component}
    roles = "key logs queue queue-policy topic topic-policy topic-permission topic-subscription"
    roles += " environment role role-policy function failed-events"
    roles += " schedule-role schedule-policy schedule errors undelivered"
    assert mine == {f"costs-{role}" for role in roles.split()}
    assert component.outputs["budgetNames"] == {"environment": "${costs-environment.name}"}
    allowed = [action for s in statements(plan).values() for action in s["Action"]]
    assert not [a for a in allowed if a.startswith(("eks:", "sagemaker:", "ec2:"))]


def test_a_budget_notifies_of_actual_and_forecast_costs() -> None:
    budget = minimal().one(BUDGET).inputs
    assert (budget["limitAmount"], budget["limitUnit"], budget["timeUnit"]) == (
        "500.00",
        "USD",
        "MONTHLY",
    )
    found = {(n["notificationType"], n["threshold"]) for n in budget["notifications"]}
    assert found == {("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)}
    topics = {tuple(n["subscriberSnsTopicArns"]) for n in budget["notifications"]}
    assert topics == {("${costs-topic.arn}",)}


def test_a_percent_that_stops_notifies_the_function_too() -> None:
    budget = complete().one(BUDGET, "costs-environment").inputs
    actual = {n["threshold"] for n in budget["notifications"] if n["notificationType"] == "ACTUAL"}
    assert actual == {80, 90, 100}


def test_budgets_count_the_environment_a_team_and_a_model() -> None:
    plan = complete()
    filters = {
        name: {
            (each["tags"]["key"], *each["tags"]["values"])
            for each in plan.one(BUDGET, f"costs-{name}").inputs["filterExpression"]["ands"]
        }
        for name in ("environment", "team-search", "model-churn")
    }
    environment = {("environment", "dev"), ("owner", "ml")}
    assert filters == {
        "environment": environment,
        "team-search": environment | {("groundplan:team", "search")},
        "model-churn": environment | {("groundplan:component", "churn")},
    }
    assert plan.one(BUDGET, "costs-environment").inputs["metrics"] == "UnblendedCost"


def test_aws_billing_publishes_to_the_encrypted_topic_and_nobody_else() -> None:
    plan = complete()
    allowed = policy(plan.one("aws:sns/topicPolicy:TopicPolicy").inputs["policy"])
    services = {s["Principal"]["Service"] for s in allowed.values() if s["Effect"] == "Allow"}
    assert services == {"budgets.amazonaws.com", "costalerts.amazonaws.com"}
    for sid in ("AllowBudgets", "AllowAnomalies"):
        assert allowed[sid]["Condition"] == {
            "StringEquals": {"aws:SourceAccount": "${aws.accountId}"}
        }
    assert plan.one("aws:sns/topic:Topic").inputs["kmsMasterKeyId"] == "${costs-key-key.arn}"
    principals = {
        s["Principal"].get("Service")
        for s in policy(plan.one("aws:kms/key:Key").inputs["policy"]).values()
    }
    assert services <= principals
    subscription = plan.one("aws:sns/topicSubscription:TopicSubscription").inputs
    assert (subscription["protocol"], subscription["endpoint"]) == (
        "lambda",
        "${costs-function.arn}",
    )


def test_anomalies_of_the_environment_are_notified() -> None:
    plan = complete()
    monitor = plan.one("aws:costexplorer/anomalyMonitor:AnomalyMonitor").inputs
    assert json.loads(monitor["monitorSpecification"]) == {
        "Tags": {"Key": "environment", "Values": ["dev"]}
    }
    subscription = plan.one("aws:costexplorer/anomalySubscription:AnomalySubscription").inputs
    assert subscription["thresholdExpression"]["dimension"]["values"] == ["25.00"]
    assert subscription["subscribers"] == [{"type": "SNS", "address": "${costs-topic.arn}"}]


def test_anomalies_of_the_accounts_own_monitor_need_no_other() -> None:
    arn = "arn:aws:ce::123456789012:anomalymonitor/11111111-2222-3333-4444-555555555555"
    plan = plan_of(anomalies={"min_usd": 25, "monitor_arn": arn})
    assert plan.all("aws:costexplorer/anomalyMonitor:AnomalyMonitor") == {}
    subscription = plan.one("aws:costexplorer/anomalySubscription:AnomalySubscription").inputs
    assert subscription["monitorArnLists"] == [arn]


def test_allocation_tags_stay_active_on_delete() -> None:
    plan = complete()
    found = plan.all("aws:costexplorer/costAllocationTag:CostAllocationTag")
    assert {tag.inputs["tagKey"] for tag in found.values()} == {"environment", "groundplan:team"}
    assert all(tag.options.get("retainOnDelete") for tag in found.values())


def test_split_cost_data_is_exported_where_it_is_wanted() -> None:
    export = complete().one("aws:bcmdata/export:Export")
    (query,) = export.inputs["export"]["dataQueries"]
    assert (
        query["tableConfigurations"]["COST_AND_USAGE_REPORT"]["INCLUDE_SPLIT_COST_ALLOCATION_DATA"]
        == "TRUE"
    )
    assert "split_line_item_split_cost" in query["queryStatement"]
    assert minimal().all("aws:bcmdata/export:Export") == {}


def test_the_role_stops_what_is_named_and_nothing_else() -> None:
    allowed = statements(complete())
    assert allowed["StopPools"]["Resource"] == [
        "arn:aws:eks:us-east-1:${aws.accountId}:nodegroup/training/gpu-nodes/*"
    ]
    assert allowed["StopEndpoints"]["Resource"] == [
        "arn:aws:sagemaker:us-east-1:${aws.accountId}:endpoint/ml-dev-churn"
    ]
    assert allowed["StopApps"]["Resource"] == [
        "arn:aws:sagemaker:us-east-1:${aws.accountId}:app/d-abcdefghijkl/*"
    ]
    grant = statements(plan_of(**COMPLETE, endpoint_key_arns=[KEY]))["EncryptVolumes"]
    assert grant["Resource"] == [KEY]
    assert grant["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    tags = {"aws:ResourceTag/environment": "dev", "aws:ResourceTag/owner": "ml"}
    for sid in ("StopNotebooks", "StopTrainingJobs"):
        assert allowed[sid]["Condition"] == {"StringEquals": tags}
    assert set(allowed["ReadBudgets"]["Resource"]) == {
        f"${{costs-{name}.arn}}" for name in ("environment", "team-search", "model-churn")
    }


def test_the_role_of_a_dry_run_may_stop_nothing() -> None:
    allowed = statements(plan_of(**{**COMPLETE, "dry_run": True}))
    assert not [sid for sid in allowed if sid.startswith(("Stop", "Start"))]


def test_the_function_reads_the_settings_that_are_packed_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = settings(monkeypatch, **COMPLETE)
    assert read.pools == {"gpu": "gpu-nodes"}
    assert read.studio_domains == ("d-abcdefghijkl",)
    assert read.endpoints == {"churn": "ml-dev-Churn"}
    assert [(s.scope, s.percent) for s in read.scopes] == [
        ("environment", 90.0),
        ("team:search", 90.0),
        ("model:churn", 90.0),
    ]
    assert read.opening_hours is not None
    assert read.opening_hours.time_zone == "Europe/Berlin"
    ceiling = read.ceiling(10.0)
    assert ceiling is not None
    assert ceiling.set_aside == 200 + 10 * 1.0
    assert not read.dry_run
    assert settings(monkeypatch).dry_run
    schedule = complete().one("aws:scheduler/schedule:Schedule").inputs
    assert schedule["scheduleExpression"] == "rate(15 minutes)"


def test_the_archive_runs_without_pulumi_and_has_the_prices(tmp_path: pathlib.Path) -> None:
    found: Any = package.archive({}, "us-east-1").assets
    assert not [path for path in found if "component" in path or "pulumi" in path]
    for path, asset in found.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(asset.text, encoding="utf-8")
    code = (
        "from groundplan.cost_guard.engine import handler; "
        "from groundplan.facts import prices; "
        "print(prices.of('us-east-1').find('ec2-hour/g5.xlarge').usd)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "1.006"
    assert complete().one(FUNCTION).inputs["handler"] == package.HANDLER


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"usd_per_month": 0}, "usd_per_month"),
        ({"models": {"chrn": 5}}, "models.chrn"),
        ({"teams": {"a:b": 5}}, "teams.a:b"),
        ({"actual_percents": [80, 80]}, "actual_percents[1]"),
        ({"stops": {"pools": ["gpus"]}}, "stops.pools[0]"),
        ({"stops": {"notebooks": True}, "tags": {}}, "stops.notebooks"),
        ({"stops": {"studio_domains": ["mine"]}}, "stops.studio_domains[0]"),
        ({"stops": {"pools": ["gpu"], "idle": True}}, "stops.idle"),
        ({"stops": {}}, "ceiling"),
        ({"ceiling": {"usd_per_month": 100, "fixed_usd_per_month": 100}},
         "ceiling.fixed_usd_per_month"),
        ({"schedule": {"open": "7:00", "close": "19:00"}}, "schedule.open"),
        ({"schedule": {"open": "07:00", "close": "07:00"}}, "schedule.close"),
        ({"schedule": {"open": "07:00", "close": "19:00", "time_zone": "Berlin"}},
         "schedule.time_zone"),
        ({"expires": "2027-02-30"}, "expires"),
        ({"expires": "31.3.2027"}, "expires"),
        ({"interval_minutes": 4}, "interval_minutes"),
        ({"anomalies": {"min_usd": 0}}, "anomalies.min_usd"),
        ({"anomalies": {"min_usd": 9, "monitor_arn": "mine"}}, "anomalies.monitor_arn"),
        ({"journal_prefix": ""}, "journal_prefix"),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_with_its_key(changed: dict[str, Any], key: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        plan_of(**{**COMPLETE, **changed})
    assert key in [problem.key for problem in caught.value.problems]


def test_production_is_stopped_only_where_it_is_allowed() -> None:
    with pytest.raises(InvalidArguments, match="unless allow_production is true"):
        plan_of("prod", **COMPLETE)
    assert plan_of("prod", **COMPLETE, allow_production=True).one(FUNCTION)
