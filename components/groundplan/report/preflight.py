"""What a preflight found in the account: the document of `groundplan preflight
--json`."""

import json
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FORMAT = 1
"""The version of the document that `groundplan preflight --json` prints."""


class PreflightError(ValueError):
    """A file is not what `groundplan preflight --json` prints."""


@dataclass(frozen=True)
class Preflight:
    """The obstacles that a preflight of a stack found."""

    project: str
    stack: str
    account: str
    findings: tuple[Mapping[str, Any], ...]
    unchecked: int
    """How much could not be checked."""
    document: Mapping[str, Any] = field(repr=False)


def read(file: pathlib.Path) -> Preflight:
    """Returns the preflight in a file."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        if data["preflight"] != FORMAT:
            raise PreflightError(f"{file}: its format is {data['preflight']!r}, not {FORMAT}")
        findings = tuple(dict(finding) for finding in data["findings"])
        for finding in findings:
            _ = [str(finding[key]) for key in ("name", "need", "limit", "fix", "stage")]
        return Preflight(
            str(data["project"]),
            str(data["stack"]),
            str(data.get("account", "")),
            findings,
            len(data["unchecked"]),
            data,
        )
    except OSError as error:
        raise PreflightError(f"{file} can't be read: {error.strerror}") from None
    except PreflightError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError):
        raise PreflightError(
            f"{file} is not a preflight. Fix: groundplan preflight STACK --json > {file}"
        ) from None
