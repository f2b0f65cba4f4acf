"""Which level of delivery a stack meets, as the text of a report."""

from collections.abc import Iterator

from groundplan.delivery_levels.assessment import Assessed, Assessment
from groundplan.report.model import Report
from groundplan.report.wording import count, line

MOST = 3
"""Shortfalls of one demand that are named."""


def headline(assessment: Assessment) -> str:
    """`Delivery level: continuous-integration. Declared: continuous-delivery, which
    lacks 2 demands.`"""
    met = assessment.met.value if assessment.met else "none"
    text = f"Delivery level: {met}"
    if assessment.declared is None:
        return text
    lacking = assessment.lacking
    if not lacking:
        return f"{text}. Declared: {assessment.declared.value}, which is met"
    return f"{text}. Declared: {assessment.declared.value}, which lacks {_demands(len(lacking))}"


def lines(report: Report) -> Iterator[str]:
    """Yields what a preview says of the level of delivery: a line, and one for each
    demand of the declared level that is not met."""
    assessment = report.delivery
    if assessment is None:
        return
    following = assessment.next_level
    if assessment.declared is None and following:
        number = _demands(len(assessment.unmet(following)))
        yield f"{headline(assessment)} ({following.value}: {number} more)"
        return
    yield headline(assessment)
    yield from (f"  {text}" for text in sentences(assessment))


def sentences(assessment: Assessment) -> Iterator[str]:
    """Yields what the declared level lacks, or else what the next one demands: a
    sentence for each demand."""
    missing = assessment.lacking
    if assessment.declared is None and assessment.next_level:
        missing = assessment.unmet(assessment.next_level)
    yield from (sentence(item) for item in missing)


def title(assessment: Assessment) -> str:
    """Returns what the sentences are about; empty where there are none."""
    if assessment.declared:
        return f"{assessment.declared.value} lacks" if assessment.lacking else ""
    following = assessment.next_level
    return f"{following.value} would need" if following else ""


def sentence(item: Assessed) -> str:
    """A demand that is not met: `gates: endpoint churn has no gates. Fix: ...`"""
    named = "; ".join(line(one.reason) for one in item.shortfalls[:MOST])
    more = len(item.shortfalls) - MOST
    others = f"; and {count(more, 'more', 'more')}" if more > 0 else ""
    return f"{item.demand.name}: {named}{others}. Fix: {item.demand.fix}"


def _demands(number: int) -> str:
    return count(number, "demand")
