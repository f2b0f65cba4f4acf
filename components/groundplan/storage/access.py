"""The IAM statements of roles that read or write objects below a prefix of a bucket.

The bucket's grants use them, and components with roles of their own. The `Sid`s of
reading and writing differ, so that both can be in one document.
"""

from typing import TypedDict

import pulumi

from groundplan.iam import Statement
from groundplan.storage.prefixes import prefix_problems

__all__ = ["ArtifactAccessArgs", "prefix_problems", "read_statements", "write_statements"]


class ArtifactAccessArgs(TypedDict):
    """A bucket, as an argument of components that read or write it:
    `ArtifactBucket.access`."""

    bucket_name: pulumi.Input[str]
    """Name of the bucket."""
    bucket_arn: pulumi.Input[str]
    """ARN of the bucket."""
    kms_key_arn: pulumi.Input[str]
    """ARN of the KMS key that encrypts the bucket's objects."""


def read_statements(
    bucket_arn: pulumi.Input[str], kms_key_arn: pulumi.Input[str] | None = None, prefix: str = ""
) -> list[Statement]:
    """Returns the statements to list, read and decrypt objects below the prefix,
    including noncurrent versions. Without a key there is no statement on decryption."""
    below = {"Condition": {"StringLike": {"s3:prefix": f"{prefix}*"}}} if prefix else {}
    statements: list[Statement] = [
        _allow(
            "ReadObjects", ["s3:GetObject", "s3:GetObjectVersion"], _objects(bucket_arn, prefix)
        ),
        {**_allow("ListObjects", ["s3:ListBucket"], bucket_arn), **below},
        # A separate statement: a request for the location has no s3:prefix, and would
        # never match that condition.
        _allow("LocateBucket", ["s3:GetBucketLocation"], bucket_arn),
    ]
    if kms_key_arn is not None:
        statements.append(_allow("DecryptObjects", ["kms:Decrypt"], kms_key_arn))
    return statements


def write_statements(
    bucket_arn: pulumi.Input[str], kms_key_arn: pulumi.Input[str] | None = None, prefix: str = ""
) -> list[Statement]:
    """Returns the statements to write and encrypt objects below the prefix, with
    multipart uploads. They allow neither reads nor deletions."""
    actions = ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"]
    statements: list[Statement] = [_allow("WriteObjects", actions, _objects(bucket_arn, prefix))]
    if kms_key_arn is not None:
        # S3 decrypts the parts of a multipart upload to assemble them. Source: AWS
        # re:Post Knowledge Center, "s3-large-file-encryption-kms-key":
        # CreateMultipartUpload needs kms:GenerateDataKey, UploadPart kms:Decrypt.
        statements.append(
            _allow("EncryptObjects", ["kms:Decrypt", "kms:GenerateDataKey"], kms_key_arn)
        )
    return statements


def _allow(sid: str, actions: list[str], resource: pulumi.Input[str]) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}


def _objects(bucket_arn: pulumi.Input[str], prefix: str) -> pulumi.Output[str]:
    return pulumi.Output.concat(bucket_arn, f"/{prefix}*")
