"""`groundplan retraining ...`: runs that retrain a model."""

import sys
import uuid
from collections.abc import Callable
from typing import Any

import click

from groundplan.command_line.answers import answer, stack_command
from groundplan.command_line.errors import CommandError
from groundplan.retraining.commands import tables
from groundplan.retraining.commands.connection import connected
from groundplan.retraining.engine.names import ALARMING

Command = Callable[..., None]


def _reason(command: Command) -> Command:
    option = click.option("--reason", required=True, help="Why, for the record.")
    return option(command)


def _run(command: Command) -> Command:
    option = click.option("--run", "run_id", default="", help="The run. Default: the open one.")
    return option(command)


_name = click.argument("name", metavar="[NAME]", required=False)


@click.group()
def retraining() -> None:
    """Runs that train the model of an endpoint again, compare it with the champion, and
    release it if it is better."""


@retraining.command(
    epilog="""
\b
Examples:
  groundplan retraining start churn --reason "a new season"
  groundplan retraining start churn --reason "the fault is mended" --again
\b
A run is begun if it is needed and the budget allows it; `status` shows what came of it.
Exit codes: 0 it is asked for, 1 it was refused, 2 the command was misused.
"""
)
@_name
@_reason
@click.option(
    "--again",
    is_flag=True,
    help="Try data again that was tried against this champion before.",
)
@click.option(
    "--id",
    "identity",
    default=lambda: uuid.uuid4().hex[:12],
    metavar="ID",
    help="Names the request: the same twice is one. Default: a random one.",
)
@stack_command
def start(name: str | None, reason: str, again: bool, identity: str, **where: Any) -> None:
    """Ask for a run."""
    from groundplan.retraining.engine import person

    with connected(name, where) as connection:
        event = person.start(connection.pipeline, identity, reason, connection.caller(), again)
        # The trigger is recorded: if this fails, the next look acts on it.
        execution = connection.execute(event)
    data = {"id": identity, "execution": execution}
    carried = execution or "the next look of the CronJob"
    answer(where, data, lambda: f"A run is asked for ({identity}): {carried}")


@retraining.command(
    epilog="\b\nExample:\n  groundplan retraining status churn --json\n\b\n"
    "Exit codes: 0 the last run did not fail, 1 it failed, was rolled back or could not be read,\n"
    "2 the command was misused."
)
@_name
@stack_command
def status(name: str | None, **where: Any) -> None:
    """What is open, what waits, and how the last run ended. Exit code 1 if it failed or
    was rolled back."""
    from groundplan.retraining.engine import timeline

    with connected(name, where) as connection:
        found = timeline.status(connection.pipeline.context.journal)
        endpoint = connection.pipeline.context.settings.endpoint
    answer(where, found, lambda: tables.status(endpoint, found))
    if found["last"] and found["last"]["outcome"] in ALARMING and not found["open"]:
        sys.exit(1)


@retraining.command(
    "list",
    epilog="\b\nExample:\n  groundplan retraining list churn --limit 5\n\b\n"
    "Exit codes: 0 listed, 1 they could not be read, 2 the command was misused.",
)
@_name
@click.option(
    "--limit",
    default=20,
    show_default=True,
    type=click.IntRange(1, 1000),
    help="How many, newest first.",
)
@stack_command
def list_(name: str | None, limit: int, **where: Any) -> None:
    """The runs of an endpoint, newest first."""
    from groundplan.retraining.engine import timeline

    with connected(name, where) as connection:
        rows = timeline.runs(connection.pipeline.context.journal, limit)
        endpoint = connection.pipeline.context.settings.endpoint
    answer(where, rows, lambda: tables.runs(endpoint, rows))


@retraining.command(
    epilog="\b\nExample:\n  groundplan retraining show churn --run 5bd76dfb0451de4b\n\b\n"
    "Exit codes: 0 shown, 1 there is no such run, 2 the command was misused."
)
@_name
@click.option("--run", "run_id", default="", help="The run. Default: the newest.")
@stack_command
def show(name: str | None, run_id: str, **where: Any) -> None:
    """One run: its steps with their times, its faults, its cost and its outcome."""
    from groundplan.retraining.engine import timeline

    with connected(name, where) as connection:
        journal = connection.pipeline.context.journal
        newest = next((row["run"] for row in timeline.runs(journal, 1)), "")
        found = timeline.run(journal, run_id or newest)
    if found is None:
        what = f"There is no run {run_id}" if run_id else "There are no runs yet"
        raise CommandError(f"{what}. Fix: see `groundplan retraining list`")
    answer(where, found, lambda: tables.run(found))


@retraining.command(
    epilog="""
\b
Example:
  groundplan retraining approve churn --reason "AUC 0.92, champion 0.90"
\b
Where the endpoint asks for two persons: not by who registered the version.
Exit codes: 0 approved, 1 it was refused, 2 the command was misused.
"""
)
@_name
@_run
@_reason
@stack_command
def approve(name: str | None, run_id: str, reason: str, **where: Any) -> None:
    """Approve the version of the open run; it is released then."""
    from groundplan.retraining.engine import person

    with connected(name, where) as connection:
        run = person.open_run(connection.pipeline, run_id)
        version = person.approve(run, reason)
    data = {"run": run.plan.run, "version": version}
    answer(where, data, lambda: f"Run {run.plan.run}: {version} is approved")


@retraining.command(
    epilog="""
\b
Example:
  groundplan retraining refuse churn --reason "biased on segment B"
\b
The champion serves on. What was released is taken back by `groundplan release rollback`.
Exit codes: 0 refused, 1 no run is open or it is released, 2 the command was misused.
"""
)
@_name
@_run
@_reason
@stack_command
def refuse(name: str | None, run_id: str, reason: str, **where: Any) -> None:
    """Refuse the version of the open run, or end the run before it has one."""
    from groundplan.retraining.engine import person

    with connected(name, where) as connection:
        run = person.open_run(connection.pipeline, run_id)
        refused = person.refuse(run, reason, connection.caller())
    data = {"run": run.plan.run, "refused": refused}
    answer(where, data, lambda: f"Refused: {refused}")
