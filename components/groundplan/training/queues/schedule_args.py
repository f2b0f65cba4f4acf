"""The schedule of the queues: its arguments and their validation."""

import re
import zoneinfo
from dataclasses import dataclass
from functools import cache
from typing import NotRequired, TypedDict

from groundplan.arguments import defaults, renamed, with_defaults
from groundplan.problems import Problem
from groundplan.training.choices import RunningJobs, RunningJobsValue


class ScheduleArgs(TypedDict):
    """When the queues close and open. Closed queues admit no jobs, so that idle nodes
    are removed."""

    close: str
    """When the queues close, every day: 19:00. Updates in place."""
    open: str
    """When the queues open: 07:00. Updates in place."""
    time_zone: NotRequired[str]
    """IANA time zone of both times: Europe/Berlin. Default: UTC. Updates in place."""
    weekends: NotRequired[bool]
    """Whether the queues open on Saturdays and Sundays too. Default: false. Updates in
    place."""
    running_jobs: NotRequired[RunningJobsValue]
    """`finish` or `stop`: what happens to running jobs when the queues close. Default:
    finish. Updates in place."""


SCHEDULE_DEFAULTS = defaults(
    ScheduleArgs, time_zone="UTC", weekends=False, running_jobs=RunningJobs.FINISH
)

SCHEDULE_RENAMED = renamed(ScheduleArgs, stop="close", start="open")
"""Former keys, and their names today."""

TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True)
class ScheduleSpec:
    """A schedule with every default filled in."""

    close: str
    open: str
    time_zone: str
    weekends: bool
    running_jobs: RunningJobs


def resolve(args: ScheduleArgs) -> ScheduleSpec:
    """Returns the schedule of valid arguments."""
    own = with_defaults(ScheduleArgs, args)
    return ScheduleSpec(**{**own, "running_jobs": RunningJobs(own["running_jobs"])})


@cache
def _time_zones() -> frozenset[str]:
    """Returns the names of all time zones, which Python reads off hundreds of files."""
    return frozenset(zoneinfo.available_timezones())


def problems(args: ScheduleArgs) -> list[Problem]:
    """Returns the problems of a schedule."""
    problems = []
    for key in ("close", "open"):
        time = args.get(key)
        if isinstance(time, str) and not TIME.fullmatch(time):
            allowed, fix = "a time of day, 00:00 to 23:59", "write it as HH:MM, in quotes in YAML"
            problems.append(Problem(key, time, allowed, fix))
    if not problems and args.get("close") is not None and args.get("close") == args.get("open"):
        allowed, fix = "another time than close", "remove schedule to have the queues open always"
        problems.append(Problem("open", args["open"], allowed, fix))
    zone, zones = args.get("time_zone"), _time_zones()
    # Without time zones in Python, as on a machine without tzdata, the Kubernetes API
    # validates it.
    if isinstance(zone, str) and zones and zone not in zones:
        allowed, fix = "an IANA time zone, such as Europe/Berlin", "name a city, not an offset"
        problems.append(Problem("time_zone", zone, allowed, fix))
    return problems
