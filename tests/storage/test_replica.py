"""The copies of an ArtifactBucket in another region."""

from typing import Any

import pytest
from groundplan.arguments import InvalidArguments
from groundplan.cost.estimate import estimate
from groundplan.monitoring.monitoring_stack import MonitoringStack
from groundplan.storage.artifact_bucket.args import ArtifactBucketArgs
from groundplan.storage.artifact_bucket.artifact_bucket import ArtifactBucket
from groundplan.storage.encryption_key.encryption_key import EncryptionKey
from groundplan.testing import Plan, deploy, policy

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
BUCKET = "aws:s3/bucket:Bucket"
CONFIGURATION = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
POLICY = "aws:iam/rolePolicy:RolePolicy"
TOPIC = "arn:aws:sns:eu-west-1:111122223333:on-call"


def copied(more: dict[str, Any] | None = None, args: ArtifactBucketArgs | None = None) -> Plan:
    all_args: Any = {**(args or {}), "replica": {"region": "eu-west-1", **(more or {})}}
    return deploy(lambda: ArtifactBucket("data", all_args), region="us-east-1")


def rule(plan: Plan) -> dict[str, Any]:
    (found,) = plan.one(CONFIGURATION, "data-replication").inputs["rules"]
    return dict(found)


def test_all_that_a_copy_consists_of_is_in_the_other_region() -> None:
    plan = copied({"alarm_actions": [TOPIC]})

    there = {r.name for r in plan.manifest if r.custom and r.inputs.get("region") == "eu-west-1"}
    assert there == {
        "data-replica-key-key",
        "data-replica-key-alias",
        "data-replica-bucket",
        "data-replica-versioning",
        "data-replica-encryption",
        "data-replica-public-access",
        "data-replica-ownership",
        "data-replica-lifecycle",
        "data-replica-policy",
        "data-replica-delay",
    }
    bucket = plan.one(BUCKET, "data-replica-bucket")
    assert (bucket.option("protect"), bucket.option("retainOnDelete")) == (True, True)


def test_deletions_are_not_copied_and_the_role_may_not_copy_them() -> None:
    plan = copied()

    found = rule(plan)
    assert found["deleteMarkerReplication"] == {"status": "Disabled"}
    assert found["filter"] == {"prefix": ""}
    statements = policy(plan.one(POLICY, "data-replication-policy").inputs["policy"])
    assert statements["WriteCopies"]["Action"] == ["s3:ReplicateObject", "s3:ReplicateTags"]
    assert statements["WriteCopies"]["Resource"] == "${data-replica-bucket.arn}/*"
    assert statements["EncryptCopies"]["Resource"] == "${data-replica-key-key.arn}"


def test_copies_are_measured_and_hurried_only_if_asked() -> None:
    plain, hurried = rule(copied()), rule(copied({"time_control": True}))
    assert plain["destination"] == {
        "bucket": "${data-replica-bucket.arn}",
        "encryptionConfiguration": {"replicaKmsKeyId": "${data-replica-key-key.arn}"},
        "metrics": {"status": "Enabled"},
    }
    assert hurried["destination"]["metrics"]["eventThreshold"] == {"minutes": 15}
    assert hurried["destination"]["replicationTime"] == {
        "status": "Enabled",
        "time": {"minutes": 15},
    }


def test_the_copies_are_versioned_and_private_before_the_first_arrives() -> None:
    plan = copied()
    needed = {"data-replica-versioning", "data-replica-policy", "data-versioning"}
    assert needed <= plan.dependencies(plan.one(CONFIGURATION))


def test_the_copies_have_the_lifecycle_and_the_lock_of_the_originals() -> None:
    plan = copied(
        args={
            "lifecycle": {"expire": {"scratch/": 14}},
            "object_lock": {"mode": "governance", "days": 7},
        }
    )
    lifecycle = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    originals, copies = (
        plan.one(lifecycle, f"data{part}-lifecycle").inputs["rules"] for part in ("", "-replica")
    )
    assert copies == originals
    assert plan.one(BUCKET, "data-replica-bucket").inputs["objectLockEnabled"] is True


def test_the_delay_of_copies_alarms_where_s3_measures_it() -> None:
    plan = copied({"alarm_actions": [TOPIC], "max_delay_minutes": 30})

    alarm = plan.one(ALARM, "data-replica-delay").inputs
    assert (alarm["region"], alarm["alarmActions"]) == ("eu-west-1", [TOPIC])
    assert (alarm["metricName"], alarm["threshold"]) == ("ReplicationLatency", 1800)
    assert alarm["dimensions"] == {
        "SourceBucket": "${data-bucket.bucket}",
        "DestinationBucket": "${data-replica-bucket.bucket}",
        "RuleId": rule(plan)["id"],
    }
    assert alarm["alarmDescription"].endswith("Runbook: docs/runbooks/replica-delay.md")
    assert not copied().all(ALARM)  # nobody would notice it


def test_copies_that_fail_alarm_in_the_region_of_the_originals() -> None:
    def program() -> None:
        bucket = ArtifactBucket("data", {"replica": {"region": "eu-west-1"}})
        assert bucket.replica is not None
        MonitoringStack(
            "watch",
            {
                "replicas": {
                    "data": {
                        "bucket_name": bucket.bucket_name,
                        "replica_bucket_name": bucket.replica.bucket.bucket,
                    }
                }
            },
        )

    plan = deploy(program, region="us-east-1")
    alarm = plan.one(ALARM, "watch-replica-data-failed").inputs
    assert alarm["metricName"] == "OperationsFailedReplication"
    assert alarm["threshold"] == 0
    assert "region" not in alarm
    assert alarm["alarmActions"] == ["${watch-topic.arn}"]
    assert alarm["dimensions"] == {
        "SourceBucket": "${data-bucket.bucket}",
        "DestinationBucket": "${data-replica-bucket.bucket}",
        "RuleId": rule(plan)["id"],
    }


@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1", "us-gov-west-1"])
def test_copies_are_in_another_region_of_the_partition(region: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        copied({"region": region})
    (problem,) = caught.value.problems
    assert problem.key == "replica.region"
    assert "us-east-2" in str(problem) or "af-south-1" in str(problem)


def test_a_bucket_is_replicated_to_one_other() -> None:
    other: Any = {
        "bucket_arn": "arn:aws:s3:::copies",
        "kms_key_arn": "arn:aws:kms:eu-west-1:111122223333:key/abc",
    }
    with pytest.raises(InvalidArguments) as caught:
        copied(args={"replication": other})
    assert [problem.key for problem in caught.value.problems] == ["replica"]


def test_a_key_of_another_region_serves_the_services_there() -> None:
    plan = deploy(
        lambda: EncryptionKey("copies", {"region": "eu-west-1", "services": ["logs"]}),
        region="us-east-1",
    )
    key, alias = plan.one("aws:kms/key:Key"), plan.one("aws:kms/alias:Alias")
    assert key.inputs["region"] == alias.inputs["region"] == "eu-west-1"
    statement = policy(key.inputs["policy"])["UseLogs"]
    assert statement["Principal"] == {"Service": "logs.eu-west-1.amazonaws.com"}


def test_the_region_of_a_key_exists() -> None:
    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: EncryptionKey("copies", {"region": "eu-west-9"}))
    assert [problem.key for problem in caught.value.problems] == ["region"]


def test_the_estimate_has_the_copies_and_says_what_it_leaves_out() -> None:
    plan = deploy(
        lambda: ArtifactBucket("data", {"replica": {"region": "us-east-1"}}), region="us-west-2"
    )
    found = estimate(plan.manifest)
    assert any("data-replica-bucket" in item.name and item.expected > 0 for item in found.items)
    assert "transfer between regions" in found.assumptions["replication"]


def test_four_metrics_of_the_replication_are_charged() -> None:
    found = estimate(copied().manifest)
    (item,) = (item for item in found.items if item.name == "data-replication")
    assert item.expected == pytest.approx(4 * 0.30)
