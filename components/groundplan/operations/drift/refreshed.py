"""Drift by `pulumi refresh --preview-only`: the providers read every type, and nothing
is written, the state included."""

import json
import pathlib
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.command_line import pulumi_cli
from groundplan.operations.drift import values
from groundplan.operations.drift.difference import Difference, Drift, Kind, NotCompared

EVENTS = {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"}
"""Lets the CLI print its events: what it prints of a refresh otherwise lacks the new
values of a resource."""


def run(folder: pathlib.Path, stack: str | None) -> Drift:
    """Compares a stack by a refresh that is a preview only."""
    command = ("refresh", "--preview-only", "--json")
    text = pulumi_cli.output(command, stack, folder=folder, environment=EVENTS)
    return read(text, stack or "")


def read(output: str, stack: str) -> Drift:
    """Returns the drift in the events that the CLI prints, a line each."""
    differences: list[Difference] = []
    missed: list[NotCompared] = []
    compared = 0
    project = ""
    for event in _events(output):
        diagnostic = event.get("diagnosticEvent") or {}
        if diagnostic.get("severity") == "error":
            name = str(diagnostic.get("urn", "")).rsplit("::", 1)[-1]
            missed.append(NotCompared(name, str(diagnostic.get("message", "")).strip()))
        step = (event.get("resOutputsEvent") or {}).get("metadata") or {}
        old = step.get("old") or {}
        if not old.get("custom"):
            continue
        urn = str(step["urn"])
        parts = urn.split("::")
        stack, project = parts[0].removeprefix("urn:pulumi:"), parts[1]
        if "pulumi:providers:" in urn:
            continue
        compared += 1
        if step["op"] == "delete" or not step.get("new"):
            differences.append(Difference(Kind.DELETED, urn))
        else:
            differences += _changes(urn, old, step["new"])
    ordered = sorted(differences, key=lambda each: (each.kind.value, each.name, each.path))
    tool = "pulumi refresh --preview-only"
    return Drift(project, stack, tool, tuple(ordered), tuple(missed), compared, {})


def _events(output: str) -> Iterator[Mapping[str, Any]]:
    try:
        events = [json.loads(line) for line in output.splitlines() if line.strip()]
    except ValueError:
        events = []
    if not events or not all(isinstance(event, dict) and "sequence" in event for event in events):
        raise pulumi_cli.PulumiError(
            "`pulumi refresh` printed no events. Fix: install a newer Pulumi CLI, or leave out "
            "--refresh"
        )
    yield from events


def _changes(urn: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
    """Yields the properties that the program sets, and the account has otherwise."""
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
