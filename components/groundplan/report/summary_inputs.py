"""The inputs of a resource that matter to a reader, as short `key=value` texts, most
important first.

The summary fields of the type come first (`catalog.summary_fields`). Then simple
values, then values within objects; references come last, tags not at all. JSON
documents are shown by their size: the manifest has their content.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.catalog.summary_fields import summary_fields

QUIET = frozenset(
    {
        "tags",
        "tagsAll",
        "description",
        "alarmDescription",
        "metadata.annotations",
        "metadata.labels",
        "apiVersion",
        "kind",
    }
)
"""Inputs that the tree omits."""

INDEX = re.compile(r"\[\d+\]")

LONGEST = 60
"""Characters of a value before it is truncated."""


def highlights(inputs: Mapping[str, Any], whole: bool = False, of: str = "") -> list[str]:
    """`key=value` for each input that matters: literal values before references to
    other resources.

    `of` is the resource's type, whose summary fields come first, under short names.
    With `whole`, every input is listed under its path, and no value is truncated.
    """
    first = [] if whole else list(summary_fields(of, inputs))
    covered = frozenset(path.removesuffix("[*]") for _, _, paths in first for path in paths)
    leaves = [
        (path, value)
        for path, value in _leaves("", inputs, whole)
        if value not in (None, "", [], {})
    ]
    rest = [(path, value) for path, value in leaves if not _covered(path, covered)]
    rest.sort(key=lambda leaf: (_refers(leaf[1]), leaf[0].count(".") + leaf[0].count("[")))
    pairs = [*((key, value) for key, value, _ in first), *rest]
    return [f"{key}={_text(value) if whole else _short(value)}" for key, value in pairs]


def _covered(path: str, covered: frozenset[str]) -> bool:
    bare = INDEX.sub("[*]", path)
    return any(bare == known or bare.startswith((f"{known}.", f"{known}[")) for known in covered)


def _leaves(path: str, value: Any, every: bool) -> Iterator[tuple[str, Any]]:
    if path in QUIET and not every:
        return
    if isinstance(value, Mapping):
        if "sha256" in value:
            yield path, value.get("asset", "archive")
            return
        for key, item in value.items():
            yield from _leaves(f"{path}.{key}" if path else key, item, every)
    elif isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
        for index, item in enumerate(value):
            yield from _leaves(f"{path}[{index}]", item, every)
    else:
        yield path, value


def _refers(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("${") and value.endswith("}")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value if value and "\n" not in value else json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return ",".join(_text(item) for item in value)
    return json.dumps(value, ensure_ascii=False)


def _short(value: Any) -> str:
    text = _text(value)
    if len(text) > LONGEST and text[0] + text[-1] in ("{}", "[]"):
        return f"(JSON, {len(text)} characters)"
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
