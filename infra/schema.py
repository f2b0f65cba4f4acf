"""Writes settings.schema.json: what `Pulumi.<env>.yaml` may say, as a JSON Schema for
editors. Run by `make schema`."""

import json
import pathlib
from typing import Any

from settings import Settings

FILE = pathlib.Path(__file__).with_name("settings.schema.json")
PROJECT = "groundplan"
REGION = "aws:region"


def schema() -> dict[str, Any]:
    """The schema of a whole stack file. Draft 7, the one that editors read completely."""
    settings = _tidy(
        Settings.model_json_schema(by_alias=True, ref_template="#/definitions/{model}")
    )
    keys = {
        REGION if key == "region" else f"{PROJECT}:{key}": value
        for key, value in settings["properties"].items()
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A stack file of Groundplan: Pulumi.<env>.yaml",
        "type": "object",
        "properties": {
            "config": {
                "type": "object",
                "description": settings["description"],
                "properties": keys,
                # A cluster that is there already needs nothing of AWS.
                "if": {"not": {"required": [f"{PROJECT}:platform"]}},
                "then": {"required": [REGION]},
                # Other namespaces are their providers' business: aws:profile,
                # kubernetes:context.
                "patternProperties": {f"^(?!{PROJECT}:)[^:]+:.+$": {}},
                "additionalProperties": False,
            }
        },
        "required": ["config"],
        "definitions": settings["$defs"],
    }


def text() -> str:
    """The file's content."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _tidy(node: Any) -> Any:
    """A schema of pydantic's as a person would write it.

    - Titles repeat the key. The default of what can be left out, `null` or nothing,
      says nothing: its description does.
    - `null` is not offered as a value: what is not set is left out.
    - Draft 7 ignores what stands beside a `$ref`, so a reference with a description
      goes into an `allOf`.
    """
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    found: dict[str, Any] = {}
    for key, value in node.items():
        if key in ("properties", "$defs"):  # a mapping of names, not of keywords
            found[key] = {name: _tidy(item) for name, item in value.items()}
        elif key == "anyOf" and {"type": "null"} in value:
            (kept,) = (item for item in value if item != {"type": "null"})
            found |= _tidy(kept)
        elif key == "description":
            found[key] = " ".join(value.split())
        elif key == "title" or (key == "default" and value in (None, {})):
            continue
        else:
            found[key] = _tidy(value)
    if "$ref" in found and len(found) > 1:
        found["allOf"] = [{"$ref": found.pop("$ref")}]
    return found


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
