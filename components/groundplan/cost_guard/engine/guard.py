"""One run of the guard: read, count, decide, record, act, notify."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.cost_guard.engine import (
    billing,
    idleness,
    jobs,
    messages,
    pools,
    serving,
    studio,
)
from groundplan.cost_guard.engine.decision import (
    Kind,
    Situation,
    Start,
    Stop,
    Stopped,
    Target,
    after,
    decide,
)
from groundplan.cost_guard.engine.journal import Journal, Run
from groundplan.cost_guard.engine.ledger import Ledger, month_of
from groundplan.cost_guard.engine.reading import Reading
from groundplan.cost_guard.engine.settings import Settings
from groundplan.facts import prices
from groundplan.operations.utilization.account import Account

NEAR_END = datetime.timedelta(hours=1)


class Incomplete(Exception):
    """Some of what was decided could not be done; the next run tries again."""


@dataclass(frozen=True)
class Outcome:
    """What a run came to."""

    counted_usd: float
    steps: Sequence[Mapping[str, str]] = field(default_factory=tuple)
    problems: Sequence[str] = ()

    def to_data(self) -> dict[str, Any]:
        """Returns the outcome as plain data: the answer of the function."""
        return {
            "countedUsd": round(self.counted_usd, 4),
            "steps": [dict(step) for step in self.steps],
            "problems": list(self.problems),
        }


def run(settings: Settings, account: Account, now: datetime.datetime) -> Outcome:
    """Runs the guard once. Raises `Incomplete` after all else is done and recorded."""
    journal = Journal(
        account.client("s3"), settings.bucket, settings.prefix, settings.kms_key_arn or None
    )
    last = journal.last(now)
    data: Mapping[str, Any] = {} if last is None else last.data
    ledger = Ledger.from_data(data["ledger"]) if data else Ledger(month_of(now))
    stopped: Stopped = data.get("stopped", {})
    reading = read(settings, account, ledger, now, stopped)
    ledger = ledger.counted(reading.uses, now)
    is_new_day = not data or str(data["at"])[:10] != f"{now:%Y-%m-%d}"
    idle = idleness.Idle()
    if settings.idle and is_new_day:
        # Once a day: it is judged by weeks, and AWS charges for metrics.
        idle = idleness.idle(
            account, settings.endpoints, settings.tags, reading.book, reading.targets, now
        )
    situation = judge(settings, account, reading, ledger, idle.targets)
    steps = list(decide(reading.targets, situation, stopped))
    written = messages.rows(steps)
    reported = idle.reported if settings.idle and is_new_day else data.get("idle", ())
    news = [
        *_news(settings, data, written, reading, now),
        *(line for line in reported if line not in data.get("idle", ())),
    ]
    acting = [] if settings.dry_run else steps
    recorded = journal.add(
        last,
        now,
        {
            "at": now.isoformat(),
            "ledger": ledger.to_data(),
            "stopped": after(acting, reading.targets, stopped),
            "steps": written,
            "news": [*_unsent(journal, last), *news],
            "reminded": settings.expires if _is_near_expiry(settings, now) else "",
            "unpriced": sorted(reading.unpriced),
            "idle": list(reported),
            "dryRun": settings.dry_run,
        },
    )
    if recorded is None:
        return Outcome(ledger.usd)  # another run is under way, and does the same
    problems = [problem for step in acting if (problem := _act(account, settings, step))]
    _notify(settings, account, journal, recorded, ledger, now)
    if problems:
        raise Incomplete("; ".join(problems))
    return Outcome(ledger.usd, written)


def read(
    settings: Settings,
    account: Account,
    ledger: Ledger,
    now: datetime.datetime,
    stopped: Stopped,
) -> Reading:
    """Returns what may be stopped, and what it costs."""
    book = prices.of(account.region)
    reading = Reading(now, ledger.until - NEAR_END, book, stopped)
    if settings.cluster and settings.pools:
        pools.read(account, settings.cluster, settings.pools, reading)
    serving.read(account, settings.endpoints, reading)
    if settings.notebooks:
        jobs.read_notebooks(account, settings.tags, reading)
    studio.read(account, settings.studio_domains, reading)
    if settings.training_jobs:
        jobs.read_training_jobs(account, settings.tags, reading)
    return reading


def judge(
    settings: Settings,
    account: Account,
    reading: Reading,
    ledger: Ledger,
    idle: frozenset[str] = frozenset(),
) -> Situation:
    """Returns what decides in this run."""
    now, hours, expiry = reading.now, settings.opening_hours, settings.expiry
    ceiling = settings.ceiling(reading.usd_per_hour_at_most)
    return Situation(
        expired=expiry is not None and now >= expiry,
        near_ceiling=ceiling is not None and bool(ceiling.must_stop(ledger.usd)),
        over=billing.over(account, settings.account_id, settings.scopes, now),
        open=hours is None or hours.is_open(now),
        idle=idle,
    )


def _act(account: Account, settings: Settings, step: Stop | Start) -> str:
    """Does a step. Returns why it could not be done; empty if it was."""
    target = step.target
    try:
        _done(account, settings, step)
    except pools.Busy as error:
        return str(error)
    except aws.CREDENTIALS:
        raise
    except (ClientError, BotoCoreError) as error:
        return f"{target.kind.value} {target.label}: {aws.words(error)}"
    return ""


def _done(account: Account, settings: Settings, step: Stop | Start) -> None:
    target = step.target
    if isinstance(step, Start):
        if target.kind is Kind.POOL:
            pools.start(account, settings.cluster, target, step.was)
        else:
            serving.start(account, target, step.was)
        return
    stops: Mapping[Kind, Callable[[Account, Target], None]] = {
        Kind.ENDPOINT: serving.stop,
        Kind.NOTEBOOK: jobs.stop_notebook,
        Kind.STUDIO_APP: studio.stop,
        Kind.TRAINING_JOB: jobs.stop_training_job,
    }
    if target.kind is Kind.POOL:
        pools.stop(account, settings.cluster, target, step.level)
    else:
        stops[target.kind](account, target)


def _is_near_expiry(settings: Settings, now: datetime.datetime) -> bool:
    expiry = settings.expiry
    days = datetime.timedelta(days=settings.remind_days_before)
    return expiry is not None and expiry - days <= now < expiry


def _news(
    settings: Settings,
    last: Mapping[str, Any],
    written: Sequence[Mapping[str, str]],
    reading: Reading,
    now: datetime.datetime,
) -> list[Any]:
    """Returns what there is to say: of a dry run, and of what is repeated, once."""
    found: list[Any] = []
    if _is_near_expiry(settings, now) and last.get("reminded") != settings.expires:
        found.append(messages.reminder(settings))
    if reading.unpriced and sorted(reading.unpriced) != last.get("unpriced"):
        found.append(messages.unpriced(sorted(reading.unpriced)))
    before = list(last.get("steps", ()))
    found += [dict(row) for row in written if dict(row) not in before]
    return found


def _unsent(journal: Journal, last: Run | None) -> list[Any]:
    """Returns what the last run had to say and did not: it failed in between."""
    if last is None or not last.data.get("news") or journal.is_announced(last):
        return []
    return list(last.data["news"])


def _notify(
    settings: Settings,
    account: Account,
    journal: Journal,
    recorded: Run,
    ledger: Ledger,
    now: datetime.datetime,
) -> None:
    news = recorded.data["news"]
    if not news or not settings.topic_arn:
        return
    written = [row for row in news if not isinstance(row, str)]
    more = [line for line in news if isinstance(line, str)]
    account.client("sns").publish(
        TopicArn=settings.topic_arn,
        Subject=messages.subject(settings, written),
        Message=messages.text(settings, written, ledger.usd, now, more),
    )
    journal.announce(recorded)
