"""The settings that all buckets share: versioning, no public access, ownership by the
account, TLS only."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.storage.bucket_policy import transport_statements
from groundplan.tags import Tags


class PrivateBucket:
    """Creates a bucket and its settings, as children of `parent`.

    The settings are retained on delete if the bucket is: a retained bucket must not
    lose its versioning, its encryption or its public access block. They are not
    protected, as they hold no data.
    """

    def __init__(
        self,
        name: str,
        parent: pulumi.ComponentResource,
        *,
        deletion_protection: bool,
        encryption: aws.s3.BucketServerSideEncryptionConfigurationRuleArgs,
        lifecycle_rules: Sequence[aws.s3.BucketLifecycleConfigurationRuleArgs],
        tags: Tags,
        object_lock: bool = False,
    ) -> None:
        self._name, self._parent = name, parent
        self._retained = deletion_protection
        self.bucket = aws.s3.Bucket(
            f"{name}-bucket",
            force_destroy=not deletion_protection,
            object_lock_enabled=object_lock or None,
            tags=tags,
            opts=pulumi.ResourceOptions(
                parent=parent, protect=deletion_protection, retain_on_delete=deletion_protection
            ),
        )
        self.versioning = aws.s3.BucketVersioning(
            f"{name}-versioning",
            bucket=self.bucket.bucket,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(
                status="Enabled"
            ),
            opts=self._options(),
        )
        self.encryption = aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=self.bucket.bucket,
            rules=[encryption],
            opts=self._options(),
        )
        self.public_access = aws.s3.BucketPublicAccessBlock(
            f"{name}-public-access",
            bucket=self.bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._options(),
        )
        self.ownership = aws.s3.BucketOwnershipControls(
            f"{name}-ownership",
            bucket=self.bucket.bucket,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=self._options(),
        )
        self.lifecycle = aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=self.bucket.bucket,
            rules=list(lifecycle_rules),
            # S3 accepts rules for noncurrent versions only with versioning.
            opts=self._options(self.versioning),
        )

    def create_policy(self, statements: Sequence[iam.Statement]) -> aws.s3.BucketPolicy:
        """Creates the bucket policy: TLS only, and these statements."""
        return aws.s3.BucketPolicy(
            f"{self._name}-policy",
            bucket=self.bucket.bucket,
            policy=iam.document([*statements, *transport_statements(self.bucket.arn)]),
            # After the public access block, which refuses a public policy.
            opts=self._options(self.public_access),
        )

    def _options(self, *depends_on: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(
            parent=self._parent,
            retain_on_delete=self._retained,
            depends_on=list(depends_on) or None,
        )
