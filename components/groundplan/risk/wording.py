"""The texts of values, properties and lists in a sentence."""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from groundplan.diff.changes import ABSENT, PropertyChange
from groundplan.diff.unknown_values import brief, renewed, renewed_inputs
from groundplan.manifest.model import SECRET

LONGEST = 120
"""Characters of a value before it is cut."""


def text(value: Any) -> str:
    """Returns the text of a value, on one line."""
    if value is ABSENT or value is None:
        return "not set"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    value_text = (
        value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    )
    value_text = SECRET if SECRET in value_text else " ".join(brief(value_text).split()) or '""'
    return value_text if len(value_text) <= LONGEST else value_text[: LONGEST - 1] + "…"


def change_text(path: str, old: Any, new: Any) -> str:
    """Returns the text of a property with its old and its new value: `maxSize: 8 ->
    4`."""
    if same := renewed(old, new):
        return f"{path}: new {text(same)}"
    return f"{path}: {text(old)} -> {text(new)}"


def causes_text(causes: Sequence[PropertyChange], most: int = 5) -> str:
    """Returns the text of properties that force a replacement: first those that the
    program changes, then those that get new outputs of other resources."""
    own = [cause for cause in causes if not renewed(cause.old, cause.new)]
    texts = [change_text(cause.path, cause.old, cause.new) for cause in own]
    texts += [f"{path}: new {listed(values)}" for path, values in renewed_inputs(causes)]
    return "; ".join(texts[:most])


def listed(items: Iterable[str], most: int = 3, last: str = "and") -> str:
    """`a, b and c`; `a, b, c and 4 more`."""
    texts = list(items)
    if len(texts) > most:
        return f"{', '.join(texts[:most])} and {len(texts) - most} more"
    return f" {last} ".join(filter(None, [", ".join(texts[:-1]), *texts[-1:]]))


def readable(value: str) -> str:
    """A text with its symbols as names: `${data-bucket.arn}/raw/*` is
    `data-bucket/raw/*`."""
    value = value.replace("${aws.accountId}", "this account")
    return re.sub(r"\$\{(?!unknown)([^{}.]+)(\.[^{}]*)?\}", r"\1", value)


def count(number: float) -> str:
    """Returns the text of a number, without a fraction of zero."""
    return f"{number:g}"


def a(noun: str) -> str:
    """A noun with its article."""
    return (
        f"an {noun}"
        if noun[:1] in "aeioAEIO" or noun[:4] == "SNS " or noun[:4] == "SQS "
        else f"a {noun}"
    )
