"""The IAM statements of a role that reads or writes below a prefix of a bucket.

The bucket's grants use them, and components that own a role put them into its policy.
The `Sid`s of reading and writing differ, so that both fit into one document.
"""

from typing import TypedDict

import pulumi

from groundplan.iam import Statement
from groundplan.storage.prefixes import prefix_problems

__all__ = ["ArtifactAccessArgs", "prefix_problems", "read_statements", "write_statements"]


class ArtifactAccessArgs(TypedDict):
    """A bucket, as a component that reads or writes it wants to be told of it:
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
    """Lists, reads and decrypts what is below the prefix, old versions too. Without a
    key, nothing about decryption."""
    below = {"Condition": {"StringLike": {"s3:prefix": f"{prefix}*"}}} if prefix else {}
    statements: list[Statement] = [
        _allow(
            "ReadObjects", ["s3:GetObject", "s3:GetObjectVersion"], _objects(bucket_arn, prefix)
        ),
        {**_allow("ListObjects", ["s3:ListBucket"], bucket_arn), **below},
        # Apart from the listing: a request for the location has no s3:prefix, and would
        # never meet that condition.
        _allow("LocateBucket", ["s3:GetBucketLocation"], bucket_arn),
    ]
    if kms_key_arn is not None:
        statements.append(_allow("DecryptObjects", ["kms:Decrypt"], kms_key_arn))
    return statements


def write_statements(
    bucket_arn: pulumi.Input[str], kms_key_arn: pulumi.Input[str] | None = None, prefix: str = ""
) -> list[Statement]:
    """Writes and encrypts below the prefix, in one piece or in parts. Neither reading
    nor deleting is part of it."""
    actions = ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"]
    statements: list[Statement] = [_allow("WriteObjects", actions, _objects(bucket_arn, prefix))]
    if kms_key_arn is not None:
        # A multipart upload decrypts its parts to put them together. Source: AWS
        # re:Post Knowledge Center, "s3-large-file- encryption-kms-key":
        # CreateMultipartUpload needs kms:GenerateDataKey, UploadPart kms:Decrypt.
        statements.append(
            _allow("EncryptObjects", ["kms:Decrypt", "kms:GenerateDataKey"], kms_key_arn)
        )
    return statements


def _allow(sid: str, actions: list[str], resource: pulumi.Input[str]) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}


def _objects(bucket_arn: pulumi.Input[str], prefix: str) -> pulumi.Output[str]:
    return pulumi.Output.concat(bucket_arn, f"/{prefix}*")
