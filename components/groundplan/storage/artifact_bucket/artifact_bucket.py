"""ArtifactBucket: a versioned, encrypted bucket for datasets, models and what training
leaves behind."""

import pulumi
import pulumi_aws as aws

from groundplan import arguments, iam, tags
from groundplan.component import Component
from groundplan.context import Context
from groundplan.problems import MISSING, Problem
from groundplan.storage import bucket_policy
from groundplan.storage.access import ArtifactAccessArgs, read_statements, write_statements
from groundplan.storage.artifact_bucket.args import ArtifactBucketArgs, ObjectLockArgs
from groundplan.storage.artifact_bucket.lifecycle_rules import lifecycle_rules
from groundplan.storage.artifact_bucket.replication import Replication, ReplicationArgs
from groundplan.storage.artifact_bucket.validation import validate
from groundplan.storage.encryption_key.encryption_key import EncryptionKey
from groundplan.storage.log_bucket.args import LogBucketArgs
from groundplan.storage.log_bucket.log_bucket import LogBucket
from groundplan.storage.prefixes import prefix_problems, slug
from groundplan.storage.private_bucket import PrivateBucket


class ArtifactBucket(Component):
    """A private, versioned bucket under a KMS key, with access logs; it outlives its
    stack.

    Roles get at it by `grant_read` and `grant_write`, or by a policy of their own made
    from `access`.
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
        args: ArtifactBucketArgs = arguments.DEFAULTS,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("groundplan:index:ArtifactBucket", name, {}, opts)
        context = Context.of(name, opts)
        checked = arguments.validated("ArtifactBucket", ArtifactBucketArgs, args, validate, context)

        self.key = None if "kms_key_arn" in checked else self._own_key(checked)
        self.kms_key_arn = (
            self.key.arn if self.key else pulumi.Output.from_input(checked["kms_key_arn"])
        )
        made = PrivateBucket(
            name,
            self,
            keep=checked.get("deletion_protection", True),
            encryption=_default_encryption(self.kms_key_arn),
            lifecycle_rules=lifecycle_rules(checked.get("lifecycle", {})),
            tags=tags.merged(name, checked.get("tags")),
            object_lock="object_lock" in checked,
        )
        self.bucket, self.versioning, self.encryption = (
            made.bucket,
            made.versioning,
            made.encryption,
        )
        self.public_access, self.ownership, self.lifecycle = (
            made.public_access,
            made.ownership,
            made.lifecycle,
        )
        self.policy = made.policy(
            [
                *bucket_policy.encryption_statements(self.bucket.arn, self.kms_key_arn),
                *bucket_policy.completed(checked.get("policy_statements", ()), self.bucket.arn),
            ]
        )
        self.logs, self.logging = self._access_logs(checked)
        self.events = self._events() if checked.get("event_notifications", True) else None
        self.object_lock = (
            self._object_lock(checked["object_lock"]) if "object_lock" in checked else None
        )
        self.replication_role: aws.iam.Role | None = None
        self.replication_policy: aws.iam.RolePolicy | None = None
        self.replication: aws.s3.BucketReplicationConfig | None = None
        if "replication" in checked:
            self._replicate(checked["replication"], tags.merged(name, checked.get("tags")))

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
        """The bucket, as components that read or write it take it as an argument."""
        return {
            "bucket_name": self.bucket_name,
            "bucket_arn": self.bucket_arn,
            "kms_key_arn": self.kms_key_arn,
        }

    def grant_read(
        self, role: aws.iam.Role | pulumi.Input[str], prefix: str = "", name: str | None = None
    ) -> aws.iam.RolePolicy:
        """Lets a role list, read and decrypt what is below a prefix (`datasets/`; by
        default everything).

        `role` is the role or its name. The policy is named after both the role and the
        prefix, or by `name`, which is needed where the role's name is an output.
        """
        statements = read_statements(self.bucket_arn, self.kms_key_arn, prefix)
        return self._grant("read", role, prefix, name, statements)

    def grant_write(
        self, role: aws.iam.Role | pulumi.Input[str], prefix: str = "", name: str | None = None
    ) -> aws.iam.RolePolicy:
        """Lets a role write below a prefix, and not read or delete there. The arguments
        are those of `grant_read`."""
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
        found = prefix_problems("prefix", prefix)
        if isinstance(role, str) and ":" in role:
            found.append(
                Problem("role", role, "a role, or the name of one", "give its name, not its ARN")
            )
        whose = role.pulumi_resource_name if isinstance(role, aws.iam.Role) else role
        if not isinstance(whose, str) and name is None:
            allowed = "a short name, as the policy can't be named after a role whose own name is an output"
            found.append(
                Problem("name", MISSING, allowed, 'give the grant a name, such as name="trainer"')
            )
        arguments.require(f"ArtifactBucket.grant_{verb}", own, found)

        label = name or "-".join(filter(None, (slug(str(whose)), slug(prefix))))
        return aws.iam.RolePolicy(
            f"{own}-{verb}-{label}",
            role=role.name if isinstance(role, aws.iam.Role) else role,
            policy=iam.document(statements),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _own_key(self, args: ArtifactBucketArgs) -> EncryptionKey:
        return EncryptionKey(
            f"{self.pulumi_resource_name}-key",
            {
                "description": f"Objects of the bucket {self.pulumi_resource_name}",
                "services": ["fsx"] if args.get("file_systems") else [],
                "deletion_protection": args.get("deletion_protection", True),
                "tags": args.get("tags", {}),
            },
            pulumi.ResourceOptions(parent=self),
        )

    def _access_logs(
        self, args: ArtifactBucketArgs
    ) -> tuple[LogBucket | None, aws.s3.BucketLogging | None]:
        wanted = args.get("access_logs", {})
        if not wanted.get("enabled", True):
            return None, None
        own = (
            None
            if "bucket_name" in wanted
            else self._own_log_bucket(args, wanted.get("retention_days"))
        )
        logging = aws.s3.BucketLogging(
            f"{self.pulumi_resource_name}-logging",
            bucket=self.bucket.bucket,
            target_bucket=own.bucket_name if own else wanted["bucket_name"],
            # Buckets that share a log bucket keep their logs apart.
            target_prefix=pulumi.Output.concat(self.bucket.bucket, "/"),
            # S3 drops what it isn't allowed to deliver yet.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[own.policy] if own else None),
        )
        return own, logging

    def _own_log_bucket(self, args: ArtifactBucketArgs, retention_days: int | None) -> LogBucket:
        logs: LogBucketArgs = {
            "source_bucket_arn": self.bucket.arn,
            "deletion_protection": args.get("deletion_protection", True),
            "tags": args.get("tags", {}),
        }
        if retention_days is not None:
            logs["retention_days"] = retention_days
        return LogBucket(
            f"{self.pulumi_resource_name}-logs", logs, pulumi.ResourceOptions(parent=self)
        )

    def _events(self) -> aws.s3.BucketNotification:
        return aws.s3.BucketNotification(
            f"{self.pulumi_resource_name}-events",
            bucket=self.bucket.bucket,
            eventbridge=True,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _object_lock(self, lock: ObjectLockArgs) -> aws.s3.BucketObjectLockConfiguration:
        return aws.s3.BucketObjectLockConfiguration(
            f"{self.pulumi_resource_name}-object-lock",
            bucket=self.bucket.bucket,
            rule=aws.s3.BucketObjectLockConfigurationRuleArgs(
                default_retention=aws.s3.BucketObjectLockConfigurationRuleDefaultRetentionArgs(
                    mode=lock["mode"].value.upper(), days=lock["days"]
                )
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.versioning]),
        )

    def _replicate(
        self, replication: ReplicationArgs, merged: dict[str, pulumi.Input[str]]
    ) -> None:
        made = Replication(
            self.pulumi_resource_name,
            self,
            replication,
            bucket=self.bucket,
            versioning=self.versioning,
            kms_key_arn=self.kms_key_arn,
            object_lock=self.object_lock is not None,
            tags=merged,
        )
        self.replication_role, self.replication_policy, self.replication = (
            made.role,
            made.policy,
            made.configuration,
        )


def _default_encryption(
    kms_key_arn: pulumi.Input[str],
) -> aws.s3.BucketServerSideEncryptionConfigurationRuleArgs:
    return aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
        apply_server_side_encryption_by_default=(
            aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                sse_algorithm="aws:kms", kms_master_key_id=kms_key_arn
            )
        ),
        # One data key for many objects: KMS is asked, and paid, up to 99 % less (S3
        # User Guide, "S3 Bucket Keys").
        bucket_key_enabled=True,
    )
