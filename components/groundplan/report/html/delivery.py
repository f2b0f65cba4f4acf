"""The level of delivery on the page: every demand, met or not."""

from collections.abc import Sequence
from dataclasses import dataclass

from groundplan.report.delivery import headline, sentence
from groundplan.report.model import Report


@dataclass(frozen=True)
class DemandRow:
    """A demand of a level."""

    level: str
    name: str
    words: str
    """What it demands; with the reason and the fix where it is not met."""
    is_met: bool


@dataclass(frozen=True)
class Delivery:
    """The level of a stack."""

    summary: str
    rows: Sequence[DemandRow]


def delivery(report: Report) -> Delivery | None:
    """Returns the demands of all levels; `None` where the program failed."""
    assessment = report.delivery
    if assessment is None:
        return None
    rows = [
        DemandRow(
            item.demand.level.value,
            item.demand.name,
            item.demand.summary if item.is_met else sentence(item),
            item.is_met,
        )
        for item in assessment.assessed
    ]
    return Delivery(headline(assessment), rows)
