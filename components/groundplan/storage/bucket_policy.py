"""The statements of a bucket policy. A bucket has only one, so that all statements are
in one document."""

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
    "DenyOverwrites",
    "DenyUnconditionalWrites",
)
"""The `Sid`s of the component's own statements."""

ALGORITHM = "s3:x-amz-server-side-encryption"
KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id"
CLIENT_ALGORITHM = "s3:x-amz-server-side-encryption-customer-algorithm"


def transport_statements(bucket_arn: pulumi.Input[str]) -> list[Statement]:
    """Returns statements that deny requests without TLS 1.2 or newer."""
    everything = {"Principal": "*", "Action": "s3:*", "Resource": whole_bucket(bucket_arn)}
    return [
        {
            "Sid": "DenyInsecureTransport",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            **_deny(everything),
        },
        {
            "Sid": "DenyOldTls",
            "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
            **_deny(everything),
        },
    ]


def encryption_statements(
    bucket_arn: pulumi.Input[str], key_arn: pulumi.Input[str]
) -> list[Statement]:
    """Returns statements that deny writing an object under another key than the
    bucket's.

    All three evaluate a header of the request. They don't apply to a request without
    the headers: the bucket's default encryption uses the bucket's key.

    Nor do they apply to a request for `aws:kms` without a key, which uses the account's
    key `aws/s3`: SageMaker jobs whose output has no key write so, and would fail at the
    end.
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
        # A negated condition also matches where the header is missing; `Null` excludes
        # such requests.
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


def write_once_statements(
    bucket_arn: pulumi.Input[str], prefixes: Sequence[str]
) -> list[Statement]:
    """Returns a statement that denies writing an object without `If-None-Match`, which
    S3 refuses where the object exists; none without prefixes.

    Source: S3 User Guide, "Enforce conditional writes on Amazon S3 buckets". The parts
    of a multipart upload can't have the header; its completion must.
    """
    if not prefixes:
        return []
    objects = [pulumi.Output.concat(bucket_arn, f"/{p}*") for p in sorted(set(prefixes))]
    return [
        {
            "Sid": "DenyOverwrites",
            "Condition": {
                "Bool": {"s3:ObjectCreationOperation": "true"},
                "Null": {"s3:if-none-match": "true"},
            },
            **_deny({"Principal": "*", "Action": "s3:PutObject", "Resource": objects}),
        }
    ]


def conditional_statements(
    bucket_arn: pulumi.Input[str], prefixes: Sequence[str]
) -> list[Statement]:
    """Returns a statement that denies writing an object with neither `If-Match` nor
    `If-None-Match`: of two writers who read the same object one is refused. None
    without prefixes.

    Source: as of `write_once_statements`. All keys of a condition have to match.
    """
    if not prefixes:
        return []
    objects = [pulumi.Output.concat(bucket_arn, f"/{p}*") for p in sorted(set(prefixes))]
    return [
        {
            "Sid": "DenyUnconditionalWrites",
            "Condition": {
                "Bool": {"s3:ObjectCreationOperation": "true"},
                "Null": {"s3:if-match": "true", "s3:if-none-match": "true"},
            },
            **_deny({"Principal": "*", "Action": "s3:PutObject", "Resource": objects}),
        }
    ]


def completed(
    statements: Sequence[Mapping[str, Any]], bucket_arn: pulumi.Input[str]
) -> list[Statement]:
    """Returns the caller's statements; the resource of one without is the bucket and
    all its objects."""
    return [
        statement
        if statement.keys() & {"Resource", "NotResource"}
        else {**statement, "Resource": whole_bucket(bucket_arn)}
        for statement in statements
    ]


def whole_bucket(bucket_arn: pulumi.Input[str]) -> list[pulumi.Input[str]]:
    """Returns the bucket and all its objects, as the resources of a statement."""
    return [bucket_arn, pulumi.Output.concat(bucket_arn, "/*")]


def problems(key: str, statements: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """Returns the problems of statements that a caller adds."""
    problems, seen = [], set(OWN_SIDS)
    for index, statement in enumerate(statements):
        sid = statement.get("Sid", MISSING)
        if sid is MISSING or sid in seen:
            others = ", ".join(sorted(seen))
            problems.append(
                Problem(
                    f"{key}[{index}].Sid",
                    sid,
                    f"a name that no other statement has ({others})",
                    "set another",
                )
            )
        if isinstance(sid, str):
            seen.add(sid)
        if not statement.keys() & {"Principal", "NotPrincipal"}:
            allowed = (
                'the principal of the statement, such as {"AWS": "arn:aws:iam::111122223333:root"}'
            )
            problems.append(
                Problem(
                    f"{key}[{index}].Principal",
                    MISSING,
                    allowed,
                    "set the principal; a bucket policy needs one",
                )
            )
    return problems


def _deny(statement: Mapping[str, Any]) -> dict[str, Any]:
    return {"Effect": "Deny", **statement}
