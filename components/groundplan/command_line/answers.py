"""The answer of a command: JSON for programs, text or a table for people."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import click

from groundplan.command_line.stack_options import json_option, outputs_option, stack_option


def stack_command(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options of which stack a command reads, and how it answers; `answer`
    takes their values."""
    return outputs_option(stack_option(json_option(command)))


def answer(options: Mapping[str, Any], data: Any, shown: Callable[[], Any]) -> None:
    """Prints `data` as JSON with `--json`, else what `shown` returns: text, or an
    object of Rich."""
    if options["as_json"]:
        click.echo(json.dumps(data, indent=2, sort_keys=True, default=str))
        return
    from rich.console import Console

    text = shown()
    if isinstance(text, str):
        click.echo(text)
    else:
        Console().print(text)
