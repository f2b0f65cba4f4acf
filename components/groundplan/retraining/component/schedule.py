"""What a schedule and the cool-down say together."""

from collections.abc import Mapping
from typing import Any

from groundplan.arguments import with_defaults
from groundplan.eventbridge import schedule_expressions
from groundplan.problems import Problem, whole_number
from groundplan.retraining.component.args import RetrainingPipelineArgs

EXPRESSION, WITHIN = "triggers.schedule_expression", "triggers.expected_within_hours"
MOST_HOURS = 168
"""CloudWatch API, PutMetricAlarm: periods of an hour or more evaluate seven days at the
most."""


def problems(args: RetrainingPipelineArgs) -> list[Problem]:
    """Returns the problems of the schedule."""
    triggers: Mapping[str, Any] = args.get("triggers", {})
    expression, within = triggers.get("schedule_expression"), triggers.get("expected_within_hours")
    found = whole_number(WITHIN, within, 1, MOST_HOURS, "hours")
    if expression is None:
        if within is not None:
            fix = f"set {EXPRESSION}, or remove it"
            found.append(Problem(WITHIN, within, "nothing without a schedule", fix))
        return found
    found += schedule_expressions.problems(EXPRESSION, expression)
    gaps = schedule_expressions.gaps(expression)
    if gaps is None:
        return found
    cool_down = with_defaults(RetrainingPipelineArgs, args)["cool_down_hours"]
    if cool_down >= gaps.shortest:
        allowed = (
            f"less than {gaps.shortest:g} hours, the shortest time between two runs of "
            f"{EXPRESSION}: the cool-down would refuse the next one"
        )
        fix = f"lower it, or let {EXPRESSION} begin fewer runs"
        found.append(Problem("cool_down_hours", cool_down, allowed, fix))
    if within is not None and within < gaps.longest:
        allowed = f"at least {gaps.longest:g}, the hours between two runs of {EXPRESSION}"
        fix = "raise it" if gaps.longest <= MOST_HOURS else "remove it"
        found.append(Problem(WITHIN, within, allowed, fix))
    return found
