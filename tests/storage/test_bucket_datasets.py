"""An ArtifactBucket keeps what the versions of its datasets refer to."""

from typing import Any

import pytest
from groundplan.arguments import InvalidArguments
from groundplan.storage.artifact_bucket.artifact_bucket import ArtifactBucket
from groundplan.testing import Plan, deploy, policy

LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
ARN = "${data-bucket.arn}"


def deployed(**args: Any) -> Plan:
    arguments: Any = {"datasets": ["clicks", "users"], **args}
    return deploy(lambda: ArtifactBucket("data", arguments))


def rules(plan: Plan) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = plan.one(LIFECYCLE, "data-lifecycle").inputs["rules"]
    return found


def test_versions_are_written_once_and_tags_by_conditional_writes() -> None:
    found = policy(
        deployed().one("aws:s3/bucketPolicy:BucketPolicy", "data-policy").inputs["policy"]
    )
    once, conditional = found["DenyOverwrites"], found["DenyUnconditionalWrites"]
    assert once["Resource"] == [
        f"{ARN}/datasets/{name}/{folder}/*"
        for name in ("clicks", "users")
        for folder in ("history", "parts", "versions")
    ]
    assert conditional == {
        "Sid": "DenyUnconditionalWrites",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": [f"{ARN}/datasets/clicks/tags/*", f"{ARN}/datasets/users/tags/*"],
        "Condition": {
            "Bool": {"s3:ObjectCreationOperation": "true"},
            "Null": {"s3:if-match": "true", "s3:if-none-match": "true"},
        },
    }


def test_no_noncurrent_version_is_removed_by_default() -> None:
    assert [r["id"] for r in rules(deployed())] == [
        "abort-multipart-uploads",
        "intelligent-tiering",
    ]


def test_noncurrent_versions_of_other_folders_can_be_removed() -> None:
    plan = deployed(lifecycle={"noncurrent_days": 30, "noncurrent_prefixes": ["runs/", "models/"]})
    found = {r["filter"]["prefix"]: r for r in rules(plan) if r["id"].startswith("old-versions")}
    assert sorted(found) == ["models/", "runs/"]
    assert found["runs/"]["noncurrentVersionExpiration"] == {"noncurrentDays": 30}


def test_folders_of_noncurrent_versions_need_no_datasets() -> None:
    plan = deployed(datasets=[], lifecycle={"noncurrent_prefixes": ["runs/"]})
    assert [r["id"] for r in rules(plan)][1] == "old-versions-runs/"


@pytest.mark.parametrize(
    ("lifecycle", "key"),
    [
        ({"noncurrent_days": 90}, "lifecycle.noncurrent_days"),
        ({"expire": {"datasets/": 30}}, "lifecycle.expire.datasets/"),
        ({"expire": {"datasets/clicks/": 30}}, "lifecycle.expire.datasets/clicks/"),
        (
            {"expire": {"datasets/users/objects/a/": 3}},
            "lifecycle.expire.datasets/users/objects/a/",
        ),
        ({"noncurrent_prefixes": ["datasets/"]}, "lifecycle.noncurrent_prefixes[0]"),
        ({"noncurrent_prefixes": ["a/", "datasets/users/"]}, "lifecycle.noncurrent_prefixes[1]"),
        ({"noncurrent_prefixes": [""]}, "lifecycle.noncurrent_prefixes[0]"),
        ({"noncurrent_prefixes": ["a*/"]}, "lifecycle.noncurrent_prefixes[0]"),
    ],
)
def test_a_lifecycle_that_removes_what_a_version_refers_to_is_refused(
    lifecycle: dict[str, Any], key: str
) -> None:
    with pytest.raises(InvalidArguments) as refused:
        deployed(lifecycle=lifecycle)
    assert [p.key for p in refused.value.problems] == [key]


@pytest.mark.parametrize(
    "lifecycle",
    [{"noncurrent_days": 0}, {"expire": {"datasets/other/": 3, "scratch/": 1}}],
)
def test_a_lifecycle_of_other_folders_is_accepted(lifecycle: dict[str, Any]) -> None:
    assert rules(deployed(lifecycle=lifecycle))


@pytest.mark.parametrize(
    ("names", "key"),
    [
        (["a", "a"], "datasets[1]"),
        (["A"], "datasets[0]"),
        ([f"d{n}" for n in range(26)], "datasets"),
    ],
)
def test_names_that_cannot_be_datasets_are_refused(names: list[str], key: str) -> None:
    with pytest.raises(InvalidArguments) as refused:
        deployed(datasets=names)
    assert [p.key for p in refused.value.problems] == [key]
