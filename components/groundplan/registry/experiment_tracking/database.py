"""The PostgreSQL database of MLflow on a cluster, in RDS: private, encrypted, with
backups, and a password that RDS manages."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from groundplan import tags
from groundplan.registry.experiment_tracking import versions
from groundplan.registry.experiment_tracking.backup_copies import BackupCopies
from groundplan.registry.experiment_tracking.spec import Database, ExistingDatabase

NAME = USER = "mlflow"
PORT = 5432

LOGS = ("postgresql", "upgrade")
"""The logs of RDS for PostgreSQL (Amazon RDS API, CreateDBInstance,
EnableCloudwatchLogsExports), without that of IAM authentication, which MLflow does not
use."""


@dataclass(frozen=True)
class Connection:
    """How MLflow connects to its database. The secret holds the credentials."""

    host: pulumi.Input[str]
    port: pulumi.Input[int]
    name: pulumi.Input[str]
    secret_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str] | None
    """The key of the secret; None for an AWS managed key."""
    resources: Sequence[pulumi.Resource] = ()
    """The resources that connections depend on."""


def existing_connection(existing: ExistingDatabase) -> Connection:
    """Returns the connection to an existing database."""
    return Connection(
        host=existing.host,
        port=existing.port,
        name=existing.name,
        secret_arn=existing.secret_arn,
        key_arn=existing.kms_key_arn,
    )


class TrackingDatabase:
    """An RDS instance with its security group, subnet group and log groups."""

    security_group: aws.ec2.SecurityGroup
    instance: aws.rds.Instance

    def __init__(
        self,
        name: str,
        spec: Database,
        *,
        key_arn: pulumi.Input[str],
        protected: bool,
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        child, all_tags = pulumi.ResourceOptions(parent=parent), dict(resource_tags)
        self._key_arn = key_arn
        self.security_group = aws.ec2.SecurityGroup(
            f"{name}-database-security-group",
            description="MLflow's database",
            vpc_id=spec.network.vpc_id,
            tags=all_tags,
            opts=child,
        )
        self.ingress_rule = aws.vpc.SecurityGroupIngressRule(
            f"{name}-database-from-cluster",
            description="PostgreSQL from the cluster's nodes",
            security_group_id=self.security_group.id,
            referenced_security_group_id=spec.network.client_security_group_id,
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
            tags=all_tags,
            opts=child,
        )
        self.subnet_group = aws.rds.SubnetGroup(
            f"{name}-database-subnets",
            description="MLflow's database",
            subnet_ids=spec.network.subnet_ids,
            tags=all_tags,
            opts=child,
        )
        kept = pulumi.ResourceOptions(parent=parent, protect=protected, retain_on_delete=protected)
        # RDS writes to groups of these names, and creates those that do not exist
        # without retention and key: that is why the instance's name is fixed.
        self.log_groups = {
            log: aws.cloudwatch.LogGroup(
                f"{name}-database-{log}-logs",
                name=f"/aws/rds/instance/{spec.identifier}/{log}",
                retention_in_days=spec.log_retention_days,
                kms_key_id=key_arn,
                tags=all_tags,
                opts=kept,
            )
            for log in LOGS
        }
        self.instance = aws.rds.Instance(
            f"{name}-database",
            identifier=spec.identifier,
            enabled_cloudwatch_logs_exports=list(LOGS),
            engine="postgres",
            engine_version=versions.POSTGRESQL,
            auto_minor_version_upgrade=True,
            instance_class=spec.instance_class,
            multi_az=spec.multi_az,
            storage_type="gp3",
            allocated_storage=spec.storage_gib,
            max_allocated_storage=spec.max_storage_gib,
            storage_encrypted=True,
            kms_key_id=key_arn,
            db_name=NAME,
            username=USER,
            port=PORT,
            # RDS generates the password, rotates it every seven days, and stores it in
            # Secrets Manager only.
            manage_master_user_password=True,
            master_user_secret_kms_key_id=key_arn,
            db_subnet_group_name=self.subnet_group.name,
            vpc_security_group_ids=[self.security_group.id],
            publicly_accessible=False,
            backup_retention_period=spec.backup_days,
            copy_tags_to_snapshot=True,
            delete_automated_backups=not protected,
            deletion_protection=protected,
            skip_final_snapshot=not protected,
            final_snapshot_identifier=spec.final_snapshot if protected else None,
            maintenance_window=spec.maintenance_window,
            tags=all_tags,
            opts=pulumi.ResourceOptions.merge(
                kept, pulumi.ResourceOptions(depends_on=list(self.log_groups.values()))
            ),
        )
        self.backup_copies = (
            BackupCopies(
                name,
                spec,
                spec.replica_region,
                self.instance,
                protected=protected,
                resource_tags=resource_tags,
                parent=parent,
            )
            if spec.replica_region
            else None
        )

    @property
    def connection(self) -> Connection:
        """The connection to the database."""
        return Connection(
            host=self.instance.address,
            port=PORT,
            name=NAME,
            secret_arn=self.instance.master_user_secrets.apply(_arn),
            key_arn=self._key_arn,
            resources=[self.instance, self.ingress_rule],
        )


def _arn(secrets: Sequence[aws.rds.outputs.InstanceMasterUserSecret] | None) -> str:
    # Mocks in the tests of a user's stack may have none.
    return str(secrets[0].secret_arn) if secrets else ""
