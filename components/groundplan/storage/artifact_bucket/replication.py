"""Replication of a bucket's objects to another bucket, and the role that S3 takes on to
do it."""

from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.problems import Problem
from groundplan.storage import arns
from groundplan.storage.prefixes import prefix_problems


class ReplicationArgs(TypedDict):
    """Where the objects of a bucket are copied to as they are written.

    What was in the bucket before is not copied; S3 Batch Replication does that, once.
    The other bucket must have versioning, and Object Lock where this one has it.
    """

    bucket_arn: pulumi.Input[str]
    """ARN of the bucket that receives the copies, in this region or another. Changing
    it updates in place."""
    kms_key_arn: pulumi.Input[str]
    """ARN of the KMS key that encrypts the copies, in the region of that bucket.
    Changing it updates in place."""
    account_id: NotRequired[pulumi.Input[str]]
    """ID of the account of that bucket, which then owns the copies; the bucket's and
    the key's policies must allow it. Default: this account. Changing it updates in
    place."""
    prefix: NotRequired[str]
    """Copies only what is below this prefix, `models/`. Default: everything. Changing
    it updates in place."""


def problems(replication: ReplicationArgs) -> list[Problem]:
    """What is wrong with the values of `replication`."""
    found = arns.bucket_problems("bucket_arn", replication.get("bucket_arn"))
    found += arns.key_problems("kms_key_arn", replication.get("kms_key_arn"))
    found += arns.account_problems("account_id", replication.get("account_id"))
    return found + prefix_problems("prefix", replication.get("prefix", ""))


class Replication:
    """The replication of a bucket, as children of the component that owns it."""

    def __init__(
        self,
        name: str,
        parent: pulumi.ComponentResource,
        replication: ReplicationArgs,
        *,
        bucket: aws.s3.Bucket,
        versioning: aws.s3.BucketVersioning,
        kms_key_arn: pulumi.Input[str],
        object_lock: bool,
        tags: dict[str, pulumi.Input[str]],
    ) -> None:
        self.role = aws.iam.Role(
            f"{name}-replication-role",
            assume_role_policy=iam.trust("s3.amazonaws.com"),
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
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[versioning, self.policy]),
        )


def replication_statements(
    source_arn: pulumi.Input[str],
    source_key_arn: pulumi.Input[str],
    replication: ReplicationArgs,
    object_lock: bool,
) -> list[iam.Statement]:
    """What S3 may do in the name of the role.

    Source: S3 User Guide, "Setting up permissions for live replication", "Replicating
    encrypted objects", "Changing the replica owner", "Using Object Lock with S3
    Replication".
    """
    target_arn, prefix = replication["bucket_arn"], replication.get("prefix", "")
    read = [
        "s3:GetObjectVersionAcl",
        "s3:GetObjectVersionForReplication",
        "s3:GetObjectVersionTagging",
    ]
    write = ["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"]
    if object_lock:
        read += ["s3:GetObjectLegalHold", "s3:GetObjectRetention"]
    if "account_id" in replication:
        write += ["s3:ObjectOwnerOverrideToBucketOwner"]
    # A copy keeps its S3 Bucket Key: S3 checks it with kms:Decrypt, and makes a new one
    # with kms:GenerateDataKey.
    encrypt = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
    return [
        _allow(
            "ReadConfiguration", ["s3:GetReplicationConfiguration", "s3:ListBucket"], source_arn
        ),
        _allow("ReadObjects", sorted(read), _objects(source_arn, prefix)),
        {
            **_allow("DecryptObjects", ["kms:Decrypt"], source_key_arn),
            "Condition": _only_for(source_arn, prefix),
        },
        _allow("WriteCopies", sorted(write), _objects(target_arn, prefix)),
        {
            **_allow("EncryptCopies", encrypt, replication["kms_key_arn"]),
            "Condition": _only_for(target_arn, prefix),
        },
    ]


def _rule(replication: ReplicationArgs) -> aws.s3.BucketReplicationConfigRuleArgs:
    translation = aws.s3.BucketReplicationConfigRuleDestinationAccessControlTranslationArgs(
        owner="Destination"
    )
    return aws.s3.BucketReplicationConfigRuleArgs(
        id="replicate",
        status="Enabled",
        filter=aws.s3.BucketReplicationConfigRuleFilterArgs(prefix=replication.get("prefix", "")),
        delete_marker_replication=aws.s3.BucketReplicationConfigRuleDeleteMarkerReplicationArgs(
            status="Enabled"
        ),
        source_selection_criteria=aws.s3.BucketReplicationConfigRuleSourceSelectionCriteriaArgs(
            sse_kms_encrypted_objects=aws.s3.BucketReplicationConfigRuleSourceSelectionCriteriaSseKmsEncryptedObjectsArgs(
                status="Enabled"
            )
        ),
        destination=aws.s3.BucketReplicationConfigRuleDestinationArgs(
            bucket=replication["bucket_arn"],
            account=replication.get("account_id"),
            access_control_translation=translation if "account_id" in replication else None,
            encryption_configuration=aws.s3.BucketReplicationConfigRuleDestinationEncryptionConfigurationArgs(
                replica_kms_key_id=replication["kms_key_arn"]
            ),
        ),
    )


def _allow(sid: str, actions: list[str], resource: pulumi.Input[str]) -> iam.Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}


def _objects(bucket_arn: pulumi.Input[str], prefix: str) -> pulumi.Output[str]:
    return pulumi.Output.concat(bucket_arn, f"/{prefix}*")


def _only_for(
    bucket_arn: pulumi.Input[str], prefix: str
) -> dict[str, dict[str, list[pulumi.Input[str]]]]:
    """The key may be used for this bucket only. The context is the bucket with an S3
    Bucket Key, the object without."""
    return {
        "StringLike": {
            "kms:EncryptionContext:aws:s3:arn": [bucket_arn, _objects(bucket_arn, prefix)]
        }
    }
