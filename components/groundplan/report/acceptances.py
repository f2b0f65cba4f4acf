"""Accepted findings and risks as the text of a report."""

from groundplan.acceptance.acceptance import Acceptance, Subject
from groundplan.policy.finding import Severity
from groundplan.report.judged import Judged, Status
from groundplan.report.wording import count, line, name_in
from groundplan.risk.risk import Level


def words(judged: Judged) -> str:
    """Returns the acceptance as a sentence, for every output that is text."""
    return f"{verdict(judged)} {details(judged)}"


def verdict(judged: Judged) -> str:
    """Returns what counts: `Accepted until 2027-02-28: bucket-versioned of
    data-logs.`"""
    acceptance = judged.acceptance
    what = subject(acceptance)
    if judged.status is Status.ACCEPTED:
        new = ", by this change itself" if judged.is_new else ""
        return f"Accepted until {acceptance.expires}{new}: {what}{_level(judged)}."
    if judged.status is Status.EXPIRED:
        again = (
            f"{count(judged.number, 'finding' if judged.findings else 'risk')} "
            f"{'counts' if judged.number == 1 else 'count'} again"
            if judged.number
            else "nothing matches it, so it can be removed"
        )
        return f"EXPIRED on {acceptance.expires}: the acceptance of {what}; {again}."
    return f"Unused: the acceptance of {what} until {acceptance.expires}; nothing matches it."


def details(judged: Judged) -> str:
    """Who accepts it, why, and where: `Owner: ml-platform. Reason: ...`"""
    acceptance = judged.acceptance
    source = f" ({line(acceptance.source)})" if acceptance.source else ""
    reason = line(acceptance.reason).rstrip(".")
    what = about(judged)
    accepted = f" Accepted is: {what}" if what else ""
    return f"Owner: {line(acceptance.owner)}. Reason: {reason}.{source}{accepted}"


def about(judged: Judged) -> str:
    """Returns what is accepted, in the words of the finding or risk; empty where it
    counts: it is in the report then."""
    if judged.status is not Status.ACCEPTED or not judged.number:
        return ""
    sentences = [f"{line(finding.reason).rstrip('.')}." for finding in judged.findings]
    sentences += [line(risk.words) for risk in judged.risks]
    more = len(sentences) - 1
    return sentences[0] + (f" And {more:,} more." if more else "")


def subject(acceptance: Acceptance) -> str:
    """`bucket-versioned of data-logs`, `the risk data-loss of data-logs`."""
    risk = "the risk " if acceptance.subject is Subject.RISK else ""
    several = "every " if acceptance.is_pattern else ""
    resource = name_in(acceptance.resource)
    return f"{risk}{line(acceptance.name)} of {several}{line(resource)}"


def _level(judged: Judged) -> str:
    """Returns the worst severity or level of what is accepted: ` (high)`."""
    severities = [finding.severity for finding in judged.findings]
    levels = [risk.level for risk in judged.risks]
    worst = [s.value for s in Severity if s in severities] + [n.value for n in Level if n in levels]
    return f" ({worst[0]})" if worst else ""
