"""Reads the configuration of a stack into `Settings`, or says everything that is wrong
with it at once."""

import json
import re
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import rules
from groundplan.problems import MISSING, Problem, report, unknown_key
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from settings import Settings

REGION = "aws:region"


class InvalidSettings(Exception):
    """The configuration can't be an environment's. Nothing was registered."""

    def __init__(self, stack: str, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(report(f"Pulumi.{stack}.yaml has invalid settings", self.problems))


def read(project: str, stack: str, values: Mapping[str, str]) -> Settings:
    """The settings of `stack` from its configuration, `namespace:key` -> text. Raises
    `InvalidSettings`."""
    prefix = f"{project}:"
    given = {
        key.removeprefix(prefix): _json(value)
        for key, value in values.items()
        if key.startswith(prefix)
    }
    # An empty section is one that was left out: Pulumi.yaml can declare an object only
    # with a default.
    raw: dict[str, Any] = {key: value for key, value in given.items() if value != {}}
    if REGION in values:
        raw["region"] = values[REGION]
    try:
        settings, shape = _parse(raw), []
    except ValidationError as error:
        shape = error.errors()
        settings = _what_can_be_read(raw, shape)
    problems = [_problem(entry) for entry in shape]
    judged = [_in_our_spelling(p) for p in rules.problems(settings, f"{project}-{stack}")]
    problems += [p for p in judged if not any(p.key == found.key for found in problems)]
    if problems:
        raise InvalidSettings(
            stack, sorted((_named(prefix, p) for p in problems), key=lambda p: p.key)
        )
    return settings


def _parse(raw: Mapping[str, Any]) -> Settings:
    # From JSON, because strict validation takes the text of an enum from there only.
    return Settings.model_validate_json(json.dumps(raw))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _what_can_be_read(raw: dict[str, Any], errors: Sequence[ErrorDetails]) -> Settings:
    """The settings without the keys that are wrong, so that the rules judge what
    remains in the same run."""
    left = json.loads(json.dumps(raw))
    while errors:
        for entry in errors:
            _drop(left, entry["loc"][:-1] if entry["type"] == "missing" else entry["loc"])
        try:
            return _parse(left)
        except ValidationError as error:
            errors = error.errors()
    return _parse(left)


def _drop(data: Any, path: Sequence[int | str]) -> None:
    for step in path[:-1]:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return
    if isinstance(data, dict) and path:
        data.pop(path[-1], None)
    elif isinstance(data, list) and path:
        data.clear()


WORDS = {
    "int_type": "a whole number",
    "float_type": "a number",
    "string_type": "a string",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


def _problem(entry: ErrorDetails) -> Problem:
    """A finding of pydantic's in our words."""
    key = _path(entry["loc"])
    context = entry.get("ctx", {})
    kind = entry["type"]
    if kind == "missing":
        return Problem(key, MISSING, "a value: it has no default", f"set {key}")
    if kind == "extra_forbidden":
        return unknown_key(key, entry["input"], _keys(entry["loc"][:-1]))
    if kind == "enum":
        return Problem(key, entry["input"], str(context["expected"]))
    bounds = {"greater_than_equal": ("ge", "from"), "greater_than": ("gt", "above")} | {
        "less_than_equal": ("le", "up to"),
        "less_than": ("lt", "below"),
    }
    if kind in bounds:
        name, word = bounds[kind]
        return Problem(key, entry["input"], f"a number {word} {context[name]:g}")
    if kind == "string_type" and isinstance(entry["input"], bool | int | float):
        return Problem(key, entry["input"], WORDS[kind], "write it in quotes")
    if kind == "too_short":
        return Problem(key, entry["input"], f"at least {context['min_length']} of them")
    return Problem(key, entry["input"], WORDS.get(kind, entry["msg"]))


def _path(loc: Sequence[int | str]) -> str:
    text = ""
    for step in loc:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _keys(loc: Sequence[int | str]) -> list[str]:
    """The keys that the group of settings at `loc` knows."""
    kind: Any = Settings
    for step in loc:
        kind = _below(kind, step)
    names = (
        [field.alias or name for name, field in kind.model_fields.items()]
        if _is_model(kind)
        else []
    )
    return [name for name in names if loc or name != "region"]


def _spelled(path: str) -> str:
    """A path of fields as the settings spell it: `network.interface_endpoints[0]` ->
    `network.interfaceEndpoints[0]`."""
    kind: Any = Settings
    told = []
    for step in path.split("."):
        name = re.sub(r"\[.*", "", step)
        field = kind.model_fields.get(name) if _is_model(kind) else None
        told.append(step.replace(name, field.alias or name, 1) if field else step)
        kind = _inside(field.annotation) if field else _below(kind, step)
    return ".".join(told)


def _in_our_spelling(problem: Problem) -> Problem:
    """A rule's problem, which names arguments, as one of settings: `lower min_size` ->
    `lower minSize`."""

    def told(text: str) -> str:
        return re.sub(r"[a-z]+(_[a-z]+)+", lambda word: _aliases().get(word[0], word[0]), text)

    value = problem.value
    if isinstance(value, dict | list):
        value = _keys_spelled(value)
    return replace(
        problem,
        key=_spelled(problem.key),
        value=value,
        allowed=told(problem.allowed),
        fix=told(problem.fix),
    )


def _keys_spelled(value: Any) -> Any:
    if isinstance(value, dict):
        return {_aliases().get(key, key): _keys_spelled(inner) for key, inner in value.items()}
    return [_keys_spelled(inner) for inner in value] if isinstance(value, list) else value


@cache
def _aliases() -> Mapping[str, str]:
    """Every field of several words, anywhere in the settings -> its key."""
    found: dict[str, str] = {}
    waiting: list[Any] = [Settings]
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, _Items):
            waiting.append(kind.kind)
        elif _is_model(kind):
            found |= {
                name: field.alias or name
                for name, field in kind.model_fields.items()
                if "_" in name
            }
            waiting += [_inside(field.annotation) for field in kind.model_fields.values()]
    return found


def _below(kind: Any, step: int | str) -> Any:
    """The type of what stands under a key (or index) of a type."""
    if isinstance(kind, _Items):
        return kind.kind
    if _is_model(kind):
        field = next((field for field in kind.model_fields.values() if field.alias == step), None)
        return _inside(field.annotation) if field else None
    return None


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


class _Items:
    """A mapping or list of groups: the next step of a path names one of them."""

    def __init__(self, kind: Any) -> None:
        self.kind = kind


def _inside(annotation: Any) -> Any:
    """The type that settings hold, without what only says that they may be absent, or
    how they are checked."""
    origin, parameters = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return _inside(next(p for p in parameters if p is not type(None)))
    if origin is typing.Annotated:
        return _inside(parameters[0])
    if origin in (dict, list):
        return _Items(_inside(parameters[-1]))
    return annotation


def _named(prefix: str, problem: Problem) -> Problem:
    """The problem under the key that stands in the stack's file:
    `groundplan:network.cidrBlock`."""
    return replace(problem, key=REGION if problem.key == "region" else prefix + problem.key)
