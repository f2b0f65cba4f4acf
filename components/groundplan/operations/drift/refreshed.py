"""Drift by `pulumi refresh --preview-only`: the providers read every type, and nothing
is written, the state included."""

import json
import pathlib
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.operations.drift import values
from groundplan.operations.drift.difference import Difference, Drift, Kind, NotCompared

SECONDS = 3600
"""Time limit: a refresh of 2000 resources takes minutes."""


class RefreshError(Exception):
    """The Pulumi CLI is not there or failed; the message says what it printed."""


def run(folder: pathlib.Path, stack: str | None) -> Drift:
    """Compares a stack by a refresh that is a preview only."""
    command = ["refresh", "--preview-only", "--json", *_stack(stack)]
    return read(_json(folder, command), stack or "")


def exported(folder: pathlib.Path, stack: str | None) -> Mapping[str, Any]:
    """The state, with ciphertext in place of secrets."""
    return _json(folder, ["stack", "export", *_stack(stack)])


def read(preview: Mapping[str, Any], stack: str) -> Drift:
    """The drift in what the CLI prints."""
    differences: list[Difference] = []
    compared = 0
    project = ""
    for step in preview.get("steps") or ():
        urn = str(step["urn"])
        parts = urn.split("::")
        stack, project = parts[0].removeprefix("urn:pulumi:"), parts[1]
        if not (step.get("oldState") or {}).get("custom"):
            continue
        compared += 1
        if step["op"] == "delete" or not step.get("newState"):
            differences.append(Difference(Kind.DELETED, urn))
        else:
            differences += _changes(urn, step["oldState"], step["newState"])
    missed = tuple(
        NotCompared(str(entry.get("urn", "")).rsplit("::", 1)[-1], str(entry.get("message", "")))
        for entry in preview.get("diagnostics") or ()
        if entry.get("severity") == "error"
    )
    ordered = sorted(differences, key=lambda each: (each.kind.value, each.name, each.path))
    tool = "pulumi refresh --preview-only"
    return Drift(project, stack, tool, tuple(ordered), missed, compared, {})


def _changes(urn: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    """The properties that the program sets, and the account has otherwise."""
    inputs = old.get("inputs") or {}
    for name in sorted(inputs):
        if name.startswith("__"):
            continue
        recorded, live = (
            (side.get("outputs") or {}).get(name, (side.get("inputs") or {}).get(name))
            for side in (old, new)
        )
        if values.is_comparable(recorded) and not values.is_same(recorded, live):
            yield Difference(Kind.CHANGED, urn, name, recorded, live)


def _stack(stack: str | None) -> list[str]:
    return ["--stack", stack] if stack else []


def _json(folder: pathlib.Path, arguments: list[str]) -> Mapping[str, Any]:
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise RefreshError("the Pulumi CLI is not on the PATH")
    words = f"`pulumi {' '.join(arguments[:2])}`"
    try:
        done = subprocess.run(  # noqa: S603 (no shell)
            [pulumi, *arguments, "--non-interactive"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise RefreshError(f"{words} did not end within an hour") from None
    if done.returncode != 0:
        said = done.stderr.strip() or done.stdout.strip()[-2000:]
        raise RefreshError(f"{words} failed: {said}")
    try:
        found = json.loads(done.stdout)
    except ValueError:
        raise RefreshError(f"{words} printed no JSON") from None
    if not isinstance(found, dict):
        raise RefreshError(f"{words} printed no JSON object")
    return found
