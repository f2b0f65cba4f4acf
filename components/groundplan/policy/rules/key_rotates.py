"""Checks that KMS keys rotate."""

from collections.abc import Iterator

from groundplan.catalog.aws.kms import KEY
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import on, unknown


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    if resource.type != KEY.token or not _can_rotate(resource):
        return
    rotation = resource.inputs.get("enableKeyRotation")
    if not on(rotation) and not unknown(rotation):
        reason = (
            f"key {resource.name} doesn't rotate: all data is encrypted with the same key material"
        )
        yield Breach(resource.urn, reason, "enableKeyRotation")


def _can_rotate(key: Resource) -> bool:
    """Returns whether AWS can rotate a key: a symmetric one outside of a custom key
    store."""
    # https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
    spec = key.inputs.get("customerMasterKeySpec", key.inputs.get("keySpec", "SYMMETRIC_DEFAULT"))
    return spec == "SYMMETRIC_DEFAULT" and not key.inputs.get("customKeyStoreId")


RULE = Rule(
    name="key-rotates",
    severity=Severity.MEDIUM,
    summary="KMS keys rotate every year.",
    reason="Rotation limits the data that is encrypted with the same key material.",
    fix="set enable_key_rotation to true; existing data doesn't have to be re-encrypted",
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html#kms-4",
)
