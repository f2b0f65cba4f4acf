from typing import Any

import pulumi_aws as aws
import pytest
from groundplan.arguments import DEFAULTS, InvalidArguments
from groundplan.storage.artifact_bucket.args import ArtifactBucketArgs
from groundplan.storage.artifact_bucket.artifact_bucket import ArtifactBucket
from groundplan.storage.choices import ObjectLockMode
from groundplan.testing import Plan, deploy, policy

BUCKET = "aws:s3/bucket:Bucket"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
LOGGING = "aws:s3/bucketLogging:BucketLogging"
ENCRYPTION = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
)
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
NOTIFICATION = "aws:s3/bucketNotification:BucketNotification"
OBJECT_LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
KEY = "arn:aws:kms:us-east-1:111122223333:key/abc"
HOLD_DATA = (
    (BUCKET, "data-bucket"),
    (BUCKET, "data-logs-bucket"),
    ("aws:kms/key:Key", "data-key-key"),
)
SETTINGS = ("encryption", "lifecycle", "ownership", "policy", "public-access", "versioning")


def deployed(args: ArtifactBucketArgs = DEFAULTS) -> Plan:
    return deploy(lambda: ArtifactBucket("data", args))


def children(plan: Plan, type: str, name: str) -> set[str]:
    return {child.name for child in plan.manifest.children(plan.one(type, name))}


def test_a_minimal_bucket_has_a_key_and_a_log_bucket_of_its_own() -> None:
    plan = deployed()

    assert children(plan, "groundplan:index:ArtifactBucket", "data") == {
        "data-bucket",
        "data-events",
        "data-key",
        "data-logging",
        "data-logs",
        *(f"data-{setting}" for setting in SETTINGS),
    }
    assert children(plan, "groundplan:index:EncryptionKey", "data-key") == {
        "data-key-key",
        "data-key-alias",
    }
    assert plan.one("groundplan:index:ArtifactBucket", "data").outputs == {
        "bucketName": "${data-bucket.bucket}",
        "bucketArn": "${data-bucket.arn}",
        "kmsKeyArn": "${data-key-key.arn}",
    }


def test_a_bucket_is_versioned_and_private() -> None:
    plan = deployed()
    bucket = "${data-bucket.bucket}"

    assert plan.one("aws:s3/bucketVersioning:BucketVersioning", "data-versioning").inputs == {
        "bucket": bucket,
        "versioningConfiguration": {"status": "Enabled"},
    }
    assert plan.one(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "data-public-access"
    ).inputs == {
        "bucket": bucket,
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }
    assert plan.one(
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls", "data-ownership"
    ).inputs == {
        "bucket": bucket,
        "rule": {"objectOwnership": "BucketOwnerEnforced"},
    }


def test_objects_are_encrypted_under_the_key() -> None:
    assert deployed().one(ENCRYPTION, "data-encryption").inputs["rules"] == [
        {
            "applyServerSideEncryptionByDefault": {
                "sseAlgorithm": "aws:kms",
                "kmsMasterKeyId": "${data-key-key.arn}",
            },
            "bucketKeyEnabled": True,
        }
    ]


def test_an_existing_key_can_be_used() -> None:
    plan = deployed({"kms_key_arn": KEY})

    assert not plan.all("aws:kms/key:Key")
    assert plan.one("groundplan:index:ArtifactBucket").outputs["kmsKeyArn"] == KEY
    (rule,) = plan.one(ENCRYPTION, "data-encryption").inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"]["kmsMasterKeyId"] == KEY


def test_the_policy_refuses_old_transport_and_other_keys() -> None:
    plan = deployed()

    found = plan.one(POLICY, "data-policy")
    assert "data-public-access" in plan.dependencies(found)
    arn = "${data-bucket.arn}"
    everything = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
    }
    puts = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": f"{arn}/*"}
    algorithm, key_id = (
        "s3:x-amz-server-side-encryption",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
    )
    assert policy(found.inputs["policy"]) == {
        "DenyInsecureTransport": {
            "Sid": "DenyInsecureTransport",
            **everything,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        "DenyOldTls": {
            "Sid": "DenyOldTls",
            **everything,
            "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
        },
        "DenyOtherEncryption": {
            "Sid": "DenyOtherEncryption",
            **puts,
            "Condition": {"StringEquals": {algorithm: "AES256"}},
        },
        "DenyOtherKeys": {
            "Sid": "DenyOtherKeys",
            **puts,
            "Condition": {
                "StringNotEquals": {key_id: "${data-key-key.arn}"},
                "Null": {key_id: "false"},
            },
        },
        "DenyClientKeys": {
            "Sid": "DenyClientKeys",
            **puts,
            "Condition": {"Null": {f"{algorithm}-customer-algorithm": "false"}},
        },
    }


def test_statements_can_be_added_to_the_policy() -> None:
    reader = {
        "Sid": "Reader",
        "Effect": "Allow",
        "Principal": {"AWS": "111122223333"},
        "Action": "s3:GetObject",
    }
    plan = deployed(
        {
            "policy_statements": [
                reader,
                {**reader, "Sid": "One", "Resource": "arn:aws:s3:::data/one"},
            ]
        }
    )

    statements = policy(plan.one(POLICY, "data-policy").inputs["policy"])
    assert len(statements) == 7
    assert statements["Reader"] == {
        **reader,
        "Resource": ["${data-bucket.arn}", "${data-bucket.arn}/*"],
    }
    assert statements["One"]["Resource"] == "arn:aws:s3:::data/one"


def test_what_a_bucket_holds_outlives_its_stack_with_its_settings() -> None:
    plan = deployed()

    for token, name in HOLD_DATA:
        found = plan.one(token, name)
        assert (found.option("protect"), found.option("retainOnDelete")) == (True, True), name
    assert plan.one(BUCKET, "data-bucket").inputs["forceDestroy"] is False
    names = {resource.name: resource for resource in plan.manifest}
    assert {
        setting: names[f"data-{setting}"].option("retainOnDelete") for setting in SETTINGS
    } == dict.fromkeys(SETTINGS, True)


def test_deleting_a_bucket_requires_an_explicit_argument() -> None:
    plan = deployed({"deletion_protection": False})

    for token, name in HOLD_DATA:
        found = plan.one(token, name)
        assert (found.option("protect"), found.option("retainOnDelete")) == (False, False), name
    assert {bucket.inputs["forceDestroy"] for bucket in plan.all(BUCKET).values()} == {True}
    assert not [resource.name for resource in plan.manifest if resource.option("retainOnDelete")]


def test_tags_reach_everything_that_carries_them() -> None:
    plan = deployed({"tags": {"team": "ml"}})

    assert plan.one(BUCKET, "data-bucket").inputs["tags"] == {
        "groundplan:component": "data",
        "team": "ml",
    }
    assert plan.one(BUCKET, "data-logs-bucket").inputs["tags"]["team"] == "ml"
    assert plan.one("aws:kms/key:Key").inputs["tags"]["team"] == "ml"


def test_requests_are_logged_to_a_bucket_that_only_this_one_may_fill() -> None:
    plan = deployed({"access_logs": {"retention_days": 30}})

    found = plan.one(LOGGING, "data-logging")
    assert found.inputs == {
        "bucket": "${data-bucket.bucket}",
        "targetBucket": "${data-logs-bucket.bucket}",
        "targetPrefix": "${data-bucket.bucket}/",
    }
    assert "data-logs-policy" in plan.dependencies(found)
    delivery = policy(plan.one(POLICY, "data-logs-policy").inputs["policy"])["DeliverAccessLogs"]
    assert delivery["Condition"]["ArnLike"] == {"aws:SourceArn": "${data-bucket.arn}"}
    rules = {
        rule["id"]: rule for rule in plan.one(LIFECYCLE, "data-logs-lifecycle").inputs["rules"]
    }
    assert rules["expire-all"]["expiration"] == {"days": 30}


def test_an_existing_log_bucket_can_be_used() -> None:
    plan = deployed({"access_logs": {"bucket_name": "central-logs"}})

    assert set(plan.all(BUCKET)) == {"data-bucket"}
    assert plan.one(LOGGING).inputs["targetBucket"] == "central-logs"


def test_requests_need_not_be_logged() -> None:
    plan = deployed({"access_logs": {"enabled": False}})

    assert set(plan.all(BUCKET)) == {"data-bucket"}
    assert not plan.all(LOGGING)


def test_event_bridge_receives_changes_unless_disabled() -> None:
    assert not deployed({"event_notifications": False}).all(NOTIFICATION)
    found = deployed().one(NOTIFICATION, "data-events")
    assert found.inputs == {"bucket": "${data-bucket.bucket}", "eventbridge": True}


def test_versions_can_be_locked() -> None:
    plan = deployed({"object_lock": {"mode": ObjectLockMode.COMPLIANCE, "days": 30}})

    assert plan.one(BUCKET, "data-bucket").inputs["objectLockEnabled"] is True
    found = plan.one(OBJECT_LOCK, "data-object-lock")
    assert found.inputs["rule"] == {"defaultRetention": {"mode": "COMPLIANCE", "days": 30}}
    assert "data-versioning" in plan.dependencies(found)
    assert not deployed().all(OBJECT_LOCK)
    assert "objectLockEnabled" not in deployed().one(BUCKET, "data-bucket").inputs


def test_lifecycle_waits_for_versions() -> None:
    plan = deployed()

    found = plan.one(LIFECYCLE, "data-lifecycle")
    assert "data-versioning" in plan.dependencies(found)


def test_existing_resources_can_be_outputs() -> None:
    def program() -> None:
        key, logs, copies = aws.kms.Key("k"), aws.s3.Bucket("l"), aws.s3.Bucket("c")
        ArtifactBucket(
            "data",
            {
                "kms_key_arn": key.arn,
                "access_logs": {"bucket_name": logs.bucket},
                "replication": {"bucket_arn": copies.arn, "kms_key_arn": key.arn},
            },
        )

    plan = deploy(program)
    assert plan.one("groundplan:index:ArtifactBucket").outputs["kmsKeyArn"] == "${k.arn}"
    assert plan.one(LOGGING).inputs["targetBucket"] == "${l.bucket}"


def test_all_problems_of_a_bucket_are_reported_at_once() -> None:
    wrong: Any = {
        "kms_key_arn": "alias/mine",
        "lifecycle": {"noncurrent_days": -1, "expire": {"/scratch": 0}, "tiering": 3},
        "access_logs": {"enabled": False, "bucket_name": "arn:aws:s3:::logs", "retention_days": 0},
        "replication": {"bucket_arn": "copies", "prefix": "models"},
        "object_lock": {"mode": "strict", "days": 0},
        "policy_statements": [{"Sid": "DenyOldTls", "Principal": "*"}, {"Effect": "Allow"}],
        "versioned": True,
    }

    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: ArtifactBucket("my_data", wrong))
    assert sorted(problem.key for problem in caught.value.problems) == [
        "access_logs.bucket_name",
        "access_logs.enabled",
        "access_logs.retention_days",
        "access_logs.retention_days",
        "kms_key_arn",
        "lifecycle.expire",
        "lifecycle.expire./scratch",
        "lifecycle.noncurrent_days",
        "lifecycle.tiering",
        "name",
        "object_lock.days",
        "object_lock.mode",
        "policy_statements[0].Sid",
        "policy_statements[1].Principal",
        "policy_statements[1].Sid",
        "replication.bucket_arn",
        "replication.kms_key_arn",
        "replication.prefix",
        "versioned",
    ]
    manifest = caught.value.manifest  # type: ignore[attr-defined]
    assert [resource.type for resource in manifest] == ["groundplan:index:ArtifactBucket"]


@pytest.mark.parametrize("name", ["my_data", "x" * 40, "-data"])
def test_a_name_that_s3_would_refuse_is_refused_first(name: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: ArtifactBucket(name))
    assert [problem.key for problem in caught.value.problems] == ["name"]


def test_the_longest_name_is_allowed() -> None:
    assert deploy(lambda: ArtifactBucket("x" * 39)).one(BUCKET, "x" * 39 + "-bucket")


def test_file_systems_are_allowed_by_an_argument() -> None:
    def sids(**args: Any) -> set[str]:
        given: Any = args
        return set(
            policy(
                deploy(lambda: ArtifactBucket("data", given))
                .one("aws:kms/key:Key")
                .inputs["policy"]
            )
        )

    assert "UseFsx" not in sids()
    assert "UseFsx" in sids(file_systems=True)


def test_the_policy_of_an_existing_key_has_to_allow_file_systems_itself() -> None:
    args: Any = {"file_systems": True, "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/abc"}

    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: ArtifactBucket("data", args))
    assert [problem.key for problem in caught.value.problems] == ["file_systems"]


def test_objects_of_write_once_folders_cannot_be_overwritten() -> None:
    statements = policy(
        deployed({"write_once_prefixes": ["records/", "audit/2026/"]})
        .one(POLICY, "data-policy")
        .inputs["policy"]
    )
    assert statements["DenyOverwrites"] == {
        "Sid": "DenyOverwrites",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": ["${data-bucket.arn}/audit/2026/*", "${data-bucket.arn}/records/*"],
        "Condition": {
            "Bool": {"s3:ObjectCreationOperation": "true"},
            "Null": {"s3:if-none-match": "true"},
        },
    }


@pytest.mark.parametrize("prefix", ["", "records", "/records/", "records/*"])
def test_what_is_written_once_is_a_folder(prefix: str) -> None:
    with pytest.raises(InvalidArguments, match=r"write_once_prefixes\[0\]"):
        deployed({"write_once_prefixes": [prefix]})
