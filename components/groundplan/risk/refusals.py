"""Changes in place that a provider or a service refuses, so that `pulumi up` fails."""

from collections.abc import Iterator

from groundplan.risk.context import ChangeContext
from groundplan.risk.risk import Level, Risk
from groundplan.risk.wording import change_text

REFUSED = "refused"


def refused(context: ChangeContext) -> Iterator[Risk]:
    """The reasons for which an update is refused, each with the properties that it is
    about."""
    reasons: dict[str, list[str]] = {}
    for change in context.change.refusals:
        texts = reasons.setdefault(change.refused, [])
        texts.append(change_text(change.path, change.old, change.new))
    for why, texts in reasons.items():
        yield context.risk(
            Level.MEDIUM,
            REFUSED,
            f"the update of {context.subject} is refused: {why}.",
            "; ".join(texts[:5]),
            prevents_up=True,
        )
