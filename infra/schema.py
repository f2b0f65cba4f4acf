"""Writes settings.schema.json: the settings of a stack file, as a JSON Schema for
editors.

Derived from the arguments of the components. Run by `make schema`.
"""

import json
import pathlib
import re
import typing
from enum import Enum
from functools import cache
from typing import Any

import pulumi
from groundplan import docstrings
from groundplan.arguments import camel_case, enum_members, hints_of, required_keys
from settings import Settings, omitted
from spelling import names_of_arguments, types

FILE = pathlib.Path(__file__).with_name("settings.schema.json")
PROJECT = "groundplan"
REGION = "aws:region"
SCALARS = {str: "string", int: "integer", float: "number", bool: "boolean"}


def schema() -> dict[str, Any]:
    """Returns the schema of a stack file: draft 7, which editors support in full."""
    settings = _object(Settings)
    region = _described({"type": "string"}, docstrings.of_fields(Settings)["region"])
    sections = {f"{PROJECT}:{key}": value for key, value in settings["properties"].items()}
    keys = {REGION: region, **sections}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A stack file of Groundplan: Pulumi.<env>.yaml",
        "type": "object",
        "properties": {
            "config": {
                "type": "object",
                "description": settings["description"],
                "properties": keys,
                # An existing cluster needs nothing of AWS.
                "if": {"not": {"required": [f"{PROJECT}:platform"]}},
                "then": {"required": [REGION]},
                # Other namespaces are their providers': aws:profile,
                # kubernetes:context.
                "patternProperties": {f"^(?!{PROJECT}:)[^:]+:.+$": {}},
                "additionalProperties": False,
            }
        },
        "required": ["config"],
        "definitions": {
            _name(spec): _object(spec)
            for spec in sorted(types(), key=_name)
            if spec is not Settings and _is_used(spec)
        },
    }


def text() -> str:
    """Returns the content of the file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def fields(spec: Any) -> dict[str, str]:
    """Returns the keys of a group of settings -> the arguments that they are."""
    hidden = omitted().get(spec, frozenset())
    return {camel_case(key): key for key in hints_of(spec) if key not in hidden}


def _is_used(spec: Any) -> bool:
    """Returns whether a stack file can hold the group: not below a filled argument."""
    return spec in _used()


@cache
def _used() -> set[Any]:
    return _reachable(Settings, set())


def _reachable(spec: Any, seen: set[Any]) -> set[Any]:
    for key in fields(spec).values():
        for inner in _direct(hints_of(spec)[key]):
            if inner not in seen:
                seen.add(inner)
                _reachable(inner, seen)
    return seen


def _direct(hint: Any) -> set[Any]:
    if typing.is_typeddict(hint):
        return {hint}
    return {found for inner in typing.get_args(hint) for found in _direct(inner)}


def _object(spec: Any) -> dict[str, Any]:
    hints, docs = hints_of(spec), docstrings.of_fields(spec)
    found: dict[str, Any] = {
        "type": "object",
        "description": docstrings.of_type(spec),
        "additionalProperties": False,
        "properties": {
            written: _described(_schema(hints[key]), docs.get(key, ""))
            for written, key in fields(spec).items()
        },
    }
    needed = [w for w, key in fields(spec).items() if key in required_keys(spec)]
    return {**found, "required": needed} if needed else found


def _described(schema: dict[str, Any], text: str) -> dict[str, Any]:
    described = {"description": reworded(text)} if text else {}
    # Draft 7 ignores what is beside a `$ref`.
    if "$ref" in schema:
        return {**described, "allOf": [schema]}
    return {**described, **schema}


def reworded(text: str) -> str:
    """Returns a docstring of arguments in the spelling of settings."""
    names = names_of_arguments()
    return re.sub(
        r"[a-z]+(?:_[a-z]+)+", lambda w: camel_case(w[0]) if w[0] in names else w[0], text
    )


def _schema(hint: Any) -> dict[str, Any]:
    if hint in SCALARS:
        return {"type": SCALARS[hint]}
    if typing.is_typeddict(hint):
        return {"$ref": f"#/definitions/{_name(hint)}"}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"type": "string", "enum": [str(member.value) for member in enum_members(hint)]}
    origin, parameters = typing.get_origin(hint), typing.get_args(hint)
    if isinstance(origin, type) and issubclass(origin, typing.Mapping):
        return {"type": "object", "additionalProperties": _schema(parameters[1])}
    if isinstance(origin, type) and issubclass(origin, typing.Sequence):
        return {"type": "array", "items": _schema(parameters[0])}
    for member in parameters:
        if typing.get_origin(member) is not pulumi.Output and not _is_awaitable(member):
            return _schema(member)
    return {}


def _is_awaitable(member: Any) -> bool:
    return typing.get_origin(member) is typing.get_origin(typing.Awaitable[Any])


def _name(spec: Any) -> str:
    name: str = spec.__name__
    return name.removesuffix("Args").removesuffix("Settings")


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
