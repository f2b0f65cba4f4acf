"""The exports of a stack: from a file, or from the Pulumi CLI."""

import json
import pathlib
from collections.abc import Mapping
from typing import Any

from groundplan.command_line import pulumi_cli
from groundplan.command_line.errors import CommandError

TARGETS = "releaseTargets"

TEXTS = ("artifactBucket", "region")
"""Exports that say where several commands work."""

EXPECTED = "Expected: what `pulumi stack output --json` prints"


def exports(outputs: pathlib.Path | None, stack: str | None) -> Mapping[str, Any]:
    """Returns what the stack exports: of `outputs`, the JSON of `pulumi stack output
    --json`, or asked of the Pulumi CLI."""
    if outputs is not None:
        try:
            text = outputs.read_text(encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{outputs} can't be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise CommandError(
                f"{outputs} is not JSON: it is no text in UTF-8. {EXPECTED}"
            ) from None
        return _parsed(text, str(outputs))
    try:
        text = pulumi_cli.output(("stack", "output", "--json"), stack, seconds=120)
    except pulumi_cli.PulumiMissing:
        raise CommandError(
            "The Pulumi CLI is not there to ask for the stack's exports. "
            "Fix: `pulumi stack output --json > outputs.json` where it is, then --outputs "
            "outputs.json"
        ) from None
    except pulumi_cli.PulumiError as error:
        raise CommandError(f"{error}. Fix: use --outputs") from None
    return _parsed(text, "pulumi stack output")


def _parsed(text: str, source: str) -> Mapping[str, Any]:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise CommandError(f"{source} is not JSON: {error}. {EXPECTED}") from None
    if not isinstance(data, dict):
        raise CommandError(f"{source} holds no exports. {EXPECTED}")
    for key in ("endpoints", TARGETS):
        if not isinstance(data.get(key) or {}, dict):
            raise CommandError(f"{key} in {source} is no mapping of names. {EXPECTED}")
    for key in TEXTS:
        if not isinstance(data.get(key) or "", str):
            raise CommandError(f"{key} in {source} is no text. {EXPECTED}")
    return data
