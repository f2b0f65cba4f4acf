"""The commands of docs/guides/backup-and-recovery.md restore the tracking database."""

import pathlib
import re
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from documented_commands import run
from moto import mock_aws

GUIDE = pathlib.Path(__file__).parents[2] / "docs" / "guides" / "backup-and-recovery.md"


def commands() -> list[str]:
    text = GUIDE.read_text(encoding="utf-8").split("## Tracking database")[1]
    block = re.search(r"```console\n(.*?)```", text, re.DOTALL)
    assert block
    return block[1].replace("\\\n", " ").strip().splitlines()


def test_the_restored_database_has_the_data_and_a_password_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        rds: Any = boto3.client("rds", region_name="us-east-1")
        ec2: Any = boto3.client("ec2", region_name="us-east-1")
        subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
        group = {"DBSubnetGroupName": "private", "DBSubnetGroupDescription": "d"}
        rds.create_db_subnet_group(**group, SubnetIds=subnets)
        allowed = ec2.create_security_group(GroupName="mlflow", Description="d")["GroupId"]
        rds.create_db_instance(
            DBInstanceIdentifier="mlflow-prod",
            DBInstanceClass="db.t4g.small",
            Engine="postgres",
            DBName="mlflow",
            AllocatedStorage=20,
            MasterUsername="mlflow",
            MasterUserPassword="unused-after-it",
            StorageEncrypted=True,
            BackupRetentionPeriod=14,
        )
        for command in commands():
            filled = command.replace("ID-restored", "mlflow-restored")
            filled = filled.replace(" ID ", " mlflow-prod ").replace("GROUP ", "private ", 1)
            run({"rds": rds}, filled.replace("SECURITY_GROUP", allowed))

        found = rds.describe_db_instances(DBInstanceIdentifier="mlflow-restored")
        (restored,) = found["DBInstances"]

    assert (restored["Engine"], restored["DBName"]) == ("postgres", "mlflow")
    assert restored["StorageEncrypted"] is True
    assert restored["DBSubnetGroup"]["DBSubnetGroupName"] == "private"
    assert restored["MasterUserSecret"]["SecretArn"].startswith("arn:aws:secretsmanager:")
