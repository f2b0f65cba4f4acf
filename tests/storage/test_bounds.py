"""The bounds of every argument, and deletion protection, of all components."""

from typing import Any

import pytest
from groundplan.arguments import InvalidArguments
from groundplan.storage.artifact_bucket.artifact_bucket import ArtifactBucket
from groundplan.storage.encryption_key.encryption_key import EncryptionKey
from groundplan.storage.log_bucket.log_bucket import LogBucket
from groundplan.testing import deploy

SOURCE = "arn:aws:s3:::source"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/abc"
REPLICA = {"region": "eu-west-1"}


def problem_keys(component: Any, args: Any) -> list[str]:
    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: component("data", args))
    return [problem.key for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("args", "key"),
    [
        ({"lifecycle": {"noncurrent_days": -1}}, "lifecycle.noncurrent_days"),
        ({"lifecycle": {"intelligent_tiering_days": -1}}, "lifecycle.intelligent_tiering_days"),
        ({"lifecycle": {"abort_multipart_days": 0}}, "lifecycle.abort_multipart_days"),
        ({"lifecycle": {"abort_multipart_days": -1}}, "lifecycle.abort_multipart_days"),
        ({"lifecycle": {"expire": {"tmp/": 0}}}, "lifecycle.expire.tmp/"),
        ({"lifecycle": {"expire": {"tmp/": 36_501}}}, "lifecycle.expire.tmp/"),
        ({"lifecycle": {"expire": {"": 1}}}, "lifecycle.expire"),
        ({"access_logs": {"retention_days": 0}}, "access_logs.retention_days"),
        ({"access_logs": {"retention_days": -1}}, "access_logs.retention_days"),
        ({"access_logs": {"bucket_name": ""}}, "access_logs.bucket_name"),
        ({"object_lock": {"mode": "governance", "days": 0}}, "object_lock.days"),
        ({"object_lock": {"mode": "governance", "days": 36_501}}, "object_lock.days"),
        ({"object_lock": {"mode": "legal", "days": 1}}, "object_lock.mode"),
        ({"object_lock": {"mode": "governance"}}, "object_lock.days"),
        ({"kms_key_arn": ""}, "kms_key_arn"),
        ({"replication": {"bucket_arn": "", "kms_key_arn": KEY}}, "replication.bucket_arn"),
        ({"replication": {"bucket_arn": SOURCE, "kms_key_arn": ""}}, "replication.kms_key_arn"),
        ({"replica": {}}, "replica.region"),
        ({"replica": {"region": "eu-west-9"}}, "replica.region"),
        ({"replica": {**REPLICA, "max_delay_minutes": 14}}, "replica.max_delay_minutes"),
        ({"replica": {**REPLICA, "max_delay_minutes": 10_081}}, "replica.max_delay_minutes"),
        ({"replica": {**REPLICA, "alarm_actions": ["topic"]}}, "replica.alarm_actions[0]"),
        (
            {"replica": {**REPLICA, "alarm_actions": ["arn:aws:sns:us-east-1:111122223333:a"]}},
            "replica.alarm_actions[0]",
        ),
    ],
)
def test_every_argument_of_an_artifact_bucket_has_bounds(args: Any, key: str) -> None:
    assert problem_keys(ArtifactBucket, args) == [key]


@pytest.mark.parametrize(
    ("args", "key"),
    [
        ({"source_bucket_arn": SOURCE, "retention_days": 0}, "retention_days"),
        ({"source_bucket_arn": SOURCE, "retention_days": -1}, "retention_days"),
        ({"source_bucket_arn": SOURCE, "retention_days": 36_501}, "retention_days"),
        ({"source_bucket_arn": "source"}, "source_bucket_arn"),
        ({}, "source_bucket_arn"),
    ],
)
def test_every_argument_of_a_log_bucket_has_bounds(args: Any, key: str) -> None:
    assert problem_keys(LogBucket, args) == [key]


@pytest.mark.parametrize(
    ("args", "key"),
    [
        ({"deletion_window_days": 6}, "deletion_window_days"),
        ({"deletion_window_days": 31}, "deletion_window_days"),
        ({"services": [""]}, "services[0]"),
        # Two statements with one Sid are no valid key policy.
        ({"services": ["logs", "sns", "logs"]}, "services[2]"),
    ],
)
def test_every_argument_of_an_encryption_key_has_bounds(args: Any, key: str) -> None:
    assert problem_keys(EncryptionKey, args) == [key]


@pytest.mark.parametrize(
    ("component", "args"),
    [(ArtifactBucket, {}), (LogBucket, {"source_bucket_arn": SOURCE}), (EncryptionKey, {})],
)
def test_without_deletion_protection_nothing_is_protected_or_retained(
    component: Any, args: Any
) -> None:
    plan = deploy(lambda: component("data", {**args, "deletion_protection": False}))

    assert [
        r.name for r in plan.manifest if r.option("protect") or r.option("retainOnDelete")
    ] == []
    protecting = deploy(lambda: component("data", args))
    assert [r.name for r in protecting.manifest if r.option("protect")] != []
