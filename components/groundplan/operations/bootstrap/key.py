"""The KMS key of the state, by its alias."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan.operations.bootstrap.plan import Part, Settings, Status, Unusable

ENABLED, ENCRYPTS, SYMMETRIC = "Enabled", "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT"
DESCRIPTION = "Pulumi state and secrets"


def parts(kms: Any, settings: Settings) -> Iterator[Part]:
    """Yields the key and its rotation."""
    arn = key_arn(kms, settings.key_alias)

    def create() -> None:
        answer = kms.create_key(
            Description=DESCRIPTION, Tags=[{"TagKey": "managed-by", "TagValue": "groundplan"}]
        )
        key = answer["KeyMetadata"]["KeyId"]
        try:
            kms.create_alias(AliasName=settings.key_alias, TargetKeyId=key)
        except ClientError:
            # A key without an alias is none that the next run would find.
            kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
            raise

    yield Part(
        "KMS key",
        Status.EXISTS if arn else Status.CREATE,
        settings.key_alias,
        (lambda: None) if arn else create,
    )
    arn = key_arn(kms, settings.key_alias)
    rotates = bool(arn) and kms.get_key_rotation_status(KeyId=arn)["KeyRotationEnabled"]

    def rotate() -> None:
        kms.enable_key_rotation(KeyId=key_arn(kms, settings.key_alias))

    yield Part(
        "key rotation",
        _status(bool(arn), rotates),
        "every year",
        (lambda: None) if rotates else rotate,
    )


def key_arn(kms: Any, alias: str) -> str | None:
    """Returns the ARN of the alias's key; None without one. Raises `Unusable` for one
    that can't encrypt."""
    try:
        key = kms.describe_key(KeyId=alias)["KeyMetadata"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NotFoundException":
            return None
        raise
    if key.get("KeyState", ENABLED) != ENABLED:
        raise Unusable(
            f"The key {alias} is {key['KeyState']}. Fix: enable it (a deletion can be cancelled), "
            "or --key-alias with another name"
        )
    if key.get("KeyUsage", ENCRYPTS) != ENCRYPTS or key.get("KeySpec", SYMMETRIC) != SYMMETRIC:
        raise Unusable(
            f"The key {alias} is {key['KeySpec']} for {key['KeyUsage']}; a bucket needs "
            f"{SYMMETRIC} for {ENCRYPTS}. Fix: --key-alias with another name"
        )
    return str(key["Arn"])


def _status(there: bool, right: bool) -> Status:
    if not there:
        return Status.CREATE
    return Status.EXISTS if right else Status.CHANGE
