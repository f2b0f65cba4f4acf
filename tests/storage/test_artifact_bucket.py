import subprocess
import sys
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


def planned(args: ArtifactBucketArgs = DEFAULTS) -> Plan:
    return deploy(lambda: ArtifactBucket("data", args))


def children(plan: Plan, type: str, name: str) -> set[str]:
    return {child.name for child in plan.manifest.children(plan.one(type, name))}


def test_a_bucket_without_arguments_has_a_new_key_and_a_log_bucket() -> None:
    plan = planned()

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
    plan = planned()
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


def test_objects_are_encrypted_with_the_key() -> None:
    assert planned().one(ENCRYPTION, "data-encryption").inputs["rules"] == [
        {
            "applyServerSideEncryptionByDefault": {
                "sseAlgorithm": "aws:kms",
                "kmsMasterKeyId": "${data-key-key.arn}",
            },
            "bucketKeyEnabled": True,
        }
    ]


def test_an_existing_key_can_be_used() -> None:
    plan = planned({"kms_key_arn": KEY})

    assert not plan.all("aws:kms/key:Key")
    assert plan.one("groundplan:index:ArtifactBucket").outputs["kmsKeyArn"] == KEY
    (rule,) = plan.one(ENCRYPTION, "data-encryption").inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"]["kmsMasterKeyId"] == KEY


def test_the_policy_denies_old_tls_and_other_keys() -> None:
    plan = planned()

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
    plan = planned(
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


def test_a_bucket_and_its_settings_are_retained_on_delete() -> None:
    plan = planned()

    for token, name in HOLD_DATA:
        found = plan.one(token, name)
        assert (found.option("protect"), found.option("retainOnDelete")) == (True, True), name
    assert plan.one(BUCKET, "data-bucket").inputs["forceDestroy"] is False
    names = {resource.name: resource for resource in plan.manifest}
    assert {
        setting: names[f"data-{setting}"].option("retainOnDelete") for setting in SETTINGS
    } == dict.fromkeys(SETTINGS, True)


def test_without_deletion_protection_nothing_is_protected_or_retained() -> None:
    plan = planned({"deletion_protection": False})

    for token, name in HOLD_DATA:
        found = plan.one(token, name)
        assert (found.option("protect"), found.option("retainOnDelete")) == (False, False), name
    assert {bucket.inputs["forceDestroy"] for bucket in plan.all(BUCKET).values()} == {True}
    assert not [resource.name for resource in plan.manifest if resource.option("retainOnDelete")]


def test_all_children_with_tags_have_the_tags() -> None:
    plan = planned({"tags": {"team": "ml"}})

    assert plan.one(BUCKET, "data-bucket").inputs["tags"] == {
        "groundplan:component": "data",
        "team": "ml",
    }
    assert plan.one(BUCKET, "data-logs-bucket").inputs["tags"]["team"] == "ml"
    assert plan.one("aws:kms/key:Key").inputs["tags"]["team"] == "ml"


def test_requests_are_logged_to_a_bucket_that_accepts_logs_of_this_one_only() -> None:
    plan = planned({"access_logs": {"retention_days": 30}})

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
    plan = planned({"access_logs": {"bucket_name": "central-logs"}})

    assert set(plan.all(BUCKET)) == {"data-bucket"}
    assert plan.one(LOGGING).inputs["targetBucket"] == "central-logs"


def test_access_logs_can_be_disabled() -> None:
    plan = planned({"access_logs": {"enabled": False}})

    assert set(plan.all(BUCKET)) == {"data-bucket"}
    assert not plan.all(LOGGING)


def test_events_go_to_eventbridge_unless_disabled() -> None:
    assert not planned({"event_notifications": False}).all(NOTIFICATION)
    found = planned().one(NOTIFICATION, "data-events")
    assert found.inputs == {"bucket": "${data-bucket.bucket}", "eventbridge": True}


def test_versions_can_be_locked() -> None:
    plan = planned({"object_lock": {"mode": ObjectLockMode.COMPLIANCE, "days": 30}})

    assert plan.one(BUCKET, "data-bucket").inputs["objectLockEnabled"] is True
    found = plan.one(OBJECT_LOCK, "data-object-lock")
    assert found.inputs["rule"] == {"defaultRetention": {"mode": "COMPLIANCE", "days": 30}}
    assert "data-versioning" in plan.dependencies(found)
    assert not planned().all(OBJECT_LOCK)
    assert "objectLockEnabled" not in planned().one(BUCKET, "data-bucket").inputs


def test_the_lifecycle_depends_on_versioning() -> None:
    plan = planned()

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


def test_all_problems_are_reported_at_once() -> None:
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
    registered = caught.value.manifest  # type: ignore[attr-defined]
    assert [resource.type for resource in registered] == ["groundplan:index:ArtifactBucket"]


@pytest.mark.parametrize("name", ["my_data", "x" * 40, "-data"])
def test_a_name_that_s3_does_not_accept_is_refused(name: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: ArtifactBucket(name))
    assert [problem.key for problem in caught.value.problems] == ["name"]


def test_the_longest_name_is_allowed() -> None:
    assert deploy(lambda: ArtifactBucket("x" * 39)).one(BUCKET, "x" * 39 + "-bucket")


def test_file_systems_can_use_the_new_key_if_enabled() -> None:
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


def test_the_policy_of_an_existing_key_must_allow_file_systems() -> None:
    args: Any = {"file_systems": True, "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/abc"}

    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: ArtifactBucket("data", args))
    assert [problem.key for problem in caught.value.problems] == ["file_systems"]


@pytest.mark.parametrize(
    ("args", "key"),
    [
        ({"object_lock": {"mode": "governance", "days": 0}}, "object_lock.days"),
        ({"object_lock": {"mode": "governance", "days": -1}}, "object_lock.days"),
        ({"object_lock": {"mode": "governance", "days": 36_501}}, "object_lock.days"),
        ({"object_lock": {"mode": "strict", "days": 1}}, "object_lock.mode"),
        ({"lifecycle": {"noncurrent_days": -1}}, "lifecycle.noncurrent_days"),
        ({"lifecycle": {"intelligent_tiering_days": -1}}, "lifecycle.intelligent_tiering_days"),
        ({"lifecycle": {"abort_multipart_days": 0}}, "lifecycle.abort_multipart_days"),
        ({"lifecycle": {"expire": {"t/": 0}}}, "lifecycle.expire.t/"),
        ({"lifecycle": {"expire": {"t/": -1}}}, "lifecycle.expire.t/"),
        ({"access_logs": {"retention_days": 0}}, "access_logs.retention_days"),
        ({"access_logs": {"retention_days": -1}}, "access_logs.retention_days"),
        ({"access_logs": {"bucket_name": ""}}, "access_logs.bucket_name"),
        ({"kms_key_arn": "alias/key"}, "kms_key_arn"),
    ],
)
def test_bounds_of_a_bucket(args: dict[str, Any], key: str) -> None:
    untyped: Any = args

    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: ArtifactBucket("data", untyped))
    assert [problem.key for problem in caught.value.problems] == [key]


@pytest.mark.parametrize("component", ["artifact_bucket", "log_bucket", "encryption_key"])
def test_validation_imports_no_provider(component: str) -> None:
    program = (
        f"import sys, groundplan.storage.{component}.validation as v; "
        "sys.exit('pulumi_aws' in sys.modules or 'pulumi_kubernetes' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
