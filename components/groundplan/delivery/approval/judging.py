"""Whether an approval lets a stack be deployed: all reasons why it does not."""

import datetime
from dataclasses import dataclass
from typing import Any

from groundplan.delivery.approval.differences import Difference, differences
from groundplan.delivery.approval.document import Approval
from groundplan.delivery.approval.recording import Recorded
from groundplan.delivery.approval.signing import SignatureRefused, verify
from groundplan.delivery.approval.store import Store, is_revoked

AHEAD = datetime.timedelta(minutes=5)
"""How far the clocks of two machines may differ."""


@dataclass(frozen=True)
class Refusal:
    """One reason against a deployment."""

    kind: str
    """document, signature, expired, revoked, stack, or the part that differs."""
    message: str
    difference: Difference | None = None


@dataclass(frozen=True)
class Trust:
    """What an approval must satisfy."""

    key: str | None
    """The key that must have signed it; `None` where nothing is signed."""
    kms: Any
    store: Store | None
    """Where revocations are; `None` where there is no store."""
    now: datetime.datetime
    longest: datetime.timedelta | None = None
    """How long an approval may hold; `None` for any time."""


def of_document(approval: Approval, project: str, stack: str, trust: Trust) -> list[Refusal]:
    """The reasons that the document itself has, before anything is recorded."""
    found = []
    subject = approval.subject
    if (subject.project, subject.stack) != (project, stack):
        words = f"it is of {subject.project}/{subject.stack}, not of {project}/{stack}"
        found.append(Refusal("stack", words))
    if trust.now >= approval.expires_at:
        found.append(Refusal("expired", f"it expired at {approval.expires_at.isoformat()}"))
    if approval.approved_at > trust.now + AHEAD:
        words = f"it is of {approval.approved_at.isoformat()}, which has not come"
        found.append(Refusal("expired", words))
    held = approval.expires_at - approval.approved_at
    if trust.longest and held > trust.longest:
        words = f"it holds for {_hours(held)} hours, of at most {_hours(trust.longest)}"
        found.append(Refusal("expired", words))
    if trust.key:
        try:
            verify(approval, trust.key, trust.kms)
        except SignatureRefused as error:
            found.append(Refusal("signature", str(error)))
    if trust.store and is_revoked(trust.store, approval):
        found.append(Refusal("revoked", "it was revoked"))
    return found


def _hours(time: datetime.timedelta) -> str:
    return f"{time / datetime.timedelta(hours=1):g}"


def of_content(approval: Approval, recorded: Recorded) -> list[Refusal]:
    """What differs from what was approved."""
    found = differences(approval.subject, recorded.subject, recorded.live, approval.salt)
    return [Refusal(item.part, str(item), item) for item in found]
