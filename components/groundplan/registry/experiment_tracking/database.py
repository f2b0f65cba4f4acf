"""The PostgreSQL database of MLflow on a cluster, in RDS: private, encrypted, with
backups, and a password that nobody has."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from groundplan import tags
from groundplan.registry.experiment_tracking import versions
from groundplan.registry.experiment_tracking.args import (
    ExistingDatabaseArgs,
    TrackingDatabaseArgs,
    TrackingNetworkArgs,
)

NAME = USER = "mlflow"
PORT = 5432
INSTANCE_CLASS = "db.t4g.small"
STORAGE_GIB, MAX_STORAGE_GIB = 20, 100
BACKUP_DAYS = 14


@dataclass(frozen=True)
class Connection:
    """How MLflow gets at its database. The password is where `secret_arn` says."""

    host: pulumi.Input[str]
    port: pulumi.Input[int]
    name: pulumi.Input[str]
    secret_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str] | None
    """The key of the secret, if it is no key of AWS."""
    ready: Sequence[pulumi.Resource] = ()
    """What has to be there first."""


def existing(given: ExistingDatabaseArgs) -> Connection:
    """The connection to a database that is there already."""
    return Connection(
        host=given["host"],
        port=given.get("port", PORT),
        name=given.get("name", NAME),
        secret_arn=given["secret_arn"],
        key_arn=given.get("kms_key_arn"),
    )


class TrackingDatabase:
    """An RDS instance, with the network that is around it."""

    security_group: aws.ec2.SecurityGroup
    instance: aws.rds.Instance

    def __init__(
        self,
        name: str,
        args: TrackingDatabaseArgs,
        network: TrackingNetworkArgs,
        *,
        key_arn: pulumi.Input[str],
        keep: bool,
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        child, tagged = pulumi.ResourceOptions(parent=parent), dict(resource_tags)
        self._key_arn = key_arn
        self.security_group = aws.ec2.SecurityGroup(
            f"{name}-database-security-group",
            description="MLflow's database",
            vpc_id=network["vpc_id"],
            tags=tagged,
            opts=child,
        )
        self.door = aws.vpc.SecurityGroupIngressRule(
            f"{name}-database-from-cluster",
            description="PostgreSQL from the cluster's nodes",
            security_group_id=self.security_group.id,
            referenced_security_group_id=network["client_security_group_id"],
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
            tags=tagged,
            opts=child,
        )
        self.subnet_group = aws.rds.SubnetGroup(
            f"{name}-database-subnets",
            description="MLflow's database",
            subnet_ids=network["subnet_ids"],
            tags=tagged,
            opts=child,
        )
        snapshot = f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}-last"
        self.instance = aws.rds.Instance(
            f"{name}-database",
            engine="postgres",
            engine_version=versions.POSTGRESQL,
            auto_minor_version_upgrade=True,
            instance_class=args.get("instance_class", INSTANCE_CLASS),
            multi_az=args.get("multi_az", False),
            storage_type="gp3",
            allocated_storage=args.get("storage_gib", STORAGE_GIB),
            max_allocated_storage=args.get("max_storage_gib", MAX_STORAGE_GIB),
            storage_encrypted=True,
            kms_key_id=key_arn,
            db_name=NAME,
            username=USER,
            port=PORT,
            # RDS makes the password, renews it every seven days, and tells it to
            # Secrets Manager alone.
            manage_master_user_password=True,
            master_user_secret_kms_key_id=key_arn,
            db_subnet_group_name=self.subnet_group.name,
            vpc_security_group_ids=[self.security_group.id],
            publicly_accessible=False,
            backup_retention_period=args.get("backup_days", BACKUP_DAYS),
            copy_tags_to_snapshot=True,
            delete_automated_backups=not keep,
            deletion_protection=keep,
            skip_final_snapshot=not keep,
            final_snapshot_identifier=snapshot if keep else None,
            maintenance_window=args.get("maintenance_window"),
            tags=tagged,
            opts=pulumi.ResourceOptions(parent=parent, protect=keep, retain_on_delete=keep),
        )

    @property
    def connection(self) -> Connection:
        """How MLflow gets at it."""
        return Connection(
            host=self.instance.address,
            port=PORT,
            name=NAME,
            secret_arn=self.instance.master_user_secrets.apply(_arn),
            key_arn=self._key_arn,
            ready=[self.instance, self.door],
        )


def _arn(secrets: Sequence[aws.rds.outputs.InstanceMasterUserSecret] | None) -> str:
    return (
        str(secrets[0].secret_arn) if secrets else ""
    )  # mocks of whoever tests their stack may have none
