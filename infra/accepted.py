"""Validates the accepted findings of a stack file, which previews and the policy pack
read: nothing is wired to them."""

from groundplan.acceptance import validation
from groundplan.problems import Problem, under
from settings import Settings


def problems(settings: Settings) -> list[Problem]:
    """Returns the problems of the accepted findings. That one ends more than a year
    ahead is for a preview to say: a program's result depends on no clock."""
    entries = settings.get("accepted_findings", ())
    if not entries:
        return []
    # Imported where needed only: they take a while.
    from groundplan.policy.rules import RULES
    from groundplan.risk.kinds import NAMES

    rules = [rule.name for rule in RULES]
    return [
        problem
        for place, entry in enumerate(entries)
        for problem in under(
            f"accepted_findings[{place}]",
            [*validation.validate(entry), *validation.of_names(entry, rules, NAMES)],
        )
    ]
