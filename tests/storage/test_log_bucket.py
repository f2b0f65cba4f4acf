from typing import Any

import pytest
from groundplan.arguments import InvalidArguments
from groundplan.storage.log_bucket.log_bucket import LogBucket
from groundplan.testing import deploy, policy

SOURCE = "arn:aws:s3:::data"


def test_a_log_bucket_accepts_the_logs_of_one_bucket_of_this_account() -> None:
    plan = deploy(lambda: LogBucket("logs", {"source_bucket_arn": SOURCE}))

    found = plan.one("aws:s3/bucketPolicy:BucketPolicy", "logs-policy")
    statements = policy(found.inputs["policy"])
    assert set(statements) == {"DeliverAccessLogs", "DenyInsecureTransport", "DenyOldTls"}
    assert statements["DeliverAccessLogs"] == {
        "Sid": "DeliverAccessLogs",
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "${logs-bucket.arn}/*",
        "Condition": {
            "ArnLike": {"aws:SourceArn": SOURCE},
            "StringEquals": {"aws:SourceAccount": "${aws.accountId}"},
        },
    }
    assert "logs-public-access" in plan.dependencies(found)
    component = plan.one("groundplan:index:LogBucket", "logs")
    assert component.outputs == {
        "bucketName": "${logs-bucket.bucket}",
        "bucketArn": "${logs-bucket.arn}",
    }
    assert {child.name for child in plan.manifest.children(component)} == {
        "logs-bucket",
        "logs-encryption",
        "logs-lifecycle",
        "logs-ownership",
        "logs-policy",
        "logs-public-access",
        "logs-versioning",
    }


def test_logs_are_encrypted_with_sse_s3() -> None:
    plan = deploy(lambda: LogBucket("logs", {"source_bucket_arn": SOURCE}))

    found = plan.one(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    )
    assert found.inputs["rules"] == [
        {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}
    ]


def test_logs_expire_and_can_be_restored_for_a_month() -> None:
    plan = deploy(lambda: LogBucket("logs", {"source_bucket_arn": SOURCE, "retention_days": 400}))

    found = plan.one(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "logs-lifecycle"
    )
    rules = {rule["id"]: rule for rule in found.inputs["rules"]}
    assert set(rules) == {"abort-multipart-uploads", "old-versions", "expire-all"}
    assert rules["expire-all"]["filter"] == {"prefix": ""}
    assert rules["expire-all"]["expiration"] == {"days": 400}
    assert rules["old-versions"]["noncurrentVersionExpiration"] == {"noncurrentDays": 30}


def test_logs_are_retained_on_delete_by_default() -> None:
    retained = deploy(lambda: LogBucket("logs", {"source_bucket_arn": SOURCE})).one(
        "aws:s3/bucket:Bucket"
    )
    deleted = deploy(
        lambda: LogBucket(
            "logs",
            {"source_bucket_arn": SOURCE, "deletion_protection": False, "tags": {"team": "ml"}},
        )
    ).one("aws:s3/bucket:Bucket")

    assert (
        retained.option("protect"),
        retained.option("retainOnDelete"),
        retained.inputs["forceDestroy"],
    ) == (
        True,
        True,
        False,
    )
    assert (
        deleted.option("protect"),
        deleted.option("retainOnDelete"),
        deleted.inputs["forceDestroy"],
    ) == (
        False,
        False,
        True,
    )
    assert deleted.inputs["tags"] == {"groundplan:component": "logs", "team": "ml"}


def test_all_problems_are_reported_at_once() -> None:
    wrong: Any = {"retention_days": 0, "tag": {}}

    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: LogBucket("logs", wrong))
    assert {problem.key for problem in caught.value.problems} == {
        "retention_days",
        "tag",
        "source_bucket_arn",
    }


@pytest.mark.parametrize(
    ("args", "key"),
    [
        ({"retention_days": -1}, "retention_days"),
        ({"retention_days": 36_501}, "retention_days"),
        ({"source_bucket_arn": "data"}, "source_bucket_arn"),
    ],
)
def test_bounds_of_a_log_bucket(args: dict[str, Any], key: str) -> None:
    untyped: Any = {"source_bucket_arn": SOURCE, **args}

    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: LogBucket("logs", untyped))
    assert [problem.key for problem in caught.value.problems] == [key]
