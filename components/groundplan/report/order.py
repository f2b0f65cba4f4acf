"""The order of stacks for a reader: those that fail first, then those with the worst
risks, unchanged ones last."""

from collections.abc import Sequence

from groundplan.policy.finding import Severity
from groundplan.report.model import Report
from groundplan.report.up import verdict_of
from groundplan.report.wording import is_unchanged
from groundplan.risk.risk import ORDER
from groundplan.risk.verdict import Status

SEVERITIES, STATUSES = tuple(Severity), tuple(Status)


def ordered(reports: Sequence[Report]) -> list[Report]:
    """Returns the reports in the order of a reader; stacks that are alike keep their
    order."""
    return sorted(reports, key=_key)


def unchanged(reports: Sequence[Report]) -> list[Report]:
    """Returns the reports of stacks without any change."""
    return [report for report in reports if is_unchanged(report)]


def _key(report: Report) -> tuple[bool, bool, int, tuple[int, int], int, int]:
    levels = [ORDER.index(risk.level) for risk in report.open_risks]
    worst = min(levels, default=len(ORDER))
    findings = report.findings if report.changes is None else report.new_findings
    changes = len(report.changes.changes) if report.changes else 0
    return (
        not report.message,
        is_unchanged(report),
        STATUSES.index(verdict_of(report).status),
        (worst, -levels.count(worst)),
        min((SEVERITIES.index(f.severity) for f in findings), default=len(SEVERITIES)),
        -changes,
    )
