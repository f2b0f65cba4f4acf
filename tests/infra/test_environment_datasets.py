"""The datasets of an environment: the bucket keeps their versions, teams get their
access."""

import json
from functools import cache
from typing import Any

import pytest
import registration
from configuration import InvalidSettings, describe
from groundplan.testing import Plan, deploy, policy

ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
TOPIC = "arn:aws:sns:us-east-1:123456789012:clicks"
SECTIONS: dict[str, Any] = {
    "datasets": {
        "sets": {"clicks": {"targets": {"team": {"arn": TOPIC}}}, "users": {}},
        "access": {
            "clicks": {"readers": ["vision"], "writers": ["vision"]},
            "users": {"readers": ["vision", "training"], "publishers": ["training"]},
        },
    },
    "training": {
        "administrators": ["arn:aws:iam::123456789012:role/platform"],
        "pools": {"cpu": {"instanceType": "m6i.xlarge", "maxSize": 2}},
        "teams": {"vision": {"members": ["vision"]}},
    },
    "monitoring": {"runbooksUrl": "https://example.com/runbooks"},
}


def described(sections: dict[str, Any]) -> Any:
    values = {f"groundplan:{key}": json.dumps(value) for key, value in sections.items()}
    return describe("groundplan", "test", {"aws:region": "us-east-1", **values})


@cache
def environment() -> Plan:
    return deploy(lambda: registration.register(described(SECTIONS)), region="us-east-1")


def problems(sections: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidSettings) as refused:
        described(sections)
    return {p.key.removeprefix("groundplan:"): str(p) for p in refused.value.problems}


def granted(name: str) -> str:
    return json.dumps(policy(environment().one(ROLE_POLICY, name).inputs["policy"]))


def test_the_bucket_keeps_the_versions_of_the_datasets() -> None:
    plan = environment()
    bucket = policy(
        plan.one("aws:s3/bucketPolicy:BucketPolicy", "artifacts-policy").inputs["policy"]
    )
    assert "datasets/clicks/versions/" in json.dumps(bucket["DenyOverwrites"]["Resource"])
    rules = plan.one(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "artifacts-lifecycle"
    ).inputs["rules"]
    noncurrent = {r["filter"]["prefix"] for r in rules if "noncurrentVersionExpiration" in r}
    assert "runs/" in noncurrent
    assert not {p for p in noncurrent if p == "" or p.startswith("datasets/")}


def test_a_team_has_one_policy_for_each_kind_of_access() -> None:
    reading = granted("datasets-read-vision")
    assert "datasets/clicks/*" in reading
    assert "datasets/users/*" in reading
    writing = granted("datasets-write-vision")
    assert "datasets/clicks/objects/*" in writing
    assert "users" not in writing
    assert "datasets/users/versions/*" in granted("datasets-publish-training")
    names = {r.name for r in environment().all(ROLE_POLICY).values()}
    assert {n for n in names if n.startswith("datasets-")} == {
        "datasets-read-vision",
        "datasets-read-training",
        "datasets-write-vision",
        "datasets-publish-training",
    }


def test_publications_that_reach_nobody_notify_the_topic_of_the_environment() -> None:
    alarm = environment().one("aws:cloudwatch/metricAlarm:MetricAlarm", "datasets-undelivered")
    assert (
        "https://example.com/runbooks/dataset-publications.md" in alarm.inputs["alarmDescription"]
    )
    assert alarm.inputs["alarmActions"]


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"training": None}, "datasets.access.clicks"),
        ({"datasets": {"sets": {"users": {}}, "access": {"user": {}}}}, "datasets.access.user"),
        (
            {"datasets": {"sets": {"a": {}}, "access": {"a": {"readers": ["nobody"]}}}},
            "datasets.access.a.readers[0]",
        ),
        ({"artifacts": {"eventNotifications": False}}, "datasets.sets.clicks.targets"),
        (
            {"artifacts": {"lifecycle": {"expire": {"datasets/users/": 3}}}},
            "artifacts.lifecycle.expire.datasets/users/",
        ),
        (
            {
                "artifacts": {
                    "replication": {
                        "bucketArn": "arn:aws:s3:::copies",
                        "kmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/a-b",
                        "prefix": "datasets/users/objects/",
                    }
                }
            },
            "artifacts.replication.prefix",
        ),
        ({"datasets": {"sets": {"Users": {}}}}, "datasets.sets.Users"),
    ],
)
def test_what_cannot_work_is_refused(changes: dict[str, Any], key: str) -> None:
    sections = {k: v for k, v in {**SECTIONS, **changes}.items() if v is not None}
    assert key in problems(sections)
