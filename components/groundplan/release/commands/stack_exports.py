"""The exports of a stack: from a file, or from the Pulumi CLI."""

import json
import pathlib
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

import click

from groundplan.problems import Problem, one_of

TARGETS = "releaseTargets"

TEXTS = ("artifactBucket", "region")
"""Exports that say where several commands work."""

EXPECTED = "Expected: what `pulumi stack output --json` prints"


class Stopped(click.ClickException):
    """Something that the user can mend; printed without a stack trace, exit code 1."""

    def show(self, _file: Any = None) -> None:
        click.echo(f"groundplan: {self.message}", err=True)


def exports(outputs: pathlib.Path | None, stack: str | None) -> Mapping[str, Any]:
    """What the stack exports: of `outputs`, the JSON of `pulumi stack output --json`,
    or asked of the Pulumi CLI."""
    if outputs is not None:
        try:
            text = outputs.read_text(encoding="utf-8")
        except OSError as error:
            raise Stopped(f"{outputs} can't be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise Stopped(f"{outputs} is not JSON: it is no text in UTF-8. {EXPECTED}") from None
        return _parsed(text, str(outputs))
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise Stopped(
            "The Pulumi CLI is not there to ask for the stack's exports. "
            "Fix: `pulumi stack output --json > outputs.json` where it is, then --outputs "
            "outputs.json"
        )
    command = [
        pulumi,
        "stack",
        "output",
        "--json",
        "--non-interactive",
        *(["--stack", stack] if stack else []),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 (no shell)
    except subprocess.TimeoutExpired:
        raise Stopped(
            "`pulumi stack output` did not end within 2 minutes. Fix: use --outputs"
        ) from None
    if done.returncode != 0:
        raise Stopped(f"`pulumi stack output` failed: {done.stderr.strip() or done.stdout.strip()}")
    return _parsed(done.stdout, "pulumi stack output")


def target(found: Mapping[str, Any], name: str | None) -> tuple[str, Any]:
    """Name and export of a release target; the only one, if no name is given."""
    targets = found.get(TARGETS)
    if not isinstance(targets, Mapping) or not targets:
        raise Stopped(
            f"The stack exports no {TARGETS}: none of its endpoints is released by registry. "
            "Fix: set an endpoint's `release` to registry, and `pulumi up`"
        )
    if name is None:
        if len(targets) > 1:
            raise Stopped(
                f"The stack has {len(targets)} release targets. Fix: name one of "
                f"{', '.join(sorted(targets))}"
            )
        return next(iter(targets.items()))
    if name in targets:
        return name, targets[name]
    for known, export in targets.items():
        if isinstance(export, Mapping) and export.get("endpoint") == name:
            return known, export
    wrong = one_of("TARGET", name, sorted(targets)) or [
        Problem("TARGET", name, ", ".join(sorted(targets)))
    ]
    raise Stopped(f"There is no such endpoint in this stack. {wrong[0]}")


def _parsed(text: str, source: str) -> Mapping[str, Any]:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise Stopped(f"{source} is not JSON: {error}. {EXPECTED}") from None
    if not isinstance(data, dict):
        raise Stopped(f"{source} holds no exports. {EXPECTED}")
    for key in ("endpoints", TARGETS):
        if not isinstance(data.get(key) or {}, dict):
            raise Stopped(f"{key} in {source} is no mapping of names. {EXPECTED}")
    for key in TEXTS:
        if not isinstance(data.get(key) or "", str):
            raise Stopped(f"{key} in {source} is no text. {EXPECTED}")
    return data
