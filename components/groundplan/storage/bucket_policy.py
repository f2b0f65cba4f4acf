"""The statements of a bucket policy. A bucket has one policy, so all statements are in
one document."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from groundplan.iam import Statement
from groundplan.problems import MISSING, Problem

OWN_SIDS = (
    "DenyInsecureTransport",
    "DenyOldTls",
    "DenyOtherEncryption",
    "DenyOtherKeys",
    "DenyClientKeys",
)
"""The `Sid`s of the statements of all artifact buckets."""

ALGORITHM = "s3:x-amz-server-side-encryption"
KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id"
CLIENT_ALGORITHM = "s3:x-amz-server-side-encryption-customer-algorithm"


def transport_statements(bucket_arn: pulumi.Input[str]) -> list[Statement]:
    """Returns the statements that require TLS 1.2 or newer."""
    all_requests = {"Principal": "*", "Action": "s3:*", "Resource": whole_bucket(bucket_arn)}
    return [
        {
            "Sid": "DenyInsecureTransport",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            **_deny(all_requests),
        },
        {
            "Sid": "DenyOldTls",
            "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
            **_deny(all_requests),
        },
    ]


def encryption_statements(
    bucket_arn: pulumi.Input[str], key_arn: pulumi.Input[str]
) -> list[Statement]:
    """Returns the statements that deny objects with other keys than the bucket's.

    All three evaluate a header that is optional. They allow a put without these
    headers, which the bucket's default encryption encrypts with the bucket's key.

    They also allow a put with `aws:kms` and without a key, which S3 encrypts with the
    account's key `aws/s3`: SageMaker jobs without an output key write so, and would
    fail at their end.
    """
    puts = {
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": pulumi.Output.concat(bucket_arn, "/*"),
    }
    return [
        {
            "Sid": "DenyOtherEncryption",
            "Condition": {"StringEquals": {ALGORITHM: "AES256"}},
            **_deny(puts),
        },
        # A negated condition also matches without the header; `Null` excludes such
        # puts.
        {
            "Sid": "DenyOtherKeys",
            "Condition": {"StringNotEquals": {KEY_ID: key_arn}, "Null": {KEY_ID: "false"}},
            **_deny(puts),
        },
        {
            "Sid": "DenyClientKeys",
            "Condition": {"Null": {CLIENT_ALGORITHM: "false"}},
            **_deny(puts),
        },
    ]


def with_resources(
    statements: Sequence[Mapping[str, Any]], bucket_arn: pulumi.Input[str]
) -> list[Statement]:
    """Returns the statements; those without a resource apply to the bucket and all its
    objects."""
    return [
        statement
        if statement.keys() & {"Resource", "NotResource"}
        else {**statement, "Resource": whole_bucket(bucket_arn)}
        for statement in statements
    ]


def whole_bucket(bucket_arn: pulumi.Input[str]) -> list[pulumi.Input[str]]:
    """Returns the bucket and all its objects, as resources of a statement."""
    return [bucket_arn, pulumi.Output.concat(bucket_arn, "/*")]


def problems(key: str, statements: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """Returns the problems of additional statements."""
    problems, seen = [], set(OWN_SIDS)
    for index, statement in enumerate(statements):
        sid = statement.get("Sid", MISSING)
        if sid is MISSING or sid in seen:
            taken = ", ".join(sorted(seen))
            problems.append(
                Problem(
                    f"{key}[{index}].Sid",
                    sid,
                    f"a name that no other statement has ({taken})",
                    "set another Sid",
                )
            )
        if isinstance(sid, str):
            seen.add(sid)
        if not statement.keys() & {"Principal", "NotPrincipal"}:
            allowed = 'a principal, such as {"AWS": "arn:aws:iam::111122223333:root"}'
            problems.append(
                Problem(
                    f"{key}[{index}].Principal",
                    MISSING,
                    allowed,
                    "set the principal, which a bucket policy requires",
                )
            )
    return problems


def _deny(statement: Mapping[str, Any]) -> dict[str, Any]:
    return {"Effect": "Deny", **statement}
