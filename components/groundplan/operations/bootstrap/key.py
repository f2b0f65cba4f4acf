"""The KMS key of the state, by its alias."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan.operations.bootstrap.plan import Part, Settings, Status

DESCRIPTION = "Pulumi state and secrets"


def parts(kms: Any, settings: Settings) -> Iterator[Part]:
    """Yields the key and its rotation."""
    arn = key_arn(kms, settings.key_alias)

    def create() -> None:
        created = kms.create_key(
            Description=DESCRIPTION, Tags=[{"TagKey": "managed-by", "TagValue": "groundplan"}]
        )
        kms.create_alias(AliasName=settings.key_alias, TargetKeyId=created["KeyMetadata"]["KeyId"])

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
    """Returns the ARN of the alias's key; None without one."""
    try:
        return str(kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "NotFoundException":
            return None
        raise


def _status(there: bool, right: bool) -> Status:
    if not there:
        return Status.CREATE
    return Status.EXISTS if right else Status.CHANGE
