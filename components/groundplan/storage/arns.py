"""The formats of ARNs, names and account IDs, for values that are known before
deployment."""

import re

from groundplan.problems import Problem

KEY = re.compile(r"arn:[^:]+:kms:[^:]+:\d{12}:key/[\w-]+")
BUCKET = re.compile(r"arn:[^:]+:s3:::[^/:*]+")
NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
ACCOUNT = re.compile(r"\d{12}")


def key_problems(key: str, value: object) -> list[Problem]:
    """Returns the problem of a value that is not the ARN of a KMS key.

    IAM compares keys by their ARNs: in a policy, an alias or a bare ID matches nothing.
    """
    fix = "use the key's ARN, not its alias or its ID"
    return _problems(
        key, value, KEY, "the ARN of a KMS key, arn:aws:kms:<region>:<account>:key/<id>", fix
    )


def bucket_problems(key: str, value: object) -> list[Problem]:
    """Returns the problem of a value that is not the ARN of a bucket."""
    return _problems(
        key,
        value,
        BUCKET,
        "the ARN of a bucket, arn:aws:s3:::<name>",
        "use the bucket's ARN, not its name",
    )


def name_problems(key: str, value: object) -> list[Problem]:
    """Returns the problem of a value that is not the name of a bucket. Source: S3 User
    Guide, "General purpose bucket naming rules"."""
    fix = "use the bucket's name, not its ARN or its URL"
    return _problems(
        key,
        value,
        NAME,
        "the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens",
        fix,
    )


def account_problems(key: str, value: object) -> list[Problem]:
    """Returns the problem of a value that is not the ID of an AWS account."""
    return _problems(key, value, ACCOUNT, "the ID of an AWS account, 12 digits in quotes", "")


def of_service(key: str, value: object, service: str, resource: str = "") -> list[Problem]:
    """Returns the problem of a value that is not the ARN of a resource of a service.

    `resource`: how the part after the account begins, such as `role/`.
    """
    region = "" if service == "iam" else "[a-z0-9-]+"
    pattern = re.compile(rf"arn:aws[a-z-]*:{service}:{region}:\d{{12}}:{resource}[\w+=,.@/:-]+")
    place = "" if service == "iam" else "<region>"
    allowed = f"an ARN: arn:aws:{service}:{place}:<account>:{resource}..."
    return _problems(key, value, pattern, allowed, "use the ARN, not the name or the ID")


def in_account(key: str, value: object, service: str, resource: str) -> list[Problem]:
    """Returns the problem of a value that is not the ARN of a resource of a service
    without regions."""
    pattern = re.compile(rf"arn:aws[a-z-]*:{service}::\d{{12}}:{resource}[\w+=,.@/:-]+")
    allowed = f"an ARN: arn:aws:{service}::<account>:{resource}..."
    return _problems(key, value, pattern, allowed, "use the ARN, not the name or the ID")


def _problems(
    key: str, value: object, pattern: re.Pattern[str], allowed: str, fix: str
) -> list[Problem]:
    if not isinstance(value, str) or pattern.fullmatch(value):
        return []
    return [Problem(key, value, allowed, fix)]
