"""`make rehearse`: a model's whole life, on this machine.

Exit codes: 0 every step passed, 1 a step failed, which is named.
"""

import contextlib
import json
import logging
import pathlib
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

import click
from rich.console import Console
from rich.markup import escape

from rehearsal.life import experiments
from rehearsal.life.life import Life, beginning
from rehearsal.machine import mlflow_server
from rehearsal.machine.beside import Beside, beside
from rehearsal.machine.tools import Used, promtool
from rehearsal.report.report import document, page
from rehearsal.report.timeline import Step, StepFailed
from rehearsal.stack import STACK, NotPreviewed, manifest

REPORT = pathlib.Path("build", "rehearsal.html")


class Printed:
    """The timeline, as it grows."""

    def __init__(self, console: Console, status: Any) -> None:
        self._console, self._status = console, status

    def changed(self, step: Step) -> None:
        """Shows a step that begins, or prints one that has ended."""
        if step.ended is None:
            self._status.update(f"{step.began:%H:%M} {escape(step.name)} ...")
            return
        style = "green" if step.passed else "bold red"
        name = f"[{style}]{'ok  ' if step.passed else 'FAIL'}[/] {escape(step.name)}"
        self._console.print(f"{step.ended:%H:%M} {name}", highlight=False, soft_wrap=True)
        result = escape(step.result)
        self._console.print(f"           [dim]{result}[/]", highlight=False, soft_wrap=True)

    def beside(self, step: Mapping[str, Any]) -> None:
        """Prints a step of the life beside this one."""
        style = "green" if step["passed"] else "bold red"
        name = f"[{style}]{'ok  ' if step['passed'] else 'FAIL'}[/] {escape(step['name'])}"
        self._console.print(f"{step['seconds']:4.0f}s {name}", highlight=False, soft_wrap=True)
        result = escape(step["result"])
        self._console.print(f"           [dim]{result}[/]", highlight=False, soft_wrap=True)


@contextlib.contextmanager
def shown(quiet: bool) -> Iterator[Printed]:
    """The time in which the timeline is shown."""
    console = Console(stderr=quiet, quiet=quiet)
    with console.status("previewing the stack ...") as status:
        yield Printed(console, status)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=pathlib.Path),
    default=REPORT,
    show_default=True,
    help="Where the HTML report is written.",
)
@click.option(
    "--requests",
    type=click.IntRange(4, 60),
    default=6,
    show_default=True,
    help="Requests a minute of simulated traffic.",
)
def main(as_json: bool, report: pathlib.Path, requests: int) -> None:
    """Take a model through its whole life, in an account in memory that is created from
    Pulumi.rehearsal.yaml. Needs no AWS account.

    Exit codes: 0 every step passed, 1 a step failed, which is named.
    """
    logging.getLogger("moto").setLevel(logging.CRITICAL)
    begun, failed, reason, life = time.monotonic(), "", "", None
    tools: list[Used] = []
    with beside() as service, mlflow_server.beside() as mlflow, shown(as_json) as printed:
        try:
            with beginning(manifest(), printed.changed, requests) as life:
                life.mlflow = mlflow
                try:
                    life.live()
                    tools = used(life)
                    tools += lived(service, printed)
                except StepFailed as error:
                    failed, reason = error.step, error.reason
                finally:
                    write(report, page(life, tools, failed, service.steps))
        except NotPreviewed as error:
            failed, reason = f"the preview of {STACK}", str(error)
        except StepFailed as error:
            failed, reason = error.step, error.reason
    seconds = time.monotonic() - begun
    if as_json and life is not None:
        click.echo(json.dumps(document(life, tools, failed, reason, service.steps), sort_keys=True))
    elif as_json:
        click.echo(json.dumps({"passed": False, "failed_step": failed, "reason": reason}))
    elif life is not None and not failed:
        click.echo(summary(life, tools, seconds, report))
    if failed:
        click.echo(f"rehearsal: {failed} failed: {reason}", err=True)
        sys.exit(1)


def used(life: Life) -> list[Used]:
    """Has this machine's tools read what the product wrote. Raises `StepFailed`."""
    found = promtool(life.account, life.people.bucket, "monitoring/")
    if not found.passed:
        raise StepFailed(found.tool, found.result)
    return [found, experiments.used(life)]


def lived(service: Beside, printed: Printed) -> list[Used]:
    """Waits for the life beside this one. Raises `StepFailed` if a step of it
    failed."""
    service.wait()
    for step in service.steps:
        printed.beside(step)
    if service.failed:
        raise StepFailed(service.failed, service.reason)
    return service.tools()


def summary(life: Life, tools: list[Used], seconds: float, report: pathlib.Path) -> str:
    """Returns the last lines of a rehearsal that passed."""
    account, simulated = life.account, life.account.clock.now - life.timeline.steps[0].began
    steps, hours = len(life.timeline.steps), simulated.seconds // 3600
    calls, decisions = f"{account.calls:,}", f"{account.guard.decisions:,}"
    lines = [
        f"{steps} steps in {hours} simulated hours, {seconds:.0f} seconds of this machine",
        f"{calls} calls; {decisions} decisions of the plan's policies, none refused",
        *(f"{tool.tool}: {tool.result}" for tool in tools),
        f"report: {report}",
    ]
    return "\n".join(lines)


def write(report: pathlib.Path, text: str) -> None:
    """Writes the report."""
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(text, encoding="utf-8")


def ended(*_: Any) -> None:
    """Ends this process as an error would: what runs beside it ends, too."""
    sys.exit(143)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, ended)
    main()
