"""What a guard writes to people: what stopped, why, and how it starts again. Pure."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundplan.cost_guard.engine.decision import Kind, Reason, Start, Stop
from groundplan.cost_guard.engine.settings import Settings

SUBJECT_LENGTH = 100
"""Amazon SNS API Reference, Publish: the longest subject."""

DONE = {
    Kind.POOL: "no pod starts there, and its nodes end",
    Kind.ENDPOINT: "deleted; its configuration, model and data stay",
    Kind.NOTEBOOK: "stopped; its disk stays",
    Kind.STUDIO_APP: "deleted; its space and the space's disk stay",
    Kind.TRAINING_JOB: "stopped; its checkpoints stay",
}
CLOSED_POOL = "no pod starts there; what runs may finish"
AGAIN = {
    Kind.NOTEBOOK: "aws sagemaker start-notebook-instance --notebook-instance-name {name}",
    Kind.STUDIO_APP: "open its space in SageMaker Studio and run it",
    Kind.TRAINING_JOB: "submit the job again: it continues from its last checkpoint",
}


def rows(steps: Sequence[Stop | Start]) -> list[dict[str, str]]:
    """Returns the steps as plain data, for the journal."""
    return [
        {
            "what": "start" if isinstance(step, Start) else "stop",
            "kind": step.target.kind.value,
            "name": step.target.name,
            "label": step.target.label,
            "reason": "" if isinstance(step, Start) else step.reason.value,
            "level": "" if isinstance(step, Start) else step.level.name.lower(),
        }
        for step in steps
    ]


def subject(settings: Settings, written: Sequence[Mapping[str, str]]) -> str:
    """Returns the subject of a notification."""
    stops = sum(row["what"] == "stop" for row in written)
    starts = len(written) - stops
    done = ("would stop", "would start") if settings.dry_run else ("stopped", "started")
    parts = [f"{word} {count}" for word, count in zip(done, (stops, starts), strict=True) if count]
    return f"Cost guard of {settings.environment}: {', '.join(parts) or 'reminder'}"[
        :SUBJECT_LENGTH
    ]


def text(
    settings: Settings,
    written: Sequence[Mapping[str, str]],
    counted_usd: float,
    now: datetime.datetime,
    more: Sequence[str] = (),
) -> str:
    """Returns the notification. `written`: the rows of the steps."""
    lines = list(more)
    reasons = dict.fromkeys(row["reason"] for row in written if row["reason"])
    lines += [because(Reason(name), settings, counted_usd, now) for name in reasons]
    if written and settings.dry_run:
        lines.append("Nothing was changed: dryRun is true. It would do this:")
    lines += [line for row in written for line in _of_row(row)]
    return "\n".join(lines)


def because(why: Reason, settings: Settings, counted_usd: float, now: datetime.datetime) -> str:
    """Returns why something stops, and what ends the reason."""
    if why is Reason.EXPIRED:
        return f"The environment was to last until {settings.expires}. Fix: set a later expires"
    if why is Reason.CEILING:
        return (
            f"What may be stopped has cost {counted_usd:.2f} USD this month at list prices, and "
            f"{settings.fixed_usd:.2f} USD are set aside for the rest: the ceiling of "
            f"{settings.ceiling_usd:.2f} USD is near. It starts again next month. Fix: raise "
            "ceiling.usdPerMonth"
        )
    if why is Reason.BUDGET:
        return (
            "A budget of AWS is spent. It starts again next month, or a few hours after its "
            "limit is raised"
        )
    if why is Reason.CLOSED:
        hours = settings.opening_hours
        opens = (
            ""
            if hours is None
            else f"; it opens again at {hours.next_opening(now):%Y-%m-%d %H:%M} UTC"
        )
        return f"The environment is closed{opens}"
    return "It idles, as `groundplan utilization` judges: nobody has used it for days"


def reminder(settings: Settings) -> str:
    """Returns the reminder before an environment expires."""
    return (
        f"{settings.environment} expires after {settings.expires}: what may be stopped stops "
        "then. Data stays. Fix: set a later expires, or `pulumi destroy` it"
    )


def unpriced(keys: Sequence[str]) -> str:
    """Returns the sentence on what could not be counted."""
    return (
        f"Not counted, as no list price is known: {', '.join(sorted(keys))}. The ceiling does not "
        "hold for it. Fix: `groundplan prices refresh`, then `pulumi up`"
    )


def _of_row(row: Mapping[str, str]) -> Iterator[str]:
    kind = Kind(row["kind"])
    name = row["label"] if row["label"] == row["name"] else f"{row['label']} ({row['name']})"
    if row["what"] == "start":
        yield f"- {kind.value} {name}: starts again"
        return
    done = CLOSED_POOL if row["level"] == "closed" else DONE[kind]
    yield f"- {kind.value} {name}: {done}. Start it: {_again(kind, row)}"


def _again(kind: Kind, row: Mapping[str, str]) -> str:
    if kind in AGAIN:
        return AGAIN[kind].format(name=row["name"])
    if row["reason"] == Reason.IDLE.value:
        return "`pulumi up`"
    return "by itself once the reason has ended, or `pulumi up` after dryRun is set to true"


def forwarded(message: Mapping[str, Any]) -> tuple[str, str]:
    """Returns the subject and the text of a message of AWS Budgets or Cost Anomaly
    Detection that came to the guard's topic."""
    subject = str(message.get("Subject") or "AWS cost notification")
    return subject[:SUBJECT_LENGTH], str(message.get("Message") or "")
