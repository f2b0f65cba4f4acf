"""The gates of `groundplan preview --fail-on`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from groundplan.report.gates import Gate
    from groundplan.report.model import Report

GATE_FAILED = 3
"""Exit code of a preview that ran and fails a gate of --fail-on."""

NEEDS_BASE = ("up", "changes", "risk", "accepted")
"""Gates that compare: without --base they would never fail."""


class GateFailed(click.ClickException):
    """A gate of --fail-on failed."""

    exit_code = GATE_FAILED

    def show(self, _file: Any = None) -> None:
        click.echo(self.message, err=True)


def parse(text: str, base: str) -> Sequence["Gate"]:
    """Returns the gates of --fail-on. Raises `UsageError` for one that could not
    fail."""
    if not text:
        return ()
    from groundplan.report import gates

    try:
        requested = gates.parse(text)
    except gates.GateError as error:
        raise click.UsageError(str(error)) from None
    for gate in requested:
        if gate.kind in NEEDS_BASE and not base:
            raise click.UsageError(
                f"--fail-on {gate.kind} compares two revisions. Fix: name the other one with --base"
            )
    return requested


def check(reports: Sequence["Report"], requested: Sequence["Gate"]) -> None:
    """Raises `GateFailed` where one of the gates is broken."""
    if requested:
        from groundplan.report import gates

        broken = gates.broken(reports, requested)
        if broken:
            raise GateFailed("\n".join(broken))
