"""The `groundplan` command."""

import json
import pathlib
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import click


class Failure(click.ClickException):
    """Something that the user can mend; printed without a stack trace, exit code 1."""

    def show(self, _file: Any = None) -> None:
        click.echo(f"groundplan: {self.message}", err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="groundplan", prog_name="groundplan")
def main() -> None:
    """Infrastructure for machine-learning environments: see what a Pulumi program would build, before it does."""


@main.command(
    epilog="""
\b
Examples:
  groundplan preview                          the only stack, or dev
  groundplan preview --stack prod --inputs    every input of every resource
  groundplan preview -s prod --json > prod.json
  groundplan preview -s dev -c aws:region=eu-west-1
\b
Exit codes: 0 the program ran to its end, 1 it failed or its settings are wrong, 2 the command was misused.
"""
)
@click.option("-s", "--stack", envvar="GROUNDPLAN_STACK", help="The stack to preview. Default: the only one, or dev.")
@click.option("-p", "--project", type=click.Path(exists=True, file_okay=False, path_type=pathlib.Path), default=".",
              help="A folder in the Pulumi project. Default: this one.")  # fmt: skip
@click.option("-c", "--config", "overrides", multiple=True, metavar="KEY=VALUE",
              help="Configuration that takes the place of the stack's; VALUE is text or JSON.")  # fmt: skip
@click.option("--answers", type=click.Path(exists=True, dir_okay=False, path_type=pathlib.Path),
              help="A JSON or YAML file: invoke token -> the answer that stands in for the cloud's.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the manifest as JSON, and nothing else.")
@click.option("--out", type=click.Path(dir_okay=False, writable=True, path_type=pathlib.Path),
              help="Write the manifest as JSON to this file as well.")  # fmt: skip
@click.option("--inputs", is_flag=True, help="Show every input, one a line, uncut.")
def preview(
    stack: str | None,
    project: pathlib.Path,
    overrides: tuple[str, ...],
    answers: pathlib.Path | None,
    as_json: bool,
    out: pathlib.Path | None,
    inputs: bool,
) -> None:
    """Show what a Pulumi Python program would register: no account, no cluster, no Pulumi CLI, no network.

    The program runs as in `pulumi preview`. What only the cloud knows reads ${resource.property}.
    """
    from rich.console import Console

    from groundplan.preview import project as projects
    from groundplan.preview import run, terminal

    errors = Console(stderr=True)
    try:
        found = projects.load(project)
        request = run.Request(found.root, _stack(stack, found), _overrides(overrides, found.name), _answers(answers))
        with errors.status(f"running {found.name}/{request.stack} offline"):
            result = run.preview(request)
    except projects.ProjectError as error:
        raise Failure(str(error)) from None
    if result.manifest:
        text = result.manifest.to_json()
        if out:
            out.write_text(text, encoding="utf-8")
        if as_json:
            click.echo(text, nl=False)
        elif result.manifest.resources or not result.failed:
            terminal.show(result.manifest, Console(), every_input=inputs)
    if result.failed:
        raise Failure(_failure(found.name, request.stack, result))


def _failure(project: str, stack: str, result: Any) -> str:
    lines = [f"{project}/{stack} could not be previewed.", result.message, *(f"  at {frame}" for frame in result.frames)]
    if result.frames and result.manifest:
        lines.append(f"{len(result.manifest.resources)} resources had been registered until then.")
    return "\n".join(lines)


def _stack(given: str | None, project: Any) -> str:
    return given or (project.stacks[0] if len(project.stacks) == 1 else "dev")


def _overrides(given: Iterable[str], project: str) -> Mapping[str, str]:
    found = {}
    for text in given:
        key, separator, value = text.partition("=")
        if not separator or not key:
            raise click.UsageError(f"--config {text}: expected KEY=VALUE, such as aws:region=eu-west-1")
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


if __name__ == "__main__":
    sys.exit(main())
