"""The arguments of a service-level objective."""

from typing import NotRequired, TypedDict

from groundplan.arguments import defaults


class ObjectiveArgs(TypedDict):
    """A service-level objective: the share of requests that an endpoint answers well,
    over 30 days. At least one of `availability_percent` and `latency_ms`.

    What the objective leaves over is the error budget: 43 minutes of outage a month at
    99.9 %. Alarms notify at the rate at which it is spent (`groundplan.objectives.
    burn_rates`), whatever the cause: a few failures in a night notify nobody, and an
    outage does so within minutes.
    """

    availability_percent: NotRequired[float]
    """Percentage of requests that are answered without a server error (5xx), from 95 to
    below 100. Default: no such objective. Updates in place."""
    latency_ms: NotRequired[float]
    """Milliseconds within which `latency_percent` of the requests are answered, above
    0. Default: no such objective. Updates in place."""
    latency_percent: NotRequired[float]
    """Percentage of requests that are answered within `latency_ms`, from 95 to below
    100. Requires `latency_ms`. Default: 99. Updates in place."""


OBJECTIVE_DEFAULTS = defaults(ObjectiveArgs, latency_percent=99.0)
