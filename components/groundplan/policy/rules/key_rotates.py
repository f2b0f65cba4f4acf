"""KMS keys whose material is renewed every year."""

from collections.abc import Iterator

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import on, unknown

KEY = "aws:kms/key:Key"


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    if resource.type != KEY or not _can_rotate(resource):
        return
    rotation = resource.inputs.get("enableKeyRotation")
    if not on(rotation) and not unknown(rotation):
        reason = f"key {resource.name} is never renewed: the longer one key encrypts everything, the more is lost with it"
        yield Breach(resource.urn, reason, "enableKeyRotation")


def _can_rotate(key: Resource) -> bool:
    """AWS rotates symmetric encryption keys only, and none in a key store of one's own."""
    # https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
    spec = key.inputs.get("customerMasterKeySpec", key.inputs.get("keySpec", "SYMMETRIC_DEFAULT"))
    return spec == "SYMMETRIC_DEFAULT" and not key.inputs.get("customKeyStoreId")


RULE = Rule(
    name="key-rotates",
    severity=Severity.MEDIUM,
    summary="Encryption keys are renewed every year.",
    fix="set enable_key_rotation to true; nothing has to be encrypted anew",
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html#kms-4",
)
