"""The component ArtifactBucket: a versioned, encrypted bucket for datasets, models and
the output of training."""

from itertools import chain
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.arguments import DEFAULTS, require, validated
from groundplan.component import Component
from groundplan.context import Context
from groundplan.problems import MISSING, Problem
from groundplan.storage import bucket_policy, dataset_folders
from groundplan.storage.access import ArtifactAccessArgs, read_statements, write_statements
from groundplan.storage.artifact_bucket.args import ArtifactBucketArgs
from groundplan.storage.artifact_bucket.encryption import default_encryption
from groundplan.storage.artifact_bucket.lifecycle import lifecycle_rules
from groundplan.storage.artifact_bucket.replica import Replica
from groundplan.storage.artifact_bucket.replication import Replication
from groundplan.storage.artifact_bucket.spec import ArtifactBucketSpec, ObjectLock, resolve
from groundplan.storage.artifact_bucket.validation import validate
from groundplan.storage.encryption_key.encryption_key import EncryptionKey
from groundplan.storage.log_bucket.log_bucket import LogBucket
from groundplan.storage.prefixes import prefix_problems, slug
from groundplan.storage.private_bucket import PrivateBucket


class ArtifactBucket(Component):
    """A private, versioned bucket that a KMS key encrypts, with access logs; protected,
    and retained on delete.

    `grant_read` and `grant_write` grant roles access; components that create a role
    take `access`.
    """

    bucket_name: pulumi.Output[str]
    """Name of the bucket."""
    bucket_arn: pulumi.Output[str]
    """ARN of the bucket."""
    kms_key_arn: pulumi.Output[str]
    """ARN of the KMS key that encrypts the bucket's objects."""

    def __init__(
        self,
        name: str,
        args: ArtifactBucketArgs = DEFAULTS,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("groundplan:index:ArtifactBucket", name, {}, opts)
        context = Context.of(name, opts)
        valid = validated("ArtifactBucket", ArtifactBucketArgs, args, validate, context)
        spec = resolve(valid, context)

        self.key = self._create_key(spec) if spec.kms_key_arn is None else None
        existing: Any = spec.kms_key_arn
        self.kms_key_arn = self.key.arn if self.key else pulumi.Output.from_input(existing)
        private = PrivateBucket(
            name,
            self,
            protect=spec.deletion_protection,
            encryption=default_encryption(self.kms_key_arn),
            lifecycle_rules=lifecycle_rules(spec.lifecycle),
            tags=spec.tags,
            object_lock=spec.object_lock is not None,
        )
        self.bucket, self.versioning = private.bucket, private.versioning
        self.encryption, self.public_access = private.encryption, private.public_access
        self.ownership, self.lifecycle = private.ownership, private.lifecycle
        self.policy = private.create_policy(
            [
                *bucket_policy.encryption_statements(self.bucket.arn, self.kms_key_arn),
                *bucket_policy.write_once_statements(
                    self.bucket.arn,
                    [
                        *spec.write_once_prefixes,
                        *chain.from_iterable(map(dataset_folders.written_once, spec.datasets)),
                    ],
                ),
                *bucket_policy.conditional_statements(
                    self.bucket.arn, list(map(dataset_folders.tags, spec.datasets))
                ),
                *bucket_policy.completed(spec.policy_statements, self.bucket.arn),
            ]
        )
        self.logs, self.logging = self._create_access_logs(spec)
        self.events = self._create_events() if spec.event_notifications else None
        self.object_lock = self._create_object_lock(spec.object_lock) if spec.object_lock else None
        self.replication_role: aws.iam.Role | None = None
        self.replication_policy: aws.iam.RolePolicy | None = None
        self.replication: aws.s3.BucketReplicationConfig | None = None
        self.replica = Replica(self, spec, spec.replica) if spec.replica else None
        self._create_replication(spec)
        self.replica_alarm = (
            self.replica.create_alarm(self, spec, self.bucket.bucket) if self.replica else None
        )

        self.bucket_name = self.bucket.bucket
        self.bucket_arn = self.bucket.arn
        outputs = {
            "bucketName": self.bucket_name,
            "bucketArn": self.bucket_arn,
            "kmsKeyArn": self.kms_key_arn,
        }
        self.register_outputs(outputs)

    @property
    def access(self) -> ArtifactAccessArgs:
        """The bucket as an argument of components that read or write it."""
        return {
            "bucket_name": self.bucket_name,
            "bucket_arn": self.bucket_arn,
            "kms_key_arn": self.kms_key_arn,
        }

    def grant_read(
        self, role: aws.iam.Role | pulumi.Input[str], prefix: str = "", name: str | None = None
    ) -> aws.iam.RolePolicy:
        """Allows a role to list, read and decrypt objects below a prefix (`datasets/`;
        by default all).

        `role` is the role or its name. The policy is named after both the role and the
        prefix, or by `name`, which is needed where the role's name is an output.
        """
        statements = read_statements(self.bucket_arn, self.kms_key_arn, prefix)
        return self._grant("read", role, prefix, name, statements)

    def grant_write(
        self, role: aws.iam.Role | pulumi.Input[str], prefix: str = "", name: str | None = None
    ) -> aws.iam.RolePolicy:
        """Allows a role to write below a prefix, and not to read or delete there. The
        arguments are those of `grant_read`."""
        statements = write_statements(self.bucket_arn, self.kms_key_arn, prefix)
        return self._grant("write", role, prefix, name, statements)

    def _grant(
        self,
        verb: str,
        role: aws.iam.Role | pulumi.Input[str],
        prefix: str,
        name: str | None,
        statements: list[iam.Statement],
    ) -> aws.iam.RolePolicy:
        own = self.pulumi_resource_name
        problems = prefix_problems("prefix", prefix)
        if isinstance(role, str) and ":" in role:
            problems.append(
                Problem("role", role, "a role, or the name of one", "use its name, not its ARN")
            )
        role_name = role.pulumi_resource_name if isinstance(role, aws.iam.Role) else role
        if not isinstance(role_name, str) and name is None:
            allowed = (
                "a short name, as the policy can't be named after a role whose own name "
                "is an output"
            )
            problems.append(
                Problem(
                    "name", MISSING, allowed, 'set the name of the grant, such as name="trainer"'
                )
            )
        require(f"ArtifactBucket.grant_{verb}", own, problems)

        label = name or "-".join(filter(None, (slug(str(role_name)), slug(prefix))))
        return aws.iam.RolePolicy(
            f"{own}-{verb}-{label}",
            role=role.name if isinstance(role, aws.iam.Role) else role,
            policy=iam.document(statements),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _create_key(self, spec: ArtifactBucketSpec) -> EncryptionKey:
        return EncryptionKey(
            f"{spec.name}-key",
            {
                "description": f"Objects of the bucket {spec.name}",
                "services": ["fsx"] if spec.file_systems else [],
                "deletion_protection": spec.deletion_protection,
                "tags": spec.own_tags,
            },
            pulumi.ResourceOptions(parent=self),
        )

    def _create_access_logs(
        self, spec: ArtifactBucketSpec
    ) -> tuple[LogBucket | None, aws.s3.BucketLogging | None]:
        logs = spec.access_logs
        if logs is None:
            return None, None
        own = None
        if logs.bucket_name is None:
            own = LogBucket(
                f"{spec.name}-logs",
                {
                    "source_bucket_arn": self.bucket.arn,
                    "retention_days": logs.retention_days,
                    "deletion_protection": spec.deletion_protection,
                    "tags": spec.own_tags,
                },
                pulumi.ResourceOptions(parent=self),
            )
        logging = aws.s3.BucketLogging(
            f"{spec.name}-logging",
            bucket=self.bucket.bucket,
            target_bucket=own.bucket_name if own else logs.bucket_name,
            # Separates the logs of buckets that share a log bucket.
            target_prefix=pulumi.Output.concat(self.bucket.bucket, "/"),
            # S3 drops logs that it isn't allowed to deliver yet.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[own.policy] if own else None),
        )
        return own, logging

    def _create_events(self) -> aws.s3.BucketNotification:
        return aws.s3.BucketNotification(
            f"{self.pulumi_resource_name}-events",
            bucket=self.bucket.bucket,
            eventbridge=True,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _create_object_lock(self, lock: ObjectLock) -> aws.s3.BucketObjectLockConfiguration:
        return aws.s3.BucketObjectLockConfiguration(
            f"{self.pulumi_resource_name}-object-lock",
            bucket=self.bucket.bucket,
            rule=aws.s3.BucketObjectLockConfigurationRuleArgs(
                default_retention=aws.s3.BucketObjectLockConfigurationRuleDefaultRetentionArgs(
                    mode=lock.mode.value.upper(), days=lock.days
                )
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.versioning]),
        )

    def _create_replication(self, spec: ArtifactBucketSpec) -> None:
        replication = self.replica.replication if self.replica else spec.replication
        if replication is None:
            return
        # The destination has to have versioning, and its policy protects each copy.
        copies = [self.replica.versioning, self.replica.policy] if self.replica else []
        created = Replication(
            spec.name,
            self,
            replication,
            bucket=self.bucket,
            versioning=[self.versioning, *copies],
            kms_key_arn=self.kms_key_arn,
            object_lock=self.object_lock is not None,
            tags=spec.tags,
        )
        self.replication_role = created.role
        self.replication_policy = created.policy
        self.replication = created.configuration
