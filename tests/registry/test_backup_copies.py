"""The copies of the tracking database's backups in another region."""

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from groundplan import ExperimentTracking
from groundplan.arguments import InvalidArguments
from groundplan.testing import Plan, deploy

COPIES = "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"
NETWORK = {"vpc_id": "vpc-0a", "subnet_ids": ["subnet-0a", "subnet-0b"]}
ARTIFACTS = {
    "bucket_name": "artifacts",
    "bucket_arn": "arn:aws:s3:::artifacts",
    "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/abc",
}


def tracking(**database: Any) -> Plan:
    network = {**NETWORK, "client_security_group_id": "sg-0a"}
    args: Any = {
        "server": "cluster",
        "artifacts": ARTIFACTS,
        "cluster": {"cluster_name": "training", "database": {"network": network, **database}},
    }

    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        ExperimentTracking("tracking", args, pulumi.ResourceOptions(providers=[provider]))

    return deploy(program, region="us-east-1")


def test_backups_are_copied_under_a_key_of_the_other_region_for_as_long() -> None:
    plan = tracking(replica={"region": "us-west-2"}, backup_days=21)

    assert plan.one(COPIES, "tracking-database-replica").inputs == {
        "region": "us-west-2",
        "sourceDbInstanceArn": "${tracking-database.arn}",
        "kmsKeyId": "${tracking-database-replica-key-key.arn}",
        "retentionPeriod": 21,
    }
    key = plan.one("aws:kms/key:Key", "tracking-database-replica-key-key")
    assert key.inputs["region"] == "us-west-2"
    assert (key.option("protect"), key.option("retainOnDelete")) == (True, True)


def test_by_default_nothing_is_copied() -> None:
    assert not tracking().all(COPIES)


@pytest.mark.parametrize("replica", [{}, {"region": "us-east-1"}, {"region": "cn-north-1"}])
def test_the_copies_are_in_another_region(replica: dict[str, str]) -> None:
    with pytest.raises(InvalidArguments) as caught:
        tracking(replica=replica)
    assert [problem.key for problem in caught.value.problems] == ["cluster.database.replica.region"]


def test_an_existing_database_has_its_own_backups() -> None:
    existing = {
        "host": "db.example.com",
        "secret_arn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:mlflow-abcdef",
    }
    args: Any = {
        "server": "cluster",
        "artifacts": ARTIFACTS,
        "cluster": {
            "cluster_name": "training",
            "database": {"existing": existing, "replica": {"region": "us-west-2"}},
        },
    }

    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        ExperimentTracking("tracking", args, pulumi.ResourceOptions(providers=[provider]))

    with pytest.raises(InvalidArguments) as caught:
        deploy(program)
    assert [problem.key for problem in caught.value.problems] == ["cluster.database.replica"]
