"""The inputs of a resource that matter to a reader, as short `key=value` texts, most telling first.

Simple values come first, then what lies inside objects; tags and repeated references come last or not at all. JSON documents
are told by their size: they are read in the manifest.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

QUIET = frozenset({"tags", "tagsAll", "description", "metadata.annotations", "metadata.labels", "apiVersion", "kind"})
"""Inputs that a tree is easier to read without."""

LONGEST = 60
"""Characters of a value before it is cut."""


def highlights(inputs: Mapping[str, Any], whole: bool = False) -> list[str]:
    """`key=value` for each input that matters: what is decided here before what is taken from another resource.

    With `whole`, no value is cut.
    """
    leaves = [(key, value) for key, value in _leaves("", inputs) if value not in (None, "", [], {})]
    leaves.sort(key=lambda leaf: (_refers(leaf[1]), leaf[0].count(".") + leaf[0].count("[")))
    return [f"{key}={_text(value) if whole else _short(value)}" for key, value in leaves]


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if path in QUIET:
        return
    if isinstance(value, Mapping):
        if "sha256" in value:
            yield path, value.get("asset", "archive")
            return
        for key, item in value.items():
            yield from _leaves(f"{path}.{key}" if path else key, item)
    elif isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
        for index, item in enumerate(value):
            yield from _leaves(f"{path}[{index}]", item)
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
