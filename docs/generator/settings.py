"""docs/settings.md: each key of a stack file."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from schema import schema

from generator.markdown import cell, escape_pipes, inline, split_default
from generator.paths import NOTE


def page() -> str:
    """docs/settings.md: each key of a stack file."""
    found = schema()
    config = found["properties"]["config"]
    lines = [
        NOTE,
        "# The settings",
        "",
        "The keys of `Pulumi.<env>.yaml` below `config`: the arguments of the components, in",
        "camelCase. `<name>` is a name of your choice. Keys that are not *required* are optional.",
        "All problems are reported at once, before anything is registered. Editors that read",
        "`infra/settings.schema.json`, which the file's first line names, complete and check keys.",
        "",
    ]
    simple = {
        key: node for key, node in config["properties"].items() if not _section(found, node)[1]
    }
    lines += ["## Single values", "", "| Key | Type | Default | |", "| --- | --- | --- | --- |"]
    for key, node in simple.items():
        lines += _setting(found, key, node, key in config["then"]["required"])
    for key, node in config["properties"].items():
        if key not in simple:
            lines += ["", f"## {key}", "", inline(_described(found, node)), ""]
            lines += ["| Key | Type | Default | |", "| --- | --- | --- | --- |"]
            lines += _settings_below(found, key, node)
    return "\n".join(lines) + "\n"


def _settings_below(whole: Mapping[str, Any], path: str, node: Mapping[str, Any]) -> Iterator[str]:
    suffix, section = _section(whole, node)
    if section is None:
        return
    for key, value in section["properties"].items():
        at = f"{path}{suffix}.{key}"
        yield from _setting(whole, at, value, key in section.get("required", ()))
        yield from _settings_below(whole, at, value)


def _setting(
    whole: Mapping[str, Any], path: str, node: Mapping[str, Any], required: bool
) -> Iterator[str]:
    default, text = split_default(_described(whole, node))
    if "default" in node:
        default = json.dumps(node["default"])
    shown = "*required*" if required else cell(default)
    # Within a section the namespace says nothing.
    path = path.split(":", 1)[1] if "." in path else path
    yield f"| `{path}` | {escape_pipes(_words(whole, node))} | {shown} | {cell(text)} |"


def _described(whole: Mapping[str, Any], node: Mapping[str, Any]) -> str:
    return str(node.get("description") or _resolved(whole, node).get("description", ""))


def _section(
    whole: Mapping[str, Any], node: Mapping[str, Any]
) -> tuple[str, Mapping[str, Any] | None]:
    """Returns the group of settings of a key, and how its keys go on.

    A group by itself, by name (`.<name>`), in a list (`[]`), or in several of these;
    `None` for plain values.
    """
    found = _resolved(whole, node)
    if "properties" in found:
        return "", found
    for key, step in (("additionalProperties", ".<name>"), ("items", "[]")):
        if isinstance(found.get(key), Mapping):
            suffix, section = _section(whole, found[key])
            return step + suffix, section
    return "", None


def _resolved(whole: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = node.get("$ref") or next(
        (part["$ref"] for part in node.get("allOf", ()) if "$ref" in part), None
    )
    return whole["definitions"][reference.rsplit("/", 1)[-1]] if reference else node


def _words(whole: Mapping[str, Any], node: Mapping[str, Any], plural: bool = False) -> str:
    """A type in the words of somebody who writes YAML."""
    inner = node.get("additionalProperties")
    found = _resolved(whole, node)
    if "enum" in found:
        return ", ".join(f"`{value}`" for value in found["enum"])
    if "properties" in found:
        return "groups of settings" if plural else "settings"
    if "type" not in found:
        return "any values" if plural else "any value"
    if found["type"] == "object":
        return f"name -> {_words(whole, inner)}" if isinstance(inner, Mapping) else "mapping"
    if found["type"] == "array":
        least = ", at least one" if found.get("minItems") else ""
        return f"list of {_words(whole, found['items'], plural=True)}{least}"
    word = {
        "string": "text",
        "integer": "whole number",
        "number": "number",
        "boolean": "true or false",
    }[found["type"]]
    return word + ("s" if plural and "number" in word else "") + _bounds(found)


def _bounds(node: Mapping[str, Any]) -> str:
    low, above, high = (node.get(key) for key in ("minimum", "exclusiveMinimum", "maximum"))
    words = [
        f"from {low}" if low is not None else "",
        f"above {above}" if above is not None else "",
    ]
    words.append(f"to {high:g}" if high is not None else "")
    bounds = " ".join(word for word in words if word)
    return f" {bounds}" if bounds else ""
