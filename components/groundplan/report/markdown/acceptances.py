"""What a comment says of accepted findings and risks."""

from collections.abc import Iterator

from groundplan.report.acceptances import details, verdict
from groundplan.report.judged import Status
from groundplan.report.markdown.fitting import Piece, Section
from groundplan.report.markdown.rank import Rank
from groundplan.report.markdown.render import render
from groundplan.report.model import Report


def acceptances(report: Report) -> Iterator[Section]:
    """Yields the acceptances; one that has expired matters as much as a risk."""
    yield Section(
        tuple(
            Piece(
                Rank.RISK if judged.status is Status.EXPIRED else Rank.FINDING,
                render(
                    "acceptances",
                    "acceptance",
                    verdict(judged),
                    details(judged),
                    judged.status is Status.EXPIRED,
                ),
            )
            for judged in report.acceptances
        ),
        "\n**Accepted**\n\n",
    )
