"""What the policy of the state's bucket denies to everybody. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any


def statements(policy: str | None) -> list[dict[str, Any]]:
    """Returns the statements of a policy's text; one needs no list."""
    found = json.loads(policy)["Statement"] if policy else []
    return list(found) if isinstance(found, list) else [found]


def lacking(there: Sequence[Mapping[str, Any]], bucket: str) -> list[dict[str, Any]]:
    """Returns the statements that a policy lacks, for the ARN of a bucket."""
    everybody: dict[str, Any] = {"Effect": "Deny", "Principal": {"AWS": "*"}}
    wanted = [
        {
            **everybody,
            "Sid": "DenyInsecureTransport",
            "Action": "s3:*",
            "Resource": [bucket, f"{bucket}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        # In place of Object Lock, with which copies need a checksum that Pulumi does
        # not send. Lifecycle rules are no principal: old versions still expire.
        {
            **everybody,
            "Sid": "DenyDeletionOfVersions",
            "Action": "s3:DeleteObjectVersion",
            "Resource": f"{bucket}/*",
        },
    ]
    taken = {one.get("Sid") for one in there}
    return [
        {**one, "Sid": f"{one['Sid']}OfState"} if one["Sid"] in taken else one
        for one in wanted
        if not any(_covers(statement, one) for statement in there)
    ]


def _covers(statement: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether a statement denies at least what is wanted. Its Sid alone says
    nothing."""
    principal = statement.get("Principal")
    everybody = principal == "*" or (
        isinstance(principal, Mapping) and "*" in _listed(principal.get("AWS"))
    )
    return (
        statement.get("Effect") == "Deny"
        and everybody
        and statement.get("Condition", wanted.get("Condition")) == wanted.get("Condition")
        and _names(statement.get("Action"), wanted["Action"], ("*", "s3:*"))
        and _names(statement.get("Resource"), wanted["Resource"], ("*",))
    )


def _names(found: Any, wanted: Any, everything: Sequence[str]) -> bool:
    there = set(_listed(found))
    return bool(there & set(everything)) or there >= set(_listed(wanted))


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if isinstance(value, str) else []
