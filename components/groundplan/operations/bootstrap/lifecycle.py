"""How long the bucket of the state retains former versions."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan.operations.bootstrap.plan import Unusable

NONCURRENT_DAYS = 365
"""Days that former versions of a state are retained: to go back to one."""
STATES = ".pulumi/"
"""The prefix of what Pulumi writes."""
RULE = {
    "ID": "former-versions",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "NoncurrentVersionExpiration": {"NoncurrentDays": NONCURRENT_DAYS},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
}


def is_right(s3: Any, bucket: str) -> bool:
    """Whether former versions expire. Raises `Unusable` where a rule of others deletes
    states, or versions of them before their time."""
    rules = [rule for rule in _rules(s3, bucket) if _is_of_states(rule)]
    for rule in rules:
        days = rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays", NONCURRENT_DAYS)
        expires = {"Days", "Date"} & {*rule.get("Expiration", {})}
        if expires or days < NONCURRENT_DAYS:
            what = "states" if expires else f"former versions of states after {days} days"
            raise Unusable(
                f"The lifecycle rule {rule.get('ID', '')} of the bucket {bucket} deletes {what}. "
                f"Fix: limit it to other prefixes than {STATES}, or --bucket with another name"
            )
    return any("NoncurrentVersionExpiration" in rule for rule in rules)


def expire(s3: Any, bucket: str) -> None:
    """Adds the rule; those of others stay."""
    others = _rules(s3, bucket)
    taken = any(rule.get("ID") == RULE["ID"] for rule in others)
    rule = {**RULE, "ID": f"{RULE['ID']}-of-state"} if taken else RULE
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration={"Rules": [*others, rule]}
    )


def _rules(s3: Any, bucket: str) -> list[Mapping[str, Any]]:
    try:
        found: list[Mapping[str, Any]] = s3.get_bucket_lifecycle_configuration(Bucket=bucket)[
            "Rules"
        ]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchLifecycleConfiguration":
            raise
        return []
    return found


def _is_of_states(rule: Mapping[str, Any]) -> bool:
    """Whether an active rule is about what Pulumi writes, which has no tags."""
    chosen = rule.get("Filter", {})
    chosen = chosen.get("And", chosen)
    prefix = str(chosen.get("Prefix", rule.get("Prefix", "")))
    is_tagged = "Tag" in chosen or bool(chosen.get("Tags"))
    return (
        rule.get("Status") == "Enabled"
        and not is_tagged
        and (STATES.startswith(prefix) or prefix.startswith(STATES))
    )
