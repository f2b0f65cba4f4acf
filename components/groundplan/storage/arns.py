"""Validates ARNs and names of existing resources, if they are known before
deployment."""

import re

from groundplan.problems import Problem

KEY = re.compile(r"arn:[^:]+:kms:[^:]+:\d{12}:key/[\w-]+")
BUCKET = re.compile(r"arn:[^:]+:s3:::[^/:*]+")
NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
ACCOUNT = re.compile(r"\d{12}")


def key_problems(key: str, value: object) -> list[Problem]:
    """Returns the problem of a key's ARN. IAM compares keys by their ARNs: an alias or
    an ID matches nothing in a policy."""
    fix = "use the key's ARN, not its alias or its ID"
    return _problems(
        key, value, KEY, "the ARN of a KMS key, arn:aws:kms:<region>:<account>:key/<id>", fix
    )


def bucket_problems(key: str, value: object) -> list[Problem]:
    """Returns the problem of a bucket's ARN."""
    return _problems(
        key,
        value,
        BUCKET,
        "the ARN of a bucket, arn:aws:s3:::<name>",
        "use the bucket's ARN, not its name",
    )


def name_problems(key: str, value: object) -> list[Problem]:
    """Returns the problem of a bucket's name. Source: S3 User Guide, "General purpose
    bucket naming rules"."""
    fix = "use the bucket's name, not its ARN or its URL"
    return _problems(
        key,
        value,
        NAME,
        "the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens",
        fix,
    )


def account_problems(key: str, value: object) -> list[Problem]:
    """Returns the problem of an account's ID."""
    return _problems(key, value, ACCOUNT, "the ID of an AWS account, 12 digits in quotes", "")


def _problems(
    key: str, value: object, pattern: re.Pattern[str], allowed: str, fix: str
) -> list[Problem]:
    if not isinstance(value, str) or pattern.fullmatch(value):
        return []
    return [Problem(key, value, allowed, fix)]
