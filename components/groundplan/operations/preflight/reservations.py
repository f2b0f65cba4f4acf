"""Whether reservations and Capacity Blocks exist, match, have room, and are within
their window."""

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.operations.preflight import pools, subnets
from groundplan.operations.preflight.finding import Finding, Stage, Unchecked
from groundplan.operations.preflight.plan import Plan
from groundplan.operations.preflight.pools import Pool
from groundplan.operations.preflight.reader import Missing, Reader, entries

CHECK = "reservations"

SOON = datetime.timedelta(days=7)
"""An end that is nearer than this is reported."""


def check(
    plan: Plan, account: Reader, now: datetime.datetime | None = None
) -> Iterator[Finding | Unchecked]:
    """Yields a finding for each pool whose reservation can't be used."""
    now = now or datetime.datetime.now(datetime.UTC)
    for pool in pools.of(plan):
        if not pool.reservation:
            continue
        if not pool.reservation.startswith("cr-"):
            yield Unchecked(CHECK, pool.resource.name, f"{pool.reservation} is a group")
            continue
        try:
            answer = account.read(
                "ec2",
                "describe_capacity_reservations",
                region=pool.region,
                CapacityReservationIds=[pool.reservation],
            )
            found = entries(answer, "CapacityReservations")
        except Missing:
            found = []
        if not found:
            need = f"{pool.reservation} in {pool.region}"
            yield _finding(pool, need, "there is no such reservation", "name an existing one")
            continue
        yield from _of(plan, account, pool, found[0], now)


def _of(
    plan: Plan,
    account: Reader,
    pool: Pool,
    entry: Mapping[str, Any],
    now: datetime.datetime,
) -> Iterator[Finding]:
    kind, state = str(entry.get("InstanceType")), str(entry.get("State"))
    start, end = _time(entry.get("StartDate")), _time(entry.get("EndDate"))
    if state in ("expired", "cancelled", "failed", "unavailable") or (end and end <= now):
        words = f"{state}, ended {_day(end)}" if end else state
        yield _finding(
            pool, f"{pool.reservation}, active", f"it is {words}", "reserve capacity again"
        )
        return
    if start and start > now:
        yield _finding(
            pool,
            f"{pool.reservation}, active now",
            f"it starts on {_day(start)}",
            f"run `up` after {_day(start)}, or keep the pool at 0 until then",
        )
    if kind not in pool.types:
        yield _finding(
            pool,
            " or ".join(pool.types),
            f"{pool.reservation} is for {kind}",
            f"use {kind}, or another reservation",
        )
    zone = str(entry.get("AvailabilityZone", ""))
    names = subnets.zones(plan, account, pool)
    if zone and names and zone not in names:
        yield _finding(
            pool,
            f"a subnet in {zone}, where {pool.reservation} is",
            f"its subnets are in {', '.join(sorted(names))}",
            f"add a subnet in {zone}",
        )
    free, total = int(entry.get("AvailableInstanceCount") or 0), entry.get("TotalInstanceCount")
    count = pool.most or pool.now
    if total is not None and count > int(total):
        stage = Stage.UP if pool.now > int(total) else Stage.SCALING
        limit = f"{pool.reservation} has {total}"
        yield _finding(pool, f"{count} instances", limit, "lower max_size", stage)
    elif state == "active" and pool.now > free and not plan.is_deployed(pool.resource):
        limit = f"{pool.reservation} has {free} of {total} free"
        yield _finding(pool, f"{pool.now} instances", limit, "stop what uses it")
    if end and datetime.timedelta() < end - now < SOON:
        yield _finding(
            pool,
            pool.reservation,
            f"it ends on {_day(end)}",
            "reserve capacity for the time after it",
            Stage.LATER,
        )


def _finding(pool: Pool, need: str, limit: str, fix: str, stage: Stage | None = None) -> Finding:
    if stage is None:
        stage = Stage.UP if pool.now else Stage.SCALING
    return Finding(
        CHECK, pool.resource.urn, need, limit, fix, stage, pool.region, source=pool.resource.source
    )


def _time(value: Any) -> datetime.datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime.datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=datetime.UTC)


def _day(value: datetime.datetime | None) -> str:
    return f"{value:%Y-%m-%d %H:%M} UTC" if value else ""
