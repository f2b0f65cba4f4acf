"""What is deployed: the state of a stack, of a file or of standard input."""

import json
import pathlib
import sys
from typing import TYPE_CHECKING, Any

import click

from groundplan.command_line.errors import CommandError

if TYPE_CHECKING:
    from groundplan.manifest.model import Manifest

state_option = click.option(
    "--state",
    "state_file",
    default="",
    metavar="FILE",
    help="The stack's state (`pulumi stack export`), - for standard input.",
)


def read(file: str, stack: str) -> "Manifest":
    """Returns the deployed state in a file of `pulumi stack export`; `-` is standard
    input.

    `stack`: the one whose state it has to be; empty where it may be any. Raises
    `CommandError`.
    """
    from groundplan.manifest import state as states

    expected = "Fix: pulumi stack export --stack STACK > state.json"
    try:
        text = sys.stdin.read() if file == "-" else pathlib.Path(file).read_text(encoding="utf-8")
        data: Any = json.loads(text)
    except OSError as error:
        raise CommandError(f"--state {file} can't be read: {error.strerror}. {expected}") from None
    except ValueError as error:
        raise CommandError(f"--state {file} is not JSON: {error}. {expected}") from None
    if not isinstance(data, dict) or not states.is_state(data):
        raise CommandError(f"--state {file} is not the state of a stack. {expected}")
    try:
        found = states.manifest(data, states.stack_of(data) or stack)
    except (KeyError, TypeError, AttributeError, IndexError):
        raise CommandError(f"--state {file} is not the state of a stack. {expected}") from None
    # `organization/project/stack` is a name, too.
    if stack and found.stack != stack.rpartition("/")[2]:
        raise CommandError(
            f"--state {file} is the state of {found.stack}, not of {stack}. Fix: name the stack "
            f"{found.stack}, or: pulumi stack export --stack {stack} > state.json"
        )
    return found
