"""Writes JSON for machines that also appears on terminals: characters that a terminal
would act on are escaped, and what is no JSON value is text."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from groundplan.manifest.printable import is_printable

UNSAFE = re.compile("[^\x20-\x7e\n]")
"""Candidates for escaping: all characters that are not plain ASCII."""


def dumps(data: Any, *, indent: int | None = 2) -> str:
    """JSON text with sorted keys, the same bytes on every machine. It parses to the
    same data; NaN and the infinities are the text that Protobuf's JSON mapping has."""
    text = json.dumps(
        finite(data), indent=indent, sort_keys=True, ensure_ascii=False, allow_nan=False
    )
    return UNSAFE.sub(lambda match: _escaped(match[0]), text)


def finite(data: Any) -> Any:
    """Returns the data with `NaN`, `Infinity` and `-Infinity` as text in place of
    numbers."""
    if isinstance(data, float) and not math.isfinite(data):
        return "NaN" if math.isnan(data) else "Infinity" if data > 0 else "-Infinity"
    if isinstance(data, Mapping):
        return {key: finite(value) for key, value in data.items()}
    return [finite(value) for value in data] if isinstance(data, list | tuple) else data


def _escaped(char: str) -> str:
    return char if char != "\t" and is_printable(char) else json.dumps(char)[1:-1]
