"""The copies of a database's backups in another region."""

import pulumi
import pulumi_aws as aws

from groundplan import tags
from groundplan.registry.experiment_tracking.spec import Database
from groundplan.storage.encryption_key.encryption_key import EncryptionKey


class BackupCopies:
    """Automated backups that RDS replicates, and the key that encrypts them there.

    RDS retains the copies for their retention after the replication or the database is
    deleted (Amazon RDS User Guide, "Replicating automated backups to another AWS
    Region").
    """

    def __init__(
        self,
        name: str,
        spec: Database,
        region: str,
        instance: aws.rds.Instance,
        *,
        protected: bool,
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        self.key = EncryptionKey(
            f"{name}-database-replica-key",
            {
                "description": "Copies of the backups of MLflow's database",
                "region": region,
                "deletion_protection": protected,
                "tags": resource_tags,
            },
            pulumi.ResourceOptions(parent=parent),
        )
        self.replication = aws.rds.InstanceAutomatedBackupsReplication(
            f"{name}-database-replica",
            region=region,
            source_db_instance_arn=instance.arn,
            kms_key_id=self.key.arn,
            retention_period=spec.backup_days,
            opts=pulumi.ResourceOptions(parent=parent),
        )
