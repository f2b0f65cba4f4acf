"""What the Pulumi CLI prints."""

import json
import os
import pathlib
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

SECONDS = 3600
"""Time limit of what only reads: a refresh of 2000 resources takes minutes."""


class PulumiError(Exception):
    """The CLI failed; the message says what it printed."""


class PulumiMissing(PulumiError):
    """The CLI is not on the PATH."""


def command(arguments: Sequence[str], stack: str | None) -> list[str]:
    """Returns the words of a command on a stack. Raises `PulumiMissing`."""
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise PulumiMissing("The Pulumi CLI is not on the PATH. Fix: install it")
    return [pulumi, *arguments, "--non-interactive", *(["--stack", stack] if stack else [])]


def output(
    arguments: Sequence[str],
    stack: str | None,
    *,
    folder: pathlib.Path | None = None,
    environment: Mapping[str, str] | None = None,
    seconds: int = SECONDS,
) -> str:
    """Returns what a command prints. Raises `PulumiError`."""
    words = f"`pulumi {' '.join(arguments[:2])}`"
    try:
        done = subprocess.run(  # noqa: S603 (no shell)
            command(arguments, stack),
            cwd=folder,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise PulumiError(f"{words} did not end within {seconds // 60} minutes") from None
    if done.returncode != 0:
        said = _errors(done.stdout) or done.stderr.strip() or done.stdout.strip()[-2000:]
        raise PulumiError(f"{words} failed: {said}")
    return done.stdout


def _errors(printed: str) -> str:
    """Returns the errors in what a command with --json has printed."""
    try:
        found = json.loads(printed).get("diagnostics") or ()
        return "\n".join(d["message"].strip() for d in found if d["severity"] == "error")
    except (ValueError, AttributeError, KeyError, TypeError):
        return ""


def state(stack: str | None, folder: pathlib.Path) -> Mapping[str, Any]:
    """Returns the deployed state, with ciphertext in place of secrets. Raises
    `PulumiError`."""
    return json_object(("stack", "export"), stack, folder)


def json_object(
    arguments: Sequence[str], stack: str | None, folder: pathlib.Path
) -> Mapping[str, Any]:
    """Returns the JSON object that a command prints. Raises `PulumiError`."""
    found = parsed(arguments, output(arguments, stack, folder=folder))
    if not isinstance(found, dict):
        raise PulumiError(f"`pulumi {' '.join(arguments)}` printed no JSON object")
    return found


def parsed(arguments: Sequence[str], text: str) -> Any:
    """Returns JSON that a command printed. Raises `PulumiError`."""
    try:
        return json.loads(text)
    except ValueError:
        raise PulumiError(f"`pulumi {' '.join(arguments)}` printed no JSON") from None
