"""How long CloudWatch Logs can keep events: a closed list of days."""

from groundplan.problems import Problem

DAYS = (
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
)
"""The retentions, in days, that a log group can have.

Source: Amazon CloudWatch Logs API Reference, PutRetentionPolicy, `retentionInDays`.
"""


def problems(key: str, value: object) -> list[Problem]:
    """Returns whether `value`, where it is a known number, is a retention that
    CloudWatch Logs has; the next longer is proposed."""
    if isinstance(value, bool) or not isinstance(value, int) or value in DAYS:
        return []
    longer = next((days for days in DAYS if days >= value), DAYS[-1])
    return [Problem(key, value, f"{', '.join(map(str, DAYS))} (days)", f"use {longer}")]
