"""`groundplan destroy-check`: what a destroy would delete, refuse and leave."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from groundplan.command_line import deployed_state
from groundplan.command_line.registered import Program, program_options
from groundplan.command_line.stack_options import json_option

if TYPE_CHECKING:
    from groundplan.manifest.model import Resource
    from groundplan.report.destruction import Destruction

HARMFUL = 3


@click.command(
    epilog="""
\b
Examples:
  groundplan destroy-check dev                              what `pulumi destroy` comes to
  groundplan destroy-check prod -c deletionProtection=false once protection is removed
  pulumi stack export -s prod | groundplan destroy-check prod --state -
                                                            what is deployed, not what is written
\b
Exit codes: 0 nothing is refused, lost or left, 1 the program failed, 2 the command was misused,
3 something is.
"""
)
@program_options
@deployed_state.state_option
@json_option
def destroy_check(
    program: Program,
    state_file: str,
    as_json: bool,
) -> None:
    """Show what `pulumi destroy` would delete for good, refuse, and leave behind.

    Changes nothing, and needs no account. A destroy reads the state: with --state, what
    is deployed; without, what the program registers. Default of STACK: the only one, or
    dev.
    """
    from rich.console import Console

    from groundplan.manifest import json_text
    from groundplan.report.destruction import destruction

    if state_file:
        program.refuse_inputs("--state")

    with Console(stderr=True).status("reading what the stack has"):
        manifest = (
            deployed_state.read(state_file, program.stack or "")
            if state_file
            else program.manifest()
        )
        found = destruction(manifest)
    if as_json:
        click.echo(json_text.dumps(data(found)))
    else:
        click.echo("\n".join(lines(found, manifest.project)))
    if not found.is_harmless:
        sys.exit(HARMFUL)


def data(found: "Destruction") -> dict[str, Any]:
    """Returns the result as data for JSON."""
    return {
        "stack": found.stack,
        "refused": [_resource(resource) for resource in found.refused],
        "stuck": [_resource(resource) for resource in found.stuck],
        "lost": [
            {"urn": risk.urn, "level": risk.level.value, "words": risk.words, "why": risk.because}
            for risk in found.lost
        ],
        "left": [_resource(resource) for resource in found.left],
        "snapshots": [_resource(resource) for resource in found.snapshots],
        "unreadable": [
            {**_resource(resource), "key": key.urn} for resource, key in found.unreadable
        ],
        "clusters": [_resource(resource) for resource in found.clusters],
        "stopped": [{"urn": risk.urn, "words": risk.words} for risk in found.stopped],
    }


def _resource(resource: "Resource") -> dict[str, str]:
    return {"urn": resource.urn, "type": resource.type, "name": resource.name}


def lines(found: "Destruction", project: str) -> Iterator[str]:
    """Yields the result as lines of text."""
    from groundplan import catalog
    from groundplan.report.wording import printable

    def named(resource: "Resource") -> str:
        return printable(f"{catalog.display_name(resource.type)} {resource.name}")

    stack = printable(f"{project}/{found.stack}")
    yield f"{stack}: {_headline(found)}"
    if found.refused:
        yield ""
        yield f"Refused: {len(found.refused)} protected. Nothing is deleted while there are any."
        yield from (f"  {named(resource)}" for resource in found.refused)
        yield (
            "  Then: `pulumi config set deletionProtection false`, `pulumi up`; before that, "
            f"`groundplan destroy-check {printable(found.stack)} -c deletionProtection=false`"
        )
    if found.stuck:
        yield ""
        yield (
            f"AWS refuses: {len(found.stuck)}, protected there or not empty. "
            "A destroy begins, and stops at these:"
        )
        yield from (f"  {named(resource)}" for resource in found.stuck)
    if found.lost:
        yield ""
        unless = ", if it is forced with --skip-preview" if found.refused else ""
        yield f"Lost{unless}: {len(found.lost)}"
        yield from (printable(f"  {risk.level.value:<6} {risk.words}") for risk in found.lost)
    if found.stopped:
        yield ""
        yield f"Stopped: {len(found.stopped)}"
        yield from (printable(f"  {risk.words}") for risk in found.stopped)
    if found.left:
        yield ""
        yield f"Left in the account, at its price: {len(found.left)}"
        yield from (f"  {named(resource)}" for resource in found.left)
    if found.snapshots:
        yield ""
        yield f"Snapshots and backups stay, at their price: of {len(found.snapshots)}"
        yield from (f"  {named(resource)}" for resource in found.snapshots)
    for resource, key in found.unreadable:
        yield f"  {named(resource)} can't be read: its key {printable(key.name)} is deleted"
    for cluster in found.clusters:
        yield ""
        yield (
            f"Of {named(cluster)}: controllers create volumes, load balancers and network "
            f"interfaces that no stack has. Afterwards: `groundplan leftovers`"
        )


def _headline(found: "Destruction") -> str:
    if found.refused:
        return "a destroy is refused."
    if found.is_harmless:
        return "a destroy loses no data and leaves nothing."
    return f"a destroy loses {len(found.lost)} stores of data and leaves {len(found.left)}."
