"""Judges findings and risks by what is accepted: those do not count in a report, and
what was accepted until yesterday counts again."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import replace

from groundplan.acceptance.acceptance import Acceptance, Subject
from groundplan.manifest.accepted_findings import acceptances, registered_problems
from groundplan.manifest.model import Manifest
from groundplan.policy.finding import Finding
from groundplan.report.acceptance_checks import check, registered
from groundplan.report.judged import Judged, Status
from groundplan.report.model import Report
from groundplan.risk.risk import Risk

ORDER = tuple(Status)


def judged(report: Report, before: Manifest | None, today: datetime.date) -> Report:
    """Returns the report with its acceptances, and without what is accepted. `before`
    is the manifest of the base; what that had accepted isn't a finding that it had."""
    if report.manifest is None:
        return report
    if problems := registered_problems(report.manifest, check(today)):
        return replace(report, message=report.message or registered(problems))
    known = acceptances(before) if before else []
    found = acceptances(report.manifest)
    if not (known or found):
        return report
    of_finding = {f: _covering(found, _key(f), report.stack) for f in report.findings}
    of_risk = {r: _covering(found, _key(r), report.stack) for r in report.risks}
    findings = tuple(f for f in report.findings if not _accepted(of_finding[f], today))
    base = {acceptance.key: acceptance.expires for acceptance in known}
    entries = [_judge(acceptance, of_finding, of_risk, today, report, base) for acceptance in found]
    return replace(
        report,
        findings=findings,
        new_findings=tuple(f for f in findings if _is_new(f, report, bool(of_finding[f]), known)),
        risks=tuple(r for r in report.risks if not _accepted(of_risk[r], today)),
        acceptances=tuple(
            sorted(
                (entry for entry in entries if entry is not None),
                key=lambda e: (ORDER.index(e.status), e.acceptance.expires, e.acceptance.key),
            )
        ),
    )


_Key = tuple[Subject, str, str]


def _key(found: Finding | Risk) -> _Key:
    if isinstance(found, Finding):
        return Subject.RULE, found.rule, found.urn
    return Subject.RISK, found.kind, found.urn


def _covering(of: Iterable[Acceptance], key: _Key, stack: str) -> list[Acceptance]:
    return [acceptance for acceptance in of if acceptance.covers(*key, stack)]


def _accepted(covering: Sequence[Acceptance], today: datetime.date) -> bool:
    return any(not acceptance.is_expired(today) for acceptance in covering)


def _is_new(
    finding: Finding, report: Report, has_expired: bool, known: Sequence[Acceptance]
) -> bool:
    """Returns whether a finding that counts is new. One that somebody had accepted
    until yesterday, or that the base accepts, isn't excused by being in the base
    too."""
    if report.changes is None:
        return False
    if finding in report.new_findings or has_expired:
        return True
    return bool(_covering(known, _key(finding), report.stack))


def _judge(
    acceptance: Acceptance,
    of_finding: dict[Finding, list[Acceptance]],
    of_risk: dict[Risk, list[Acceptance]],
    today: datetime.date,
    report: Report,
    base: dict[tuple[str, ...], datetime.date],
) -> Judged | None:
    """Returns what an acceptance does; `None` for that of a risk where none was
    compared."""
    if acceptance.subject is Subject.RISK and report.changes is None:
        return None
    findings = [f for f, covering in of_finding.items() if acceptance in covering]
    risks = [r for r, covering in of_risk.items() if acceptance in covering]
    status = Status.ACCEPTED if findings or risks else Status.UNUSED
    if acceptance.is_expired(today):
        # Only what no other acceptance covers counts again.
        status = Status.EXPIRED
        findings = [f for f in findings if not _accepted(of_finding[f], today)]
        risks = [r for r in risks if not _accepted(of_risk[r], today)]
    extended = base.get(acceptance.key) != acceptance.expires
    is_new = report.changes is not None and extended
    return Judged(acceptance, status, tuple(findings), tuple(risks), is_new)
