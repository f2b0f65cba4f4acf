"""The bucket of the state: private, encrypted, versioned, with versions that nobody
deletes."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan.operations.bootstrap import bucket_policy, lifecycle
from groundplan.operations.bootstrap.key import key_arn
from groundplan.operations.bootstrap.plan import Part, Settings, Status

ABSENT = frozenset(
    {
        "404",
        "NoSuchBucket",
        "NoSuchBucketPolicy",
        "NoSuchPublicAccessBlockConfiguration",
        "ServerSideEncryptionConfigurationNotFoundError",
    }
)
"""Codes of S3 for what does not exist."""

PRIVATE = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


class Taken(Exception):
    """The name of the bucket belongs to another account, or another region."""


def parts(s3: Any, kms: Any, settings: Settings) -> Iterator[Part]:
    """Yields the bucket and its properties."""
    there = _exists(s3, settings)

    def create() -> None:
        more: dict[str, Any] = {}
        if settings.region != "us-east-1":  # S3 API, CreateBucket, LocationConstraint
            more["CreateBucketConfiguration"] = {"LocationConstraint": settings.region}
        s3.create_bucket(
            Bucket=settings.bucket,
            ObjectOwnership="BucketOwnerEnforced",
            **more,
        )

    status = Status.EXISTS if there else Status.CREATE
    yield Part("bucket", status, settings.bucket, (lambda: None) if there else create)
    yield _part(s3, settings, "public access block", "all four", _is_private, _make_private)
    yield _part(s3, settings, "versioning", "Enabled", _is_versioned, _make_versioned)
    yield _part(
        s3,
        settings,
        "encryption",
        f"aws:kms with {settings.key_alias}",
        lambda client, name: _encryption(client, name) == key_arn(kms, settings.key_alias),
        lambda client, name: _encrypt(client, name, key_arn(kms, settings.key_alias)),
    )
    yield _part(
        s3,
        settings,
        "policy",
        "TLS only; nobody deletes versions",
        lambda client, name: not _missing(client, name, settings.partition),
        lambda client, name: _add_statements(client, name, settings.partition),
    )
    yield _part(
        s3,
        settings,
        "lifecycle",
        f"former versions for {lifecycle.NONCURRENT_DAYS} days",
        lifecycle.is_right,
        lifecycle.expire,
    )


def _part(
    s3: Any,
    settings: Settings,
    name: str,
    detail: str,
    is_right: Callable[[Any, str], bool],
    change: Callable[[Any, str], None],
) -> Part:
    there = _exists(s3, settings)
    right = there and is_right(s3, settings.bucket)
    status = Status.EXISTS if right else Status.CHANGE if there else Status.CREATE
    return Part(name, status, detail, lambda: None if right else change(s3, settings.bucket))


def _exists(s3: Any, settings: Settings) -> bool:
    """Returns whether the account has the bucket. Raises `Taken` for another's."""
    try:
        answer = s3.head_bucket(Bucket=settings.bucket, ExpectedBucketOwner=settings.account)
    except ClientError as error:
        code = str(error.response["Error"]["Code"])
        if code in ("404", "NoSuchBucket"):
            return False
        if code in ("301", "400", "PermanentRedirect"):
            raise Taken("is in another region") from None
        if code in ("403", "AccessDenied"):
            raise Taken("belongs to another account, or you may not read it") from None
        raise
    # boto3 follows S3 to the bucket's own region.
    if answer.get("BucketRegion", settings.region) != settings.region:
        raise Taken("is in another region")
    return True


def _get(call: Callable[..., Mapping[str, Any]], bucket: str) -> Mapping[str, Any]:
    """Returns S3's answer; empty for what does not exist."""
    try:
        return call(Bucket=bucket)
    except ClientError as error:
        if str(error.response["Error"]["Code"]) in ABSENT:
            return {}
        raise


def _is_private(s3: Any, bucket: str) -> bool:
    answer = _get(s3.get_public_access_block, bucket)
    return answer.get("PublicAccessBlockConfiguration") == PRIVATE


def _make_private(s3: Any, bucket: str) -> None:
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=PRIVATE)


def _is_versioned(s3: Any, bucket: str) -> bool:
    return _get(s3.get_bucket_versioning, bucket).get("Status") == "Enabled"


def _make_versioned(s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


def _encryption(s3: Any, bucket: str) -> str:
    """Returns the ARN of the key that encrypts objects by default; empty for another
    algorithm."""
    answer = _get(s3.get_bucket_encryption, bucket)
    rules = answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    applied = rules[0].get("ApplyServerSideEncryptionByDefault", {}) if rules else {}
    return str(applied.get("KMSMasterKeyID", ""))


def _encrypt(s3: Any, bucket: str, key: str | None) -> None:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    s3.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]
        },
    )


def _statements(s3: Any, bucket: str) -> list[dict[str, Any]]:
    return bucket_policy.statements(_get(s3.get_bucket_policy, bucket).get("Policy"))


def _missing(s3: Any, bucket: str, partition: str) -> list[dict[str, Any]]:
    """Returns the statements that the policy lacks."""
    return bucket_policy.lacking(_statements(s3, bucket), f"arn:{partition}:s3:::{bucket}")


def _add_statements(s3: Any, bucket: str, partition: str) -> None:
    """Adds the statements that the policy lacks; those of others stay."""
    statements = [*_statements(s3, bucket), *_missing(s3, bucket, partition)]
    document = {"Version": "2012-10-17", "Statement": statements}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document, sort_keys=True))
