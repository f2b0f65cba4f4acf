"""Validates the arguments of a CostGuard."""

import datetime
import re
import zoneinfo
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeGuard

from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.cost_guard.component.args import (
    CostGuardArgs,
    GuardCeilingArgs,
    GuardScheduleArgs,
    GuardStopsArgs,
)
from groundplan.facts import regions
from groundplan.lambda_functions import operation
from groundplan.problems import Problem, did_you_mean, one_of, under, whole_number
from groundplan.storage import arns
from groundplan.storage.prefixes import prefix_problems
from groundplan.tags import MAX_KEY

MAX_NAME = 42
"""Characters of the component's name: a role has 64 (IAM quotas), of which
`-schedule-role` and Pulumi's suffix take 22."""
MAX_BUDGET = 100
"""Characters of a budget's name (AWS Budgets API, Budget)."""
SUFFIX = 8
"""Characters that Pulumi adds."""
IN_BUDGET = re.compile(r"[\w.=+@-]+(?: [\w.=+@-]+)*")
"""Names of teams and models that a budget's name and a tag may have."""
TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
DAY = re.compile(r"2\d{3}-\d{2}-\d{2}")
"""The guard adds a day and subtracts up to 90: not from the year 1, not to 10000."""
LEAST_USD, MOST_USD = 0.01, 1_000_000_000
"""Budgets have cents; above, an amount is a mistake."""
MOST_NOTIFICATIONS = 10
"""Notifications of a budget (AWS Budgets API, Notification: "up to ten notifications"),
with that of the forecast."""
PRODUCTION = "prod"
STOPPING = ("pools", "endpoints", "notebooks", "studio_domains", "training_jobs")
DOMAIN = re.compile(r"d-(-*[a-z0-9]){1,61}")
"""Amazon SageMaker API, `DomainId`."""


def validate(args: CostGuardArgs, context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    found: list[Problem] = []
    if len(context.name) > MAX_NAME:
        allowed = f"at most {MAX_NAME} characters: its roles are named after it"
        found.append(Problem("name", context.name, allowed, "rename the component"))
    found += _budgets(args, context)
    found += _stops(args, context)
    if "ceiling" in args:
        found += under("ceiling", _ceiling(args["ceiling"]))
    if "schedule" in args:
        found += under("schedule", _schedule(args["schedule"]))
    found += _expiry(args.get("expires"))
    if "remind_days_before" in args and "expires" not in args:
        allowed = "nothing without expires: it is the day that is reminded of"
        found.append(
            Problem("remind_days_before", args["remind_days_before"], allowed, "set expires")
        )
    found += whole_number("remind_days_before", args.get("remind_days_before"), 1, 90, "days")
    found += whole_number("interval_minutes", args.get("interval_minutes"), 5, 60, "minutes")
    if "anomalies" in args:
        found += _usd("anomalies.min_usd", args["anomalies"].get("min_usd"))
        monitor = args["anomalies"].get("monitor_arn")
        found += arns.in_account("anomalies.monitor_arn", monitor, "ce", "anomalymonitor/")
    if "data_export" in args:
        export = args["data_export"]
        found += arns.name_problems("data_export.bucket_name", export.get("bucket_name"))
        region = export.get("bucket_region")
        found += one_of("data_export.bucket_region", region, regions.names())
        found += prefix_problems("data_export.prefix", f"{export.get('prefix', 'costs')}/")
    for index, arn in enumerate(args.get("endpoint_key_arns", ())):
        found += arns.key_problems(f"endpoint_key_arns[{index}]", arn)
    found += _operation(args)
    return found


def _operation(args: CostGuardArgs) -> Iterator[Problem]:
    # Lambda quotas: function memory.
    yield from whole_number("memory_mb", args.get("memory_mb"), 256, 10240, "MB")
    yield from operation.problems(args)
    yield from arns.key_problems("kms_key_arn", args.get("kms_key_arn"))
    yield from arns.key_problems("topic_key_arn", args.get("topic_key_arn"))
    yield from arns.of_service("topic_arn", args.get("topic_arn"), "sns")
    prefix = with_defaults(CostGuardArgs, args)["journal_prefix"]
    if not prefix:
        allowed = "a folder: the function would write to the whole bucket"
        yield Problem("journal_prefix", "", allowed, "name the folder")
    else:
        yield from prefix_problems("journal_prefix", prefix)


def _budgets(args: CostGuardArgs, context: Context) -> Iterator[Problem]:
    yield from _usd("usd_per_month", args.get("usd_per_month"))
    for group in ("teams", "models"):
        limits: Mapping[str, Any] = args.get(group, {})  # type: ignore[assignment]
        most = MAX_BUDGET - SUFFIX - len(context.name) - len(group)
        for name, usd in limits.items():
            key = f"{group}.{name}"
            yield from _usd(key, usd)
            if not IN_BUDGET.fullmatch(name) or len(name) > most:
                allowed = (
                    f"a name of at most {most} letters, digits and . = + @ - _, which AWS allows"
                )
                yield Problem(key, name, allowed, "rename it")
    endpoints = args.get("endpoints", {})
    for name in args.get("models", {}):
        if name not in endpoints:
            yield _unknown(f"models.{name}", name, endpoints, "an endpoint of `endpoints`")
    percents = args.get("actual_percents", ())
    for index, percent in enumerate(percents):
        yield from whole_number(f"actual_percents[{index}]", percent, 1, 1000, "percent")
        if percent in percents[:index]:
            yield Problem(f"actual_percents[{index}]", percent, "each percent once", "remove it")
    if len(percents) >= MOST_NOTIFICATIONS:
        allowed = (
            f"at most {MOST_NOTIFICATIONS - 1}: a budget has {MOST_NOTIFICATIONS} notifications"
        )
        yield Problem("actual_percents", len(percents), allowed, "remove some")
    yield from whole_number("forecast_percent", args.get("forecast_percent"), 1, 1000, "percent")
    tags = args.get("allocation_tags", ())
    for index, key in enumerate(tags):
        if not key.strip() or len(key) > MAX_KEY:
            allowed = f"the key of a tag, 1 to {MAX_KEY} characters, not only spaces"
            yield Problem(f"allocation_tags[{index}]", key, allowed, "name the key")
        elif key in tags[:index]:
            yield Problem(f"allocation_tags[{index}]", key, "each key once", "remove it")


def _stops(args: CostGuardArgs, context: Context) -> Iterator[Problem]:
    stops = args.get("stops", {})
    filled = with_defaults(GuardStopsArgs, stops)
    yield from whole_number("stops.at_percent", stops.get("at_percent"), 50, 200, "percent")
    named = [key for key in STOPPING if filled[key]]
    if named and PRODUCTION in context.stack and not args.get("allow_production", False):
        allowed = "nothing in production, unless allow_production is true"
        yield Problem(f"stops.{named[0]}", filled[named[0]], allowed, "remove stops")
    yield from _named(args, filled)
    yield from _domains(filled["studio_domains"])
    for key in ("notebooks", "training_jobs"):
        if filled[key] and not args.get("tags"):
            allowed = "false without tags: what is the environment's is known by them"
            yield Problem(f"stops.{key}", value=True, allowed=allowed, fix="set tags")
    if filled["idle"] and not (filled["notebooks"] or filled["endpoints"]):
        allowed = "false, or with notebooks or endpoints that may be stopped"
        yield Problem("stops.idle", value=True, allowed=allowed, fix="set notebooks: true")
    if not named:
        yield from _unread_without_stops(args)


def _unread_without_stops(args: CostGuardArgs) -> Iterator[Problem]:
    """Yields what has no effect where nothing may be stopped."""
    stops, fix = args.get("stops", {}), "name what may be stopped in stops"
    allowed = "nothing where nothing may be stopped"
    for key in ("schedule", "expires", "ceiling"):
        if key in args:
            yield Problem(key, "set", allowed, fix)
    if "at_percent" in stops:
        yield Problem("stops.at_percent", stops["at_percent"], allowed, fix)
    if not args.get("dry_run", True):
        yield Problem("dry_run", value=False, allowed=allowed, fix=f"{fix}, or remove it")
    if args.get("allow_production", False):
        yield Problem("allow_production", value=True, allowed=allowed, fix=f"{fix}, or remove it")


def _named(args: CostGuardArgs, filled: Mapping[str, Any]) -> Iterator[Problem]:
    """Yields the problems of names of pools and endpoints."""
    for key, known, what in (
        ("pools", args.get("node_groups", {}), "a pool with a managed node group"),
        ("endpoints", args.get("endpoints", {}), "an endpoint of `endpoints`"),
    ):
        for index, name in enumerate(filled[key]):
            if name not in known:
                yield _unknown(f"stops.{key}[{index}]", name, known, what)
            elif name in filled[key][:index]:
                yield Problem(f"stops.{key}[{index}]", name, "each name once", "remove it")


def _domains(domains: Sequence[str]) -> Iterator[Problem]:
    for index, domain in enumerate(domains):
        if not DOMAIN.fullmatch(domain) or domain in domains[:index]:
            allowed = "IDs of SageMaker Studio domains, each once: d-abcdefghijkl"
            fix = "copy it from `aws sagemaker list-domains`"
            yield Problem(f"stops.studio_domains[{index}]", domain, allowed, fix)


def _ceiling(ceiling: GuardCeilingArgs) -> Iterator[Problem]:
    yield from _usd("usd_per_month", ceiling.get("usd_per_month"))
    for key in ("fixed_usd_per_month", "reserve_usd_per_hour"):
        yield from _usd(key, ceiling.get(key), zero=True)
    most, fixed = ceiling.get("usd_per_month"), ceiling.get("fixed_usd_per_month")
    if _is_amount(most) and _is_amount(fixed) and fixed >= most:
        allowed = f"less than usd_per_month, {most:g}: nothing else could ever run"
        yield Problem("fixed_usd_per_month", fixed, allowed, "raise usd_per_month")


def _schedule(schedule: GuardScheduleArgs) -> Iterator[Problem]:
    times = (schedule.get("open"), schedule.get("close"))
    for key, time in zip(("open", "close"), times, strict=True):
        if isinstance(time, str) and not TIME.fullmatch(time):
            allowed = "a time of day, 00:00 to 23:59"
            yield Problem(key, time, allowed, "write it as HH:MM, in quotes in YAML")
    if times[0] is not None and times[0] == times[1]:
        yield Problem("close", times[1], "another time than open", "remove schedule")
    yield from one_of("time_zone", schedule.get("time_zone"), time_zones())


@cache
def time_zones() -> frozenset[str]:
    """Returns the names of all time zones, which Python reads off hundreds of files."""
    return frozenset(zoneinfo.available_timezones())


def _expiry(day: object) -> Iterator[Problem]:
    if not isinstance(day, str):
        return
    try:
        if DAY.fullmatch(day):
            datetime.date.fromisoformat(day)
            return
    except ValueError:
        pass
    fix = "write it as 2027-03-31, in quotes in YAML"
    yield Problem("expires", day, "a day from 2000-01-01 to 2999-12-31", fix)


def _unknown(key: str, name: str, known: Mapping[str, Any], what: str) -> Problem:
    fix = did_you_mean(name, sorted(known), str) or "remove it"
    return Problem(key, name, f"{what}: {', '.join(sorted(known)) or 'there is none'}", fix)


def _usd(key: str, value: object, *, zero: bool = False) -> Iterator[Problem]:
    if value is None or (_is_amount(value) and _is_in_range(value, zero=zero)):
        return
    allowed = f"a number from {0 if zero else LEAST_USD} to {MOST_USD} (USD)"
    yield Problem(key, value, allowed, "set what it may cost")


def _is_in_range(value: float, *, zero: bool) -> bool:
    return (0 if zero else LEAST_USD) <= value <= MOST_USD


def _is_amount(value: object) -> TypeGuard[int | float]:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")
    )
