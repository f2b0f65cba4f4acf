"""The IAM statements of a role that reads or writes below a prefix of a bucket.

The bucket's grants use them, and components that create a role add them to its policy.
The `Sid`s of reading and writing differ, so that one document can contain both.
"""

from typing import TypedDict

import pulumi

from groundplan.iam import Statement, allow
from groundplan.storage.prefixes import prefix_problems

__all__ = ["ArtifactAccessArgs", "prefix_problems", "read_statements", "write_statements"]


class ArtifactAccessArgs(TypedDict):
    """The arguments of access to a bucket: `ArtifactBucket.access`."""

    bucket_name: pulumi.Input[str]
    """Name of the bucket."""
    bucket_arn: pulumi.Input[str]
    """ARN of the bucket."""
    kms_key_arn: pulumi.Input[str]
    """ARN of the KMS key that encrypts the bucket's objects."""


def read_statements(
    bucket_arn: pulumi.Input[str], kms_key_arn: pulumi.Input[str] | None = None, prefix: str = ""
) -> list[Statement]:
    """Returns statements that allow to list, read and decrypt objects below a prefix,
    noncurrent versions too. Without a key, none on decryption."""
    below = {"Condition": {"StringLike": {"s3:prefix": f"{prefix}*"}}} if prefix else {}
    statements: list[Statement] = [
        allow("ReadObjects", ["s3:GetObject", "s3:GetObjectVersion"], _objects(bucket_arn, prefix)),
        {**allow("ListObjects", ["s3:ListBucket"], bucket_arn), **below},
        # A statement of its own: a request for the location has no s3:prefix, and would
        # never meet that condition.
        allow("LocateBucket", ["s3:GetBucketLocation"], bucket_arn),
    ]
    if kms_key_arn is not None:
        statements.append(allow("DecryptObjects", ["kms:Decrypt"], kms_key_arn))
    return statements


def write_statements(
    bucket_arn: pulumi.Input[str], kms_key_arn: pulumi.Input[str] | None = None, prefix: str = ""
) -> list[Statement]:
    """Returns statements that allow to write and encrypt objects below a prefix, in
    multipart uploads too, and neither to read nor to delete."""
    actions = ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"]
    statements: list[Statement] = [allow("WriteObjects", actions, _objects(bucket_arn, prefix))]
    if kms_key_arn is not None:
        # S3 decrypts the parts of a multipart upload to assemble them. Source: AWS
        # re:Post Knowledge Center, "s3-large-file- encryption-kms-key":
        # CreateMultipartUpload needs kms:GenerateDataKey, UploadPart kms:Decrypt.
        statements.append(
            allow("EncryptObjects", ["kms:Decrypt", "kms:GenerateDataKey"], kms_key_arn)
        )
    return statements


def _objects(bucket_arn: pulumi.Input[str], prefix: str) -> pulumi.Output[str]:
    return pulumi.Output.concat(bucket_arn, f"/{prefix}*")
