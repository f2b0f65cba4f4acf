"""The texts of values, properties and lists in a sentence."""

import json
import re
from collections.abc import Iterable
from typing import Any

from groundplan.diff.changes import ABSENT
from groundplan.manifest.model import SECRET

LONGEST = 120
"""Characters of a value before it is cut."""


def text(value: Any) -> str:
    """The text of a value, on one line."""
    if value is ABSENT or value is None:
        return "not set"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    value_text = (
        value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    )
    value_text = SECRET if SECRET in value_text else " ".join(value_text.split()) or '""'
    return value_text if len(value_text) <= LONGEST else value_text[: LONGEST - 1] + "…"


def change_text(path: str, old: Any, new: Any) -> str:
    """The text of a property with its old and its new value: `maxSize: 8 -> 4`."""
    return f"{path}: {text(old)} -> {text(new)}"


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
    """The text of a number, without a fraction of zero."""
    return f"{number:g}"


def a(noun: str) -> str:
    """A noun with its article."""
    return (
        f"an {noun}"
        if noun[:1] in "aeioAEIO" or noun[:4] == "SNS " or noun[:4] == "SQS "
        else f"a {noun}"
    )
