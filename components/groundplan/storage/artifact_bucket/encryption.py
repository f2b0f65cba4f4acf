"""The default encryption of an ArtifactBucket."""

import pulumi
import pulumi_aws as aws


def default_encryption(
    kms_key_arn: pulumi.Input[str],
) -> aws.s3.BucketServerSideEncryptionConfigurationRuleArgs:
    """Returns the rule that encrypts objects with a KMS key."""
    return aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
        apply_server_side_encryption_by_default=(
            aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                sse_algorithm="aws:kms", kms_master_key_id=kms_key_arn
            )
        ),
        # One data key for many objects: up to 99 % fewer requests to KMS, and charges
        # for them (S3 User Guide, "S3 Bucket Keys").
        bucket_key_enabled=True,
    )
