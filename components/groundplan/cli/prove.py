"""`groundplan prove`: whether the teams of a stack are isolated from one another."""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from groundplan.command_line.errors import CommandError
from groundplan.command_line.registered import Program, program_options

if TYPE_CHECKING:
    from groundplan.proof.model import Proof

REFUTED = 1
UNDECIDED = 3


class ProofError(CommandError):
    """An error that leaves nothing proved and nothing refuted."""

    exit_code = 4


@click.command(
    epilog="""
\b
Examples:
  groundplan prove prod
  groundplan prove prod --every-claim                  what is proved, too
  groundplan prove prod --json > proof.json
  groundplan prove --manifest prod.json                of `groundplan preview --out prod.json`
  groundplan prove prod --team vision --team audio=audio,audio-batch
\b
Exit codes: 0 every claim is proved, 1 a claim is refuted, 2 the command was misused,
3 none is refuted and one is not decided, 4 the program failed or there is no solver.
"""
)
@program_options
@click.option(
    "--team",
    "teams",
    multiple=True,
    metavar="TEAM[=NAMESPACE,...]",
    help="A team, and its namespaces where they have other names. Repeatable. Default: the "
    "namespaces with a Kueue queue and the tags groundplan:team of roles.",
)
@click.option("--every-claim", is_flag=True, help="Print the claims that are proved, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
def prove(
    program: Program,
    teams: tuple[str, ...],
    every_claim: bool,
    as_json: bool,
) -> None:
    """Proves that no team reads or writes another team's data, or refutes it.

    Reads what STACK registers, offline: identity policies, bucket and key policies,
    trusts, pod identity, RBAC, volumes, pod security and network policies. A claim that
    doesn't hold is printed with a counterexample: who, which action, on what, allowed
    by which statement in which line. Default of STACK: the only one, or dev.

    Needs the solver z3: pip install 'groundplan[prove]'.
    """
    from rich.console import Console
    from rich.markup import escape

    from groundplan.manifest import json_text
    from groundplan.proof import SolverMissing
    from groundplan.proof import prove as prove_manifest
    from groundplan.report.proof import lines
    from groundplan.report.wording import line, printable

    only = _teams(teams)
    try:
        with Console(stderr=True).status("running the program offline") as status:
            manifest = program.manifest()
            proof = prove_manifest(manifest, only, lambda text: status.update(escape(line(text))))
    except CommandError as error:
        raise ProofError(f"nothing is proved: {error.message}") from None
    except SolverMissing as error:
        raise ProofError(str(error)) from None
    if as_json:
        click.echo(json_text.dumps(proof.to_data()))
    else:
        shown = (text.replace("\n", " ") for text in lines(proof, every_claim))
        click.echo(printable("\n".join(shown)))
    sys.exit(_exit_code(proof))


def _exit_code(proof: "Proof") -> int:
    from groundplan.proof import Verdict

    return {Verdict.PROVED: 0, Verdict.REFUTED: REFUTED, Verdict.UNKNOWN: UNDECIDED}[proof.verdict]


def _teams(given: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Returns the namespaces of each team that --team names."""
    teams: dict[str, list[str]] = {}
    for text in given:
        name, separator, namespaces = text.partition("=")
        listed = [namespace for namespace in namespaces.split(",") if namespace]
        if not name or (separator and not listed):
            raise click.UsageError(f"--team {text}: expected TEAM or TEAM=NAMESPACE,...")
        teams.setdefault(name, []).extend(listed)
    return teams
