import json
from typing import Any

import pytest
from groundplan.storage.artifact_bucket.args import ArtifactBucketArgs, ReplicationArgs
from groundplan.storage.artifact_bucket.artifact_bucket import ArtifactBucket
from groundplan.storage.artifact_bucket.validation import replication_problems
from groundplan.storage.choices import ObjectLockMode
from groundplan.testing import Plan, deploy, policy

TARGET = "arn:aws:s3:::copies"
TARGET_KEY = "arn:aws:kms:eu-west-1:111122223333:key/abc"
REPLICATION = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"


def replicated(replication: ReplicationArgs, more: ArtifactBucketArgs | None = None) -> Plan:
    args: ArtifactBucketArgs = {**(more or {}), "replication": replication}
    return deploy(lambda: ArtifactBucket("data", args))


def statements(plan: Plan) -> dict[str, dict[str, Any]]:
    return policy(
        plan.one("aws:iam/rolePolicy:RolePolicy", "data-replication-policy").inputs["policy"]
    )


def test_every_object_is_copied_with_its_deletion_and_under_the_other_key() -> None:
    plan = replicated({"bucket_arn": TARGET, "kms_key_arn": TARGET_KEY})

    found = plan.one(REPLICATION, "data-replication")
    assert found.inputs == {
        "bucket": "${data-bucket.bucket}",
        "role": "${data-replication-role.arn}",
        "rules": [
            {
                "id": "replicate",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "deleteMarkerReplication": {"status": "Enabled"},
                "sourceSelectionCriteria": {"sseKmsEncryptedObjects": {"status": "Enabled"}},
                "destination": {
                    "bucket": TARGET,
                    "encryptionConfiguration": {"replicaKmsKeyId": TARGET_KEY},
                },
            }
        ],
    }
    assert {"data-versioning", "data-replication-policy"} <= plan.dependencies(found)


def test_the_role_of_replication_may_do_nothing_else() -> None:
    plan = replicated({"bucket_arn": TARGET, "kms_key_arn": TARGET_KEY, "prefix": "models/"})

    role = plan.one("aws:iam/role:Role", "data-replication-role")
    (trust,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "s3.amazonaws.com"}
    assert trust["Condition"] == {
        "ArnEqualsIfExists": {"aws:SourceArn": "${data-bucket.arn}"},
        "StringEqualsIfExists": {"aws:SourceAccount": "${aws.accountId}"},
    }
    assert role.inputs["tags"] == {"groundplan:component": "data"}
    source = "${data-bucket.arn}"
    assert statements(plan) == {
        "ReadConfiguration": {
            "Sid": "ReadConfiguration",
            "Effect": "Allow",
            "Action": ["s3:GetReplicationConfiguration", "s3:ListBucket"],
            "Resource": source,
        },
        "ReadObjects": {
            "Sid": "ReadObjects",
            "Effect": "Allow",
            "Action": [
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionTagging",
            ],
            "Resource": f"{source}/models/*",
        },
        "DecryptObjects": {
            "Sid": "DecryptObjects",
            "Effect": "Allow",
            "Action": ["kms:Decrypt"],
            "Resource": "${data-key-key.arn}",
            "Condition": {
                "StringLike": {"kms:EncryptionContext:aws:s3:arn": [source, f"{source}/models/*"]}
            },
        },
        "WriteCopies": {
            "Sid": "WriteCopies",
            "Effect": "Allow",
            "Action": ["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"],
            "Resource": f"{TARGET}/models/*",
        },
        "EncryptCopies": {
            "Sid": "EncryptCopies",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
            "Resource": TARGET_KEY,
            "Condition": {
                "StringLike": {"kms:EncryptionContext:aws:s3:arn": [TARGET, f"{TARGET}/models/*"]}
            },
        },
    }
    assert plan.one(REPLICATION).inputs["rules"][0]["filter"] == {"prefix": "models/"}


def test_another_account_owns_its_copies() -> None:
    plan = replicated(
        {"bucket_arn": TARGET, "kms_key_arn": TARGET_KEY, "account_id": "444455556666"}
    )

    destination = plan.one(REPLICATION).inputs["rules"][0]["destination"]
    assert destination["account"] == "444455556666"
    assert destination["accessControlTranslation"] == {"owner": "Destination"}
    assert "s3:ObjectOwnerOverrideToBucketOwner" in statements(plan)["WriteCopies"]["Action"]


def test_the_replication_is_measured_if_asked() -> None:
    plan = replicated({"bucket_arn": TARGET, "kms_key_arn": TARGET_KEY, "metrics": True})

    destination = plan.one(REPLICATION).inputs["rules"][0]["destination"]
    assert destination["metrics"] == {"status": "Enabled"}


def test_locks_are_copied_too() -> None:
    lock: ArtifactBucketArgs = {"object_lock": {"mode": ObjectLockMode.GOVERNANCE, "days": 7}}
    plan = replicated({"bucket_arn": TARGET, "kms_key_arn": TARGET_KEY}, lock)

    assert {"s3:GetObjectLegalHold", "s3:GetObjectRetention"} <= set(
        statements(plan)["ReadObjects"]["Action"]
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bucket_arn", "copies"),
        ("kms_key_arn", "arn:aws:kms:eu-west-1:111122223333:alias/copies"),
        ("account_id", "4444-5555-6666"),
        ("prefix", "models"),
    ],
)
def test_invalid_destinations_are_reported(field: str, value: str) -> None:
    args: Any = {"bucket_arn": TARGET, "kms_key_arn": TARGET_KEY, field: value}

    assert [problem.key for problem in replication_problems(args)] == [field]
