"""The replication of a bucket's objects to another bucket, and the role that S3 assumes
for it."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.storage.artifact_bucket.rule import RULE
from groundplan.storage.artifact_bucket.spec import ReplicationSpec

MINUTES = 15
"""The only value that S3 knows (Amazon S3 API Reference, `ReplicationTimeValue`)."""


class Replication:
    """The replication of a bucket, as children of the bucket's component."""

    def __init__(
        self,
        name: str,
        parent: pulumi.ComponentResource,
        replication: ReplicationSpec,
        *,
        bucket: aws.s3.Bucket,
        versioning: Sequence[pulumi.Resource],
        kms_key_arn: pulumi.Input[str],
        object_lock: bool,
        tags: dict[str, pulumi.Input[str]],
    ) -> None:
        self.role = aws.iam.Role(
            f"{name}-replication-role",
            assume_role_policy=_trust(bucket.arn, pulumi.InvokeOptions(parent=parent)),
            tags=tags,
            opts=pulumi.ResourceOptions(parent=parent),
        )
        self.policy = aws.iam.RolePolicy(
            f"{name}-replication-policy",
            role=self.role.name,
            policy=iam.document(
                replication_statements(bucket.arn, kms_key_arn, replication, object_lock)
            ),
            opts=pulumi.ResourceOptions(parent=parent),
        )
        self.configuration = aws.s3.BucketReplicationConfig(
            f"{name}-replication",
            bucket=bucket.bucket,
            role=self.role.arn,
            rules=[_rule(replication)],
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[*versioning, self.policy]),
        )


def _trust(source_arn: pulumi.Input[str], invoke: pulumi.InvokeOptions) -> pulumi.Output[str]:
    """Returns the trust policy: S3 assumes the role, for this bucket only."""
    # IfExists: S3 User Guide, "Setting up permissions for live replication", documents
    # neither key for this principal, and replication fails silently where a condition
    # is not met. A source that S3 names must be this one.
    condition = {
        "ArnEqualsIfExists": {"aws:SourceArn": source_arn},
        "StringEqualsIfExists": {"aws:SourceAccount": iam.account_id(invoke)},
    }
    return iam.document(
        [
            {
                "Effect": "Allow",
                "Principal": {"Service": "s3.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": condition,
            }
        ]
    )


def replication_statements(
    source_arn: pulumi.Input[str],
    source_key_arn: pulumi.Input[str],
    replication: ReplicationSpec,
    object_lock: bool,
) -> list[iam.Statement]:
    """Returns the statements of the role's policy.

    Source: S3 User Guide, "Setting up permissions for live replication", "Replicating
    encrypted objects", "Changing the replica owner", "Using Object Lock with S3
    Replication".
    """
    target_arn, prefix = replication.bucket_arn, replication.prefix
    read = [
        "s3:GetObjectVersionAcl",
        "s3:GetObjectVersionForReplication",
        "s3:GetObjectVersionTagging",
    ]
    write = ["s3:ReplicateObject", "s3:ReplicateTags"]
    if replication.deletions:
        write += ["s3:ReplicateDelete"]
    if object_lock:
        read += ["s3:GetObjectLegalHold", "s3:GetObjectRetention"]
    if replication.account_id is not None:
        write += ["s3:ObjectOwnerOverrideToBucketOwner"]
    # Replicas use an S3 Bucket Key: S3 checks it with kms:Decrypt, and generates a new
    # one with kms:GenerateDataKey.
    encrypt = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
    return [
        iam.allow(
            "ReadConfiguration", ["s3:GetReplicationConfiguration", "s3:ListBucket"], source_arn
        ),
        iam.allow("ReadObjects", sorted(read), _objects(source_arn, prefix)),
        iam.allow("DecryptObjects", ["kms:Decrypt"], source_key_arn, _only_for(source_arn, prefix)),
        iam.allow("WriteCopies", sorted(write), _objects(target_arn, prefix)),
        iam.allow("EncryptCopies", encrypt, replication.kms_key_arn, _only_for(target_arn, prefix)),
    ]


def _rule(replication: ReplicationSpec) -> aws.s3.BucketReplicationConfigRuleArgs:
    translation = aws.s3.BucketReplicationConfigRuleDestinationAccessControlTranslationArgs(
        owner="Destination"
    )
    return aws.s3.BucketReplicationConfigRuleArgs(
        id=RULE,
        status="Enabled",
        filter=aws.s3.BucketReplicationConfigRuleFilterArgs(prefix=replication.prefix),
        delete_marker_replication=aws.s3.BucketReplicationConfigRuleDeleteMarkerReplicationArgs(
            status="Enabled" if replication.deletions else "Disabled"
        ),
        source_selection_criteria=aws.s3.BucketReplicationConfigRuleSourceSelectionCriteriaArgs(
            sse_kms_encrypted_objects=aws.s3.BucketReplicationConfigRuleSourceSelectionCriteriaSseKmsEncryptedObjectsArgs(
                status="Enabled"
            )
        ),
        destination=aws.s3.BucketReplicationConfigRuleDestinationArgs(
            bucket=replication.bucket_arn,
            account=replication.account_id,
            access_control_translation=translation if replication.account_id is not None else None,
            encryption_configuration=aws.s3.BucketReplicationConfigRuleDestinationEncryptionConfigurationArgs(
                replica_kms_key_id=replication.kms_key_arn
            ),
            metrics=_metrics(replication),
            replication_time=_time_control(replication),
        ),
    )


def _metrics(
    replication: ReplicationSpec,
) -> aws.s3.BucketReplicationConfigRuleDestinationMetricsArgs | None:
    if not replication.metrics:
        return None
    threshold = aws.s3.BucketReplicationConfigRuleDestinationMetricsEventThresholdArgs(
        minutes=MINUTES
    )
    return aws.s3.BucketReplicationConfigRuleDestinationMetricsArgs(
        status="Enabled", event_threshold=threshold if replication.time_control else None
    )


def _time_control(
    replication: ReplicationSpec,
) -> aws.s3.BucketReplicationConfigRuleDestinationReplicationTimeArgs | None:
    if not replication.time_control:
        return None
    return aws.s3.BucketReplicationConfigRuleDestinationReplicationTimeArgs(
        status="Enabled",
        time=aws.s3.BucketReplicationConfigRuleDestinationReplicationTimeTimeArgs(minutes=MINUTES),
    )


def _objects(bucket_arn: pulumi.Input[str], prefix: str) -> pulumi.Output[str]:
    return pulumi.Output.concat(bucket_arn, f"/{prefix}*")


def _only_for(
    bucket_arn: pulumi.Input[str], prefix: str
) -> dict[str, dict[str, list[pulumi.Input[str]]]]:
    """Returns the condition that a key is used for this bucket only. The encryption
    context is the bucket with an S3 Bucket Key, the object without."""
    return {
        "StringLike": {
            "kms:EncryptionContext:aws:s3:arn": [bucket_arn, _objects(bucket_arn, prefix)]
        }
    }
