"""Accepted findings and risks on the page."""

from collections.abc import Sequence
from dataclasses import dataclass

from groundplan.report.acceptances import about, subject, verdict
from groundplan.report.html.links import Links
from groundplan.report.html.values import Fact, facts
from groundplan.report.judged import Judged, Status
from groundplan.report.model import Report
from groundplan.report.wording import line

LEVELS = {Status.EXPIRED: "high", Status.ACCEPTED: "low", Status.UNUSED: "medium"}


@dataclass(frozen=True)
class AcceptanceCard:
    """An acceptance."""

    level: str
    status: str
    new: bool
    subject: str
    verdict: str
    facts: Sequence[Fact]


def acceptances(report: Report, links: Links) -> list[AcceptanceCard] | None:
    """Returns the acceptances, expired ones first; `None` without any."""
    return [_card(judged, links) for judged in report.acceptances] or None


def _card(judged: Judged, links: Links) -> AcceptanceCard:
    acceptance = judged.acceptance
    covered = [*(f.urn for f in judged.findings), *(risk.urn for risk in judged.risks)]
    urns = list(dict.fromkeys(urn for urn in covered if urn))
    return AcceptanceCard(
        LEVELS[judged.status],
        judged.status.value,
        judged.is_new,
        subject(acceptance),
        verdict(judged),
        facts(
            ("Resource", links.to(urns[0]) if len(urns) == 1 else ""),
            ("Accepted is", about(judged)),
            ("Owner", line(acceptance.owner)),
            ("Reason", line(acceptance.reason)),
            ("Until", str(acceptance.expires)),
            ("From", line(acceptance.source)),
        ),
    )
