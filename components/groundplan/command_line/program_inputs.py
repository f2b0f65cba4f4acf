"""What a command passes to the program that it runs: configuration, and the results of
invokes."""

import json
import pathlib
from collections.abc import Iterable, Mapping
from typing import Any

import click

from groundplan.command_line.errors import CommandError

project_option = click.option(
    "-p",
    "--project",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=pathlib.Path),
    default=".",
    help="Folder of the Pulumi project, or one below it. Default: the current one.",
)
config_option = click.option(
    "-c",
    "--config",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Configuration value that overrides the stack's; VALUE is text or JSON. Repeatable.",
)
answers_option = click.option(
    "--answers",
    type=click.Path(exists=True, dir_okay=False, path_type=pathlib.Path),
    metavar="FILE",
    help="JSON or YAML that maps invoke tokens to the results that the program receives.",
)


def configuration(overrides: Iterable[str], project: str) -> Mapping[str, str]:
    """Returns the values of --config by qualified key."""
    values = {}
    for text in overrides:
        key, separator, value = text.partition("=")
        if not separator or not key:
            raise click.UsageError(
                f"--config {text}: expected KEY=VALUE, such as aws:region=eu-west-1"
            )
        values[key if ":" in key else f"{project}:{key}"] = value
    return values


def invoke_answers(file: pathlib.Path | None) -> Mapping[str, Mapping[str, Any]]:
    """Returns the invoke results in the file of --answers, by token."""
    if file is None:
        return {}
    from groundplan.manifest import text_files

    try:
        data = text_files.read_yaml(file)
    except text_files.FileError as error:
        raise CommandError(f"--answers is neither JSON nor YAML: {error}") from None
    if not isinstance(data, dict) or not all(isinstance(answer, dict) for answer in data.values()):
        shape = json.dumps({"aws:ec2/getVpc:getVpc": {"id": "vpc-1"}})
        raise CommandError(f"{file} does not map invoke tokens to results. Expected: {shape}")
    return data
