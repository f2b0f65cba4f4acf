"""What every bucket here has: it is versioned, private, owned by its account, and
reached by TLS only."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.storage.bucket_policy import transport_statements


class PrivateBucket:
    """A bucket and the settings that keep it private, as children of the component that
    makes it.

    The settings are retained where the bucket is: a bucket that outlives its stack must
    not lose its versions, its encryption or its public access block on the way. They
    are not protected, as they hold no data.
    """

    def __init__(
        self,
        name: str,
        parent: pulumi.ComponentResource,
        *,
        keep: bool,
        encryption: aws.s3.BucketServerSideEncryptionConfigurationRuleArgs,
        lifecycle_rules: Sequence[aws.s3.BucketLifecycleConfigurationRuleArgs],
        tags: dict[str, pulumi.Input[str]],
        object_lock: bool = False,
    ) -> None:
        self._name, self._parent, self._keep = name, parent, keep
        self.bucket = aws.s3.Bucket(
            f"{name}-bucket",
            force_destroy=not keep,
            object_lock_enabled=object_lock or None,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=parent, protect=keep, retain_on_delete=keep),
        )
        self.versioning = aws.s3.BucketVersioning(
            f"{name}-versioning",
            bucket=self.bucket.bucket,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(
                status="Enabled"
            ),
            opts=self._setting(),
        )
        self.encryption = aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=self.bucket.bucket,
            rules=[encryption],
            opts=self._setting(),
        )
        self.public_access = aws.s3.BucketPublicAccessBlock(
            f"{name}-public-access",
            bucket=self.bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._setting(),
        )
        self.ownership = aws.s3.BucketOwnershipControls(
            f"{name}-ownership",
            bucket=self.bucket.bucket,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=self._setting(),
        )
        self.lifecycle = aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=self.bucket.bucket,
            rules=list(lifecycle_rules),
            # S3 reads rules about old versions only of a bucket that has versions.
            opts=self._setting(self.versioning),
        )

    def policy(self, statements: Sequence[iam.Statement]) -> aws.s3.BucketPolicy:
        """The bucket's policy: TLS only, and these statements."""
        return aws.s3.BucketPolicy(
            f"{self._name}-policy",
            bucket=self.bucket.bucket,
            policy=iam.document([*statements, *transport_statements(self.bucket.arn)]),
            # The block first: it refuses a policy that would make the bucket public.
            opts=self._setting(self.public_access),
        )

    def _setting(self, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(
            parent=self._parent, retain_on_delete=self._keep, depends_on=list(after) or None
        )
