"""Runs as a terminal shows them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType

FACTS = ("run", "outcome", "step", "reason", "dataset", "champion", "version", "message")


def runs(endpoint: str, rows: Sequence[Mapping[str, Any]]) -> "RenderableType":
    """Returns the runs of an endpoint, newest first."""
    from rich.table import Table

    if not rows:
        return f"{endpoint} has no runs yet."
    table = Table(title=f"retraining of {endpoint}", title_justify="left")
    for column in ("run", "begun", "outcome", "USD", "reason"):
        table.add_column(column)
    for row in rows:
        outcome = row["outcome"] or f"open: {row['step']}"
        table.add_row(row["run"], row["begun"], outcome, _usd(row), row["reason"])
    return table


def run(data: Mapping[str, Any]) -> "RenderableType":
    """One run, and what happened to it."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    facts = Table.grid(padding=(0, 2))
    for key in FACTS:
        if data[key]:
            facts.add_row(key, Text(str(data[key]), overflow="fold"))
    facts.add_row("cost", f"{_usd(data)} USD")
    events = Table(title="events", title_justify="left")
    for column in ("at", "step", ""):
        events.add_column(column)
    for event in data["events"]:
        events.add_row(event["at"], event["step"], Text(event["message"], overflow="fold"))
    return Group(facts, events)


def status(endpoint: str, data: Mapping[str, Any]) -> str:
    """Returns what is open, what waits, and how the last run ended."""
    current, last = data["open"], data["last"]
    lines = [
        f"{endpoint}: run {current['run']} is open, at {current['step']}: {current['reason']}"
        if current
        else f"{endpoint}: no run is open"
    ]
    if last:
        lines.append(f"last: run {last['run']}, {last['outcome']} {last['ended']}")
        lines.append(f"  {last['message']}")
    lines += [f"waits: {each['trigger']}: {each.get('reason', '')}" for each in data["waiting"]]
    return "\n".join(lines)


def _usd(row: Mapping[str, Any]) -> str:
    if row["usd"] is None:
        return f"up to {row['reserved_usd']:.2f}"
    return f"{row['usd']:.2f}"
