"""The rehearsal as one HTML page that needs nothing else, and as plain data."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from rehearsal.clock import BEGIN
from rehearsal.life.life import Life
from rehearsal.machine.tools import Used
from rehearsal.permissions.comparison import compared
from rehearsal.report import plots


def page(
    life: Life,
    tools: Sequence[Used],
    failed: str = "",
    service: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Returns the page. `failed` names the step that failed; `service` has the steps of
    the life on a cluster."""
    environment = Environment(
        loader=FileSystemLoader(pathlib.Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    over = plots.axis(life)
    account = life.account
    return environment.get_template("report.html.jinja").render(
        stack=life.manifest.stack,
        failed=failed,
        steps=life.timeline.steps,
        hours=round((account.clock.now - BEGIN).total_seconds() / 3600, 1),
        calls=account.calls,
        decisions=account.guard.decisions,
        refusals=[str(refusal) for refusal in account.guard.refusals],
        lines=plots.lines(life, over),
        marks=plots.marks(life, over),
        axis=over,
        width=plots.WIDTH,
        height=plots.HEIGHT,
        roles=list(compared(account.guard)),
        tools=tools,
        service=service,
    )


def document(
    life: Life,
    tools: Sequence[Used],
    failed: str,
    reason: str,
    service: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Returns the rehearsal as data for JSON."""
    account = life.account
    return {
        "stack": life.manifest.stack,
        "passed": not failed,
        "failed_step": failed or None,
        "reason": reason or None,
        "calls": account.calls,
        "decisions": account.guard.decisions,
        "refusals": [str(refusal) for refusal in account.guard.refusals],
        "timeline": life.timeline.as_data(),
        "service": list(service),
        "roles": [
            {
                "role": role.role,
                "used": role.used,
                "unused": [vars(entry) for entry in role.unused],
                "extra": len(role.extra),
            }
            for role in compared(account.guard)
        ],
        "tools": [vars(tool) for tool in tools],
    }
