"""The `groundplan` command."""

import json
import pathlib
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import click

from groundplan.operations.leftovers_command import leftovers
from groundplan.operations.verify_command import verify
from groundplan.release.commands.release import release

BROKEN = 3
"""The exit code of a preview that ran, and broke a gate of --fail-on."""


class Failure(click.ClickException):
    """Something that the user can mend; printed without a stack trace, exit code 1."""

    def show(self, _file: Any = None) -> None:
        click.echo(f"groundplan: {self.message}", err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="groundplan", prog_name="groundplan")
def main() -> None:
    """Infrastructure for machine-learning environments: see what a Pulumi program would
    build, before it does."""


def _file(*names: str, help: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option(
        *names, type=click.Path(dir_okay=False, path_type=pathlib.Path), metavar="FILE", help=help
    )


@main.command(
    epilog="""
\b
Examples:
  groundplan preview                                  the only stack, or dev
  groundplan preview --stack prod --inputs            every input of every resource
  groundplan preview --all --base origin/main         what a branch changes in every stack
  groundplan preview -s prod --base prod.json         against `pulumi stack export`
  groundplan preview --all --base origin/main --markdown comment.md --fail-on danger,policy,cost>500
  groundplan preview -s dev -c aws:region=eu-west-1 --json
\b
Exit codes: 0 the program ran to its end, 1 it failed or its settings are wrong, 2 the command was misused,
3 a gate of --fail-on is broken.
"""
)
@click.option(
    "-s",
    "--stack",
    envvar="GROUNDPLAN_STACK",
    help="The stack to preview. Default: the only one, or dev.",
)
@click.option("--all", "every", is_flag=True, help="Every stack that has a settings file.")
@click.option("-p", "--project", type=click.Path(exists=True, file_okay=False, path_type=pathlib.Path), default=".",
              help="A folder in the Pulumi project. Default: this one.")  # fmt: skip
@click.option("-b", "--base", default="", metavar="REV|FILE",
              help="What to compare with: a git revision, a manifest (--out), or a state (pulumi stack export).")  # fmt: skip
@click.option("-c", "--config", "overrides", multiple=True, metavar="KEY=VALUE",
              help="Configuration that takes the place of the stack's; VALUE is text or JSON.")  # fmt: skip
@click.option("--answers", type=click.Path(exists=True, dir_okay=False, path_type=pathlib.Path), metavar="FILE",
              help="JSON or YAML: invoke token -> the answer that stands in for the cloud's.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True,
              help="Print JSON and nothing else: a stack's manifest; the report with --base or --all.")  # fmt: skip
@click.option("--inputs", is_flag=True, help="Show every input, one a line, uncut.")
@_file("--out", help="Write the manifest of the one stack, as JSON.")
@_file("--markdown", help="Write a comment for a pull request, at most 60,000 characters.")
@_file("--html", help="Write a page that works without a network.")
@_file("--sarif", help="Write findings and dangers as SARIF 2.1.0.")
@_file("--junit", help="Write findings and dangers as JUnit XML.")
@click.option("--fail-on", default="", metavar="GATES",
              help="Exit with 3 on: changes, danger[:LEVEL], policy[:SEVERITY], cost>USD a month.")  # fmt: skip
def preview(
    stack: str | None,
    every: bool,
    project: pathlib.Path,
    base: str,
    overrides: tuple[str, ...],
    answers: pathlib.Path | None,
    as_json: bool,
    inputs: bool,
    fail_on: str,
    **files: pathlib.Path | None,
) -> None:
    """Show what a Pulumi Python program would register: no account, no cluster, no
    Pulumi CLI, no network.

    The program runs as in `pulumi preview`. What only the cloud knows reads
    ${resource.property}. With --base: what changes, what is dangerous about it, and
    what it costs.
    """
    from rich.console import Console

    from groundplan.manifest import project as projects
    from groundplan.manifest.bases import BaseError
    from groundplan.report import gates
    from groundplan.report.gather import Wanted, gather

    errors = Console(stderr=True)
    if every and stack:
        raise click.UsageError("--all and --stack exclude each other")
    try:
        wanted_gates = gates.parse(fail_on)
        found = projects.load(project)
        stacks = found.stacks if every else [_stack(stack, found)]
        wanted = Wanted(found, stacks, base, _overrides(overrides, found.name), _answers(answers))
        with errors.status(f"running {found.name}/{', '.join(stacks)} offline") as status:
            reports = gather(wanted, lambda text: status.update(text))
    except gates.GateError as error:
        raise click.UsageError(str(error)) from None
    except (projects.ProjectError, BaseError) as error:
        raise Failure(str(error)) from None
    _write(reports, files)
    _show(reports, as_json, inputs, bool(base) or every)
    failures = [_failure(report) for report in reports if report.message]
    if failures:
        raise Failure("\n".join(failures))
    broken = gates.broken(reports, wanted_gates)
    if broken:
        click.echo("\n".join(broken), err=True)
        sys.exit(BROKEN)


def _write(reports: Sequence[Any], files: Mapping[str, pathlib.Path | None]) -> None:
    """The files that were asked for."""
    from groundplan.report import junit, sarif
    from groundplan.report.html import page
    from groundplan.report.markdown import comment

    writers = {
        "markdown": comment.markdown,
        "html": page.html,
        "sarif": sarif.sarif,
        "junit": junit.junit,
    }
    for name, file in files.items():
        if file is None:
            continue
        if name == "out" and (len(reports) != 1 or reports[0].manifest is None):
            raise Failure(f"--out {file}: there is no one manifest to write")
        text = reports[0].manifest.to_json() if name == "out" else writers[name](reports)
        try:
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise Failure(f"--{name} {file} can't be written: {error.strerror}") from None


def _show(reports: Sequence[Any], as_json: bool, inputs: bool, whole: bool) -> None:
    """What goes to standard output."""
    from rich.console import Console

    from groundplan.report import json_report
    from groundplan.report.terminal import tree
    from groundplan.report.terminal.changes import show_changes

    if as_json:
        if whole:
            click.echo(json_report.to_json(reports), nl=False)
        elif reports[0].manifest is not None:
            click.echo(reports[0].manifest.to_json(), nl=False)
        return
    console = Console()
    for report in reports:
        if report.manifest is None or (report.message and not report.manifest.resources):
            continue
        if report.changes is not None:
            show_changes(report, console)
        else:
            tree.show(report.manifest, console, every_input=inputs)


def _failure(report: Any) -> str:
    lines = [f"{report.project}/{report.stack} could not be previewed.", report.message]
    lines += [f"  at {frame}" for frame in report.frames]
    if report.frames and report.manifest:
        lines.append(f"{len(report.manifest.resources)} resources had been registered until then.")
    return "\n".join(lines)


def _stack(given: str | None, project: Any) -> str:
    return given or (project.stacks[0] if len(project.stacks) == 1 else "dev")


def _overrides(given: Iterable[str], project: str) -> Mapping[str, str]:
    found = {}
    for text in given:
        key, separator, value = text.partition("=")
        if not separator or not key:
            raise click.UsageError(
                f"--config {text}: expected KEY=VALUE, such as aws:region=eu-west-1"
            )
        found[key if ":" in key else f"{project}:{key}"] = value
    return found


def _answers(file: pathlib.Path | None) -> Mapping[str, Mapping[str, Any]]:
    if file is None:
        return {}
    import yaml

    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise Failure(f"{file} is neither JSON nor YAML: {' '.join(str(error).split())}") from None
    if not isinstance(data, dict) or not all(isinstance(answer, dict) for answer in data.values()):
        shape = json.dumps({"aws:ec2/getVpc:getVpc": {"id": "vpc-1"}})
        raise Failure(f"{file} does not map invoke tokens to answers. Expected: {shape}")
    return data


@main.group()
def prices() -> None:
    """The prices that estimates are made of."""


@prices.command(
    epilog="""
\b
Needs AWS credentials that may call pricing:GetProducts; the price list itself costs nothing.
Example: AWS_PROFILE=me groundplan prices refresh
"""
)
def refresh() -> None:
    """Renew the price facts from the AWS Price List API, each with its source and date."""
    _refresh_prices()


def _refresh_prices() -> None:
    from groundplan.cost import refresh as cost_refresh
    from groundplan.cost.price_list import RefreshError

    try:
        summary = cost_refresh.refresh_file(
            cost_refresh.FACTS, cost_refresh.connect(), lambda text: click.echo(text, err=True)
        )
    except RefreshError as error:
        raise Failure(str(error)) from None
    click.echo(str(summary))


@main.group()
def facts() -> None:
    """What AWS states of its instance types, which components are planned with."""


@facts.command(
    "refresh",
    epilog="""
\b
Needs AWS credentials that may call ec2:DescribeInstanceTypes, which costs nothing; --prices needs pricing:GetProducts too.
Examples:
  AWS_PROFILE=me groundplan facts refresh
  groundplan facts refresh --region us-east-1 --region us-east-2 --region us-west-2
Exit codes: 0 done, or nothing would change; 1 EC2 can't be asked, or --check found changes.
""",
)
@click.option("--region", "regions", multiple=True, default=["us-east-1"], show_default=True, metavar="REGION",
              help="A region whose instance types to take; repeat it for more, the first one's word counts.")  # fmt: skip
@click.option(
    "--remove",
    is_flag=True,
    help="Drop the types that none of the regions offers. Default: keep them.",
)
@click.option(
    "--check", is_flag=True, help="Write nothing; exit with 1 if an instance type would change."
)
@click.option(
    "--prices",
    "with_prices",
    is_flag=True,
    help="Renew the prices too, as `groundplan prices refresh` does.",
)
def refresh_facts(regions: tuple[str, ...], remove: bool, check: bool, with_prices: bool) -> None:
    """Renew the table of EC2 instance types from EC2, with its source and date."""
    from groundplan.facts import refresh as facts_refresh

    if check and with_prices:
        raise click.UsageError("--check and --prices exclude each other")
    if not all(regions):
        raise click.UsageError("--region is empty: expected a region, such as us-east-1")
    try:
        summary = facts_refresh.refresh_file(
            facts_refresh.FILE,
            regions,
            lambda text: click.echo(text, err=True),
            client=facts_refresh.connect,
            remove=remove,
            check=check,
        )
    except facts_refresh.RefreshError as error:
        raise Failure(str(error)) from None
    click.echo(str(summary))
    if with_prices:
        _refresh_prices()
    if check and summary.changes:
        sys.exit(1)


main.add_command(release)
main.add_command(verify)
main.add_command(leftovers)

if __name__ == "__main__":
    sys.exit(main())
