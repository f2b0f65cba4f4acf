"""An environment whose endpoints are released to from the registry."""

import json
import pathlib
from typing import Any

import pytest
from configuration import InvalidSettings, describe
from groundplan.command_line import stack_exports
from groundplan.release.commands.target import target as chosen
from groundplan.release.engine.target import Target
from groundplan.testing import deploy
from groundplan.testing.deploy import Plan
from registration import register

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1.4.2"
CHURN = {
    "image": IMAGE,
    "instanceType": "ml.m5.large",
    "release": "registry",
    "modelPackageGroup": "churn",
}
DECLARED = {"image": IMAGE, "instanceType": "ml.m5.large"}
RUNTIME = "groundplan:index:ReleaseRuntime"


def environment(endpoints: dict[str, Any], **values: Any) -> dict[str, str]:
    arguments: dict[str, Any] = {
        "endpoints": endpoints,
        "network": {"availabilityZones": ["us-east-1a", "us-east-1b"]},
        **values,
    }
    return {
        "aws:region": "us-east-1",
        **{f"groundplan:{key}": json.dumps(value) for key, value in arguments.items()},
    }


def plan_of(endpoints: dict[str, Any], **values: Any) -> Plan:
    def program() -> None:
        import pulumi

        for key, value in register(
            describe("groundplan", "test", environment(endpoints, **values))
        ).items():
            pulumi.export(key, value)

    return deploy(program, project="groundplan")


@pytest.fixture(scope="module")
def plan() -> Plan:
    settings = {"requireSecondApprover": True, "auditPrefix": "audit/", "tracing": True}
    return plan_of(
        {"churn": CHURN, "fraud": DECLARED},
        releases=settings,
        tags={"team": "ml"},
        deletionProtection=False,
    )


def test_what_is_exported_is_what_groundplan_release_reads(
    plan: Plan, tmp_path: pathlib.Path
) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(plan.manifest.outputs))
    name, export = chosen(stack_exports.exports(file, None), None)
    target = Target.read(name, export)

    assert (name, target.endpoint, target.model_package_group) == (
        "churn",
        "groundplan-test-churn",
        "churn",
    )
    assert target.audit_bucket == "${artifacts-bucket.bucket}"
    assert (target.audit_prefix, target.require_second_approver) == ("audit/", True)
    assert target.rollback_alarms == tuple(export["alarms"])


def test_the_runtime_releases_to_endpoints_of_the_registry_only(plan: Plan) -> None:
    assert set(plan.one(RUNTIME, "releases").outputs["releaseTargets"]) == {"churn"}
    pattern = json.loads(
        plan.one("aws:cloudwatch/eventRule:EventRule", "releases-endpoints").inputs["eventPattern"]
    )
    assert pattern["detail"]["EndpointName"] == ["groundplan-test-churn"]
    role = plan.one("aws:iam/rolePolicy:RolePolicy", "releases-role-policy").inputs["policy"]
    assert "${churn-role.arn}" in role
    assert "fraud" not in role


def test_settings_tags_and_the_alarm_topic_reach_it(plan: Plan) -> None:
    function = plan.one("aws:lambda/function:Function", "releases-function")
    assert function.inputs["tracingConfig"] == {"mode": "Active"}
    assert function.inputs["tags"]["team"] == "ml"
    for alarm in ("errors", "releases", "undelivered"):
        metric_alarm = plan.one("aws:cloudwatch/metricAlarm:MetricAlarm", f"releases-{alarm}")
        assert metric_alarm.inputs["alarmActions"] == ["${monitoring-topic.arn}"]
    assert plan.one("aws:kms/key:Key", "releases-key-key").option("protect") is False


def test_without_an_endpoint_of_the_registry_there_is_no_runtime() -> None:
    plan = plan_of({"fraud": DECLARED})
    assert plan.all(RUNTIME) == {}
    assert "releaseTargets" not in plan.manifest.outputs


@pytest.mark.parametrize(
    ("endpoints", "releases", "keys"),
    [
        (
            {"churn": CHURN},
            {"auditPrefix": "audit", "logRetentionDays": 2},
            ["auditPrefix", "logRetentionDays"],
        ),
        ({"fraud": DECLARED}, {"requireSecondApprover": True}, [""]),
        ({"churn": CHURN}, {"aprovalRequired": True}, ["aprovalRequired"]),
    ],
)
def test_invalid_settings_are_reported_before_anything_is_created(
    endpoints: dict[str, Any], releases: dict[str, Any], keys: list[str]
) -> None:
    with pytest.raises(InvalidSettings) as caught:
        describe("groundplan", "test", environment(endpoints, releases=releases))
    reported = [
        problem.key
        for problem in caught.value.problems
        if problem.key.startswith("groundplan:releases")
    ]
    assert reported == [f"groundplan:releases{'.' if key else ''}{key}" for key in keys]


def test_gates_reach_the_runtime_with_their_names_as_they_are() -> None:
    gates = {
        "metrics": {"auc": {"maxRegression": 0.01, "slices": {"country=DE": {"min": 0.8}}}},
        "smoke": {"payloads": "s3://ml-artifacts/smoke/churn.jsonl", "maxLatencyMs": 300},
        "signOff": {"approvers": ["arn:aws:iam::123456789012:role/ml-approvers"]},
    }
    plan = plan_of({"churn": {**CHURN, "gates": gates}})
    assert plan.manifest.outputs["releaseTargets"]["churn"]["gates"] == {
        "metrics": {"auc": {"max_regression": 0.01, "slices": {"country=DE": {"min": 0.8}}}},
        "smoke": {"payloads": "s3://ml-artifacts/smoke/churn.jsonl", "max_latency_ms": 300.0},
        "sign_off": {"approvers": ["arn:aws:iam::123456789012:role/ml-approvers"]},
    }


def test_a_gate_without_a_limit_is_refused_in_the_words_of_yaml() -> None:
    with pytest.raises(InvalidSettings) as caught:
        describe(
            "groundplan",
            "test",
            environment({"churn": {**CHURN, "gates": {"metrics": {"auc": {}}}}}),
        )
    assert [problem.key for problem in caught.value.problems] == [
        "groundplan:endpoints.churn.gates.metrics.auc"
    ]


def test_fifty_endpoints_are_released_by_as_many_runtimes_as_their_roles_need() -> None:
    endpoints = {f"e{number}": CHURN for number in range(50)}
    plan = deploy(
        lambda: register(describe("groundplan", "test", environment(endpoints))),
        project="groundplan",
    )
    runtimes = plan.all(RUNTIME)
    assert list(runtimes) == ["releases", *(f"releases-{number}" for number in range(2, 9))]
    targets = [set(runtime.outputs["releaseTargets"]) for runtime in runtimes.values()]
    assert sum(map(len, targets)) == 50
    assert set().union(*targets) == set(endpoints)
    for name in runtimes:
        policy = plan.one("aws:iam/rolePolicy:RolePolicy", f"{name}-role-policy").inputs["policy"]
        assert len(policy.replace(" ", "")) <= 10_240  # the inline policies of a role (IAM quotas)


def test_one_url_of_the_runbooks_is_in_all_alarms_of_an_environment() -> None:
    url = "https://example.com/runbooks"
    plan = plan_of({"churn": CHURN, "fraud": DECLARED}, monitoring={"runbooksUrl": url})
    texts = {
        name: alarm.inputs["alarmDescription"]
        for name, alarm in plan.all("aws:cloudwatch/metricAlarm:MetricAlarm").items()
    }
    assert {name for name, text in texts.items() if f"Runbook: {url}/" not in text} == set()
    assert len(texts) > 10
