"""The API of an environment: wired to its releases, retraining, datasets, logs and
topic."""

from typing import Any

import pytest
from accepted_settings import problems_of
from environments import manifests
from groundplan.testing import Plan, policy

LOOP = "loop"
ENDPOINT: dict[str, Any] = {
    "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1",
    "instanceType": "ml.m5.large",
}
RELEASED: dict[str, Any] = {**ENDPOINT, "release": "registry", "modelPackageGroup": "churn"}


def plan() -> Plan:
    return Plan(manifests()[LOOP])


def statements(kind: str, name: str) -> dict[str, Any]:
    return dict(policy(plan().one(kind, name).inputs["policy"]))


def test_the_api_releases_to_the_endpoint_and_asks_for_its_runs() -> None:
    allowed = statements("aws:iam/policy:Policy", "api-churn-policy")
    assert allowed["CallEndpoints"]["Resource"] == [
        "arn:aws:sagemaker:us-east-1:${aws.accountId}:endpoint/groundplan-loop-churn"
    ]
    assert allowed["StartRuns"]["Resource"] == ["${churn-retraining-machine.arn}"]
    assert allowed["ReadRuns"]["Resource"] == [
        "arn:aws:s3:::${artifacts-bucket.bucket}/retraining/groundplan-loop-churn/*"
    ]


def test_the_api_shows_the_environments_datasets() -> None:
    allowed = statements("aws:iam/rolePolicy:RolePolicy", "api-role-policy")
    folders = {f"${{artifacts-bucket.arn}}/datasets/{name}/tags/*" for name in ("churn", "events")}
    assert folders <= set(allowed["ReadTags"]["Resource"])


def test_its_alarms_notify_and_lead_to_the_runbooks() -> None:
    for name in ("errors", "latency", "throttled"):
        alarm = plan().one("aws:cloudwatch/metricAlarm:MetricAlarm", f"api-{name}").inputs
        assert alarm["alarmActions"] == ["${monitoring-topic.arn}"]
        assert "https://example.com/runbooks/api-" in alarm["alarmDescription"]


def test_the_stack_exports_where_the_api_is_and_what_callers_are_allowed() -> None:
    outputs = manifests()[LOOP].outputs
    assert outputs["apis"] == {"api": "${api-api.apiEndpoint}"}
    assert set(outputs["apiArns"]["api"]) == {"read", "train", "register", "approve", "release"}


@pytest.mark.parametrize(
    ("sections", "key"),
    [
        ({"api": {"memoryMb": 512}}, "api"),
        ({"api": {"memoryMb": 512}, "endpoints": {"churn": ENDPOINT}}, "api"),
        (
            {
                "api": {
                    "domain": {
                        "name": "models.example.com",
                        "certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1",
                    }
                },
                "models": {"groups": {"churn": {}}},
                "endpoints": {f"churn-{n}": RELEASED for n in range(8)},
            },
            "api.domain.name",
        ),
    ],
)
def test_an_api_needs_endpoints_that_release_from_the_registry_and_one_domain_each(
    sections: dict[str, Any], key: str
) -> None:
    assert key in {problem.key.removeprefix("groundplan:") for problem in problems_of(sections)}


def test_each_release_runtime_has_an_api() -> None:
    sections = {
        "api": {"memoryMb": 512},
        "models": {"groups": {"churn": {}}},
        "endpoints": {f"churn-{n}": RELEASED for n in range(8)},
    }
    assert problems_of(sections) == ()
