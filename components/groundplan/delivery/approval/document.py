"""The document of an approval: what was approved, by whom, until when, and the
signature."""

import base64
import datetime
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from groundplan.delivery.approval.canonical import digest, text
from groundplan.delivery.approval.subject import Subject
from groundplan.manifest import json_text

FORMAT = 1
PURPOSE = "groundplan approval"
"""Part of what is signed: a signature of anything else is none of an approval."""

LARGEST = 64 << 20
"""Bytes of a document that is read. One of 1000 resources has 2 MB."""


class DocumentError(Exception):
    """A document that is no approval; the message says why."""


@dataclass(frozen=True)
class Signature:
    """The signature of a KMS key."""

    key: str
    """ARN of the key, as KMS returned it."""
    algorithm: str
    value: bytes


@dataclass(frozen=True)
class Approval:
    """An approval of one subject."""

    subject: Subject
    salt: str
    """Of the digests of values that the document must not show."""
    approver: str
    """Who approved: the ARN of the caller, or a name where there is no AWS."""
    approved_at: datetime.datetime
    expires_at: datetime.datetime
    reason: str = ""
    signature: Signature | None = None
    sealed_by: str = ""
    """Who ran `groundplan approve`: the ARN of the caller, or the user of the machine.
    `approver` is no more than a name where it differs."""

    def content(self) -> dict[str, Any]:
        """Everything but the signature, as data for JSON."""
        return {
            "format": FORMAT,
            "purpose": PURPOSE,
            "digests": self.subject.digests(),
            "salt": self.salt,
            "approver": self.approver,
            "sealed_by": self.sealed_by,
            "approved_at": self.approved_at.isoformat(),
            "expires_at": self.expires_at.isoformat(),
            "reason": self.reason,
            "subject": self.subject.to_data(),
        }

    def message_digest(self) -> bytes:
        """What is signed: SHA-256 of the canonical JSON of the content."""
        return hashlib.sha256(text(self.content()).encode()).digest()

    @property
    def name(self) -> str:
        """The name of the approval: the beginning of the digest of its content."""
        return digest(self.content()).removeprefix("sha256:")[:16]

    def signed(self, signature: Signature) -> "Approval":
        """The approval with its signature."""
        return replace(self, signature=signature)

    def to_json(self) -> str:
        """The document as JSON text."""
        data = self.content()
        if self.signature:
            data["signature"] = {
                "key": self.signature.key,
                "algorithm": self.signature.algorithm,
                "value": base64.b64encode(self.signature.value).decode(),
            }
        return json_text.dumps(data) + "\n"


def read(content: bytes) -> Approval:
    """The approval in a document. Raises `DocumentError` for another document, and for
    one whose digests aren't those of its content."""
    if len(content) > LARGEST:
        raise DocumentError(f"it has more than {LARGEST >> 20} MB")
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        raise DocumentError("it is not JSON") from None
    if not isinstance(data, dict) or data.get("purpose") != PURPOSE:
        raise DocumentError("it is no approval of `groundplan approve`")
    if data.get("format") != FORMAT:
        raise DocumentError(f"its format is {data.get('format')!r}, which this version can't read")
    try:
        approval = _approval(data)
        _check_digests(data["digests"], approval.subject)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        raise DocumentError("it is incomplete or was changed") from None
    return approval


def _approval(data: Mapping[str, Any]) -> Approval:
    signature = data.get("signature")
    if len(bytes.fromhex(data["salt"])) < 16:
        raise ValueError("salt")
    return Approval(
        subject=Subject.from_data(data["subject"]),
        salt=data["salt"],
        approver=_line(data["approver"]),
        approved_at=_time(data["approved_at"]),
        expires_at=_time(data["expires_at"]),
        reason=_line(data["reason"]),
        sealed_by=_line(data["sealed_by"]),
        signature=Signature(
            signature["key"],
            signature["algorithm"],
            base64.b64decode(signature["value"], validate=True),
        )
        if signature
        else None,
    )


def _line(value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError("not a line of text")
    return value


def _time(value: str) -> datetime.datetime:
    found = datetime.datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError(value)
    return found


def _check_digests(named: Mapping[str, str], subject: Subject) -> None:
    actual = subject.digests()
    changed = sorted(name for name in {*named, *actual} if named.get(name) != actual.get(name))
    if changed:
        raise DocumentError(f"it was changed after the approval: {', '.join(changed)}")
