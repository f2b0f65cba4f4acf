"""The objectives of an endpoint, complete."""

from dataclasses import dataclass

from groundplan.arguments import with_defaults
from groundplan.objectives.args import ObjectiveArgs
from groundplan.problems import MISSING, Problem

LEAST_PERCENT = 95
"""The highest burn rate, 14.4, of a larger error budget than 5 % is more than all
requests: an alarm on it would never go into ALARM state."""


@dataclass(frozen=True)
class Objective:
    """What share of requests is good, of the availability or of the latency."""

    role: str
    """`availability` or `latency`, for names of alarms."""
    percent: float
    latency_ms: float | None = None
    """None for the availability."""

    @property
    def budget(self) -> float:
        """The share of requests that may be bad, from 0 to 1."""
        return round(1 - self.percent / 100, 6)

    @property
    def runbook(self) -> str:
        """Its file in docs/runbooks."""
        return f"objective-{self.role}.md"

    @property
    def summary(self) -> str:
        """The objective as the end of a sentence."""
        if self.latency_ms is None:
            return f"{self.percent:g} % of the requests answered without a server error"
        return f"{self.percent:g} % of the requests answered within {self.latency_ms:g} ms"


def resolve(args: ObjectiveArgs) -> tuple[Objective, ...]:
    """Returns the objectives of an endpoint."""
    own = with_defaults(ObjectiveArgs, args)
    found: list[Objective] = []
    if "availability_percent" in args:
        found.append(Objective("availability", args["availability_percent"]))
    if "latency_ms" in args:
        found.append(Objective("latency", own["latency_percent"], args["latency_ms"]))
    return tuple(found)


def problems(args: ObjectiveArgs) -> list[Problem]:
    """Returns the problems of an objective."""
    found: list[Problem] = []
    if "availability_percent" not in args and "latency_ms" not in args:
        allowed = "a percentage of requests: availability_percent, latency_ms or both"
        found.append(Problem("availability_percent", MISSING, allowed, "add one, or remove it"))
    for key, usual in (("availability_percent", 99.9), ("latency_percent", 99)):
        percent = args.get(key)
        if isinstance(percent, int | float) and not LEAST_PERCENT <= percent < 100:
            allowed = (
                f"a number from {LEAST_PERCENT} to below 100 (percent): a lower one has no burn "
                "rate that notifies of an outage, and no service never fails"
            )
            found.append(Problem(key, percent, allowed, f"use {usual}"))
    latency = args.get("latency_ms")
    if latency is not None and latency <= 0:
        found.append(Problem("latency_ms", latency, "a number above 0 (milliseconds)"))
    if "latency_percent" in args and latency is None:
        fix = "add latency_ms, or remove it"
        found.append(Problem("latency_percent", args["latency_percent"], "with latency_ms", fix))
    return found
