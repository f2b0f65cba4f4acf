"""The resources of every bucket: versioned, private, owned by its account, reachable by
TLS only."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.storage.bucket_policy import transport_statements


class PrivateBucket:
    """A bucket and its configuration, as children of the bucket's component.

    The configuration is retained on delete where the bucket is: a retained bucket must
    not lose its versioning, its encryption or its public access block. It is not
    protected, as it holds no data.
    """

    def __init__(
        self,
        name: str,
        parent: pulumi.ComponentResource,
        *,
        protect: bool,
        encryption: aws.s3.BucketServerSideEncryptionConfigurationRuleArgs,
        lifecycle_rules: Sequence[aws.s3.BucketLifecycleConfigurationRuleArgs],
        tags: dict[str, pulumi.Input[str]],
        object_lock: bool = False,
        region: str | None = None,
    ) -> None:
        """`region`: None for that of the provider."""
        self._name, self._parent, self._retain = name, parent, protect
        self._region = region
        self.bucket = aws.s3.Bucket(
            f"{name}-bucket",
            force_destroy=not protect,
            region=region,
            object_lock_enabled=object_lock or None,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=parent, protect=protect, retain_on_delete=protect),
        )
        self.versioning = aws.s3.BucketVersioning(
            f"{name}-versioning",
            bucket=self.bucket.bucket,
            region=region,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(
                status="Enabled"
            ),
            opts=self._options(),
        )
        self.encryption = aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=self.bucket.bucket,
            region=region,
            rules=[encryption],
            opts=self._options(),
        )
        self.public_access = aws.s3.BucketPublicAccessBlock(
            f"{name}-public-access",
            bucket=self.bucket.bucket,
            region=region,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._options(),
        )
        self.ownership = aws.s3.BucketOwnershipControls(
            f"{name}-ownership",
            bucket=self.bucket.bucket,
            region=region,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=self._options(),
        )
        self.lifecycle = aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=self.bucket.bucket,
            region=region,
            rules=list(lifecycle_rules),
            # S3 applies rules on noncurrent versions only to buckets with versioning.
            opts=self._options(self.versioning),
        )

    def create_policy(self, statements: Sequence[iam.Statement]) -> aws.s3.BucketPolicy:
        """Creates the bucket policy: TLS only, and these statements."""
        return aws.s3.BucketPolicy(
            f"{self._name}-policy",
            bucket=self.bucket.bucket,
            region=self._region,
            policy=iam.document([*statements, *transport_statements(self.bucket.arn)]),
            # After the public access block, which refuses a policy for the public.
            opts=self._options(self.public_access),
        )

    def _options(self, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(
            parent=self._parent, retain_on_delete=self._retain, depends_on=list(after) or None
        )
