"""Signatures of approvals, by a KMS key that only approvers may sign with."""

from typing import Any

from groundplan.delivery.approval.document import Approval, Signature

ALGORITHM = "ECDSA_SHA_256"
"""Of keys with the spec ECC_NIST_P256 (KMS Developer Guide, "Key spec reference")."""


class SignatureRefused(Exception):
    """The signature isn't one of the key; the message says why."""


def sign(approval: Approval, key: str, kms: Any) -> Approval:
    """The approval with the signature of a key."""
    answer = kms.sign(
        KeyId=key,
        Message=approval.message_digest(),
        MessageType="DIGEST",
        SigningAlgorithm=ALGORITHM,
    )
    return approval.signed(Signature(answer["KeyId"], ALGORITHM, answer["Signature"]))


def verify(approval: Approval, key: str, kms: Any) -> None:
    """Raises `SignatureRefused` unless the key signed exactly this approval. The key is
    what the caller trusts, never what the document names."""
    if approval.signature is None:
        raise SignatureRefused(f"it has no signature, and {key} must have signed it")
    try:
        answer = kms.verify(
            KeyId=key,
            Message=approval.message_digest(),
            MessageType="DIGEST",
            Signature=approval.signature.value,
            SigningAlgorithm=ALGORITHM,
        )
    except kms.exceptions.KMSInvalidSignatureException:
        answer = {"SignatureValid": False}
    if not answer["SignatureValid"]:
        by = approval.signature.key
        why = f"{by} signed it" if by != key else "it was changed after the signature"
        raise SignatureRefused(f"{key} did not sign it: {why}")
