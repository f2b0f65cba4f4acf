"""The statements of a bucket's own policy. A bucket has one policy, so all of them meet
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
)
"""The `Sid`s of the statements that an artifact bucket makes itself."""

ALGORITHM = "s3:x-amz-server-side-encryption"
KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id"
CLIENT_ALGORITHM = "s3:x-amz-server-side-encryption-customer-algorithm"


def transport_statements(bucket_arn: pulumi.Input[str]) -> list[Statement]:
    """Nobody reaches the bucket but by TLS 1.2 or newer. (A denial is for all actions;
    it allows none.)"""
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
    """Nobody writes an object under a key other than the bucket's.

    All three look at a header that the writer chose to send. A put without any of them
    passes, and the bucket's default encryption puts it under the bucket's key.

    A put that asks for `aws:kms` and names no key passes too, and lands under the
    account's key `aws/s3`: SageMaker jobs whose output names no key write so, and would
    fail at their very end.
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
        # A negated condition is also met where the header is missing; `Null` keeps such
        # puts out of it.
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


def completed(
    statements: Sequence[Mapping[str, Any]], bucket_arn: pulumi.Input[str]
) -> list[Statement]:
    """The caller's statements; one that names no resource is about the bucket and all
    its objects."""
    return [
        statement
        if statement.keys() & {"Resource", "NotResource"}
        else {**statement, "Resource": whole_bucket(bucket_arn)}
        for statement in statements
    ]


def whole_bucket(bucket_arn: pulumi.Input[str]) -> list[pulumi.Input[str]]:
    """The bucket and all its objects, as resources of a statement."""
    return [bucket_arn, pulumi.Output.concat(bucket_arn, "/*")]


def problems(key: str, statements: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """What is wrong with statements that a caller adds."""
    found, seen = [], set(OWN_SIDS)
    for index, statement in enumerate(statements):
        sid = statement.get("Sid", MISSING)
        if sid is MISSING or sid in seen:
            taken = ", ".join(sorted(seen))
            found.append(
                Problem(
                    f"{key}[{index}].Sid",
                    sid,
                    f"a name that no other statement has ({taken})",
                    "give it one",
                )
            )
        if isinstance(sid, str):
            seen.add(sid)
        if not statement.keys() & {"Principal", "NotPrincipal"}:
            whom = 'whom it is about, such as {"AWS": "arn:aws:iam::111122223333:root"}'
            found.append(
                Problem(
                    f"{key}[{index}].Principal",
                    MISSING,
                    whom,
                    "name the principal; a bucket's policy needs one",
                )
            )
    return found


def _deny(what: Mapping[str, Any]) -> dict[str, Any]:
    return {"Effect": "Deny", **what}
