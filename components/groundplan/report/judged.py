"""An acceptance and what it does to the findings and risks of a stack."""

from dataclasses import dataclass
from enum import Enum

from groundplan.acceptance.acceptance import Acceptance, Subject
from groundplan.policy.finding import Finding
from groundplan.risk.risk import Risk


class Status(str, Enum):
    """What an acceptance does to what it is about. The loudest first."""

    EXPIRED = "expired"
    ACCEPTED = "accepted"
    UNUSED = "unused"


@dataclass(frozen=True)
class Judged:
    """An acceptance, and what it is about."""

    acceptance: Acceptance
    status: Status
    findings: tuple[Finding, ...] = ()
    risks: tuple[Risk, ...] = ()
    is_new: bool = False
    """Whether this change adds or extends it: the base has none, or another date."""

    @property
    def number(self) -> int:
        """How many findings and risks it is about."""
        return len(self.findings) + len(self.risks)


def tally(judged: tuple[Judged, ...]) -> str:
    """`2 accepted, 1 acceptance EXPIRED`, for a summary line; empty without any."""
    accepted = sum(entry.number for entry in judged if entry.status is Status.ACCEPTED)
    expired = sum(entry.status is Status.EXPIRED for entry in judged)
    noun = "acceptance" if expired == 1 else "acceptances"
    parts = (
        f"{accepted:,} accepted" if accepted else "",
        f"{expired:,} {noun} EXPIRED" if expired else "",
    )
    return ", ".join(part for part in parts if part)


def needs_attention(judged: Judged) -> bool:
    """Returns whether a reviewer has to see it although nothing else changes. That no
    risk of a change matches is as it should be after the change."""
    if judged.status is Status.UNUSED:
        return judged.acceptance.subject is Subject.RULE
    return judged.is_new or judged.status is Status.EXPIRED
