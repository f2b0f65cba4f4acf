"""Problems of arguments as problems of settings: keys in camelCase, as in a stack
file."""

import re
import typing
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from groundplan.arguments import camel_case, hints_of
from groundplan.problems import Problem
from settings import Settings, omitted

WORD = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")


def as_setting(problem: Problem) -> Problem:
    """Returns the problem with its key, value and texts in the spelling of settings."""
    return replace(
        problem,
        key=path(problem.key),
        value=_value(problem.value),
        allowed=text(problem.allowed),
        fix=text(problem.fix),
    )


def path(path: str) -> str:
    """Returns a path of arguments as settings: `network.zone_count` ->
    `network.zoneCount`. Names that the user chose stay."""
    hint: Any = Settings
    steps = []
    for step in path.split(".") if path else []:
        name = re.sub(r"\[.*", "", step)
        if typing.is_typeddict(hint):
            steps.append(camel_case(name) + step[len(name) :] if name in hints_of(hint) else step)
            hint = _inside(hints_of(hint).get(name), indexed="[" in step)
        else:
            steps.append(step)
            hint = _inside(_item(hint), indexed="[" in step)
    return ".".join(steps)


def writable(path: str) -> str:
    """Returns the longest part of a path, in the spelling of settings, that a stack
    file can have: without arguments that the wiring fills."""
    if path == "region":  # aws:region
        return path
    hint: Any = Settings
    steps: list[str] = []
    for step in path.split(".") if path else []:
        name = re.sub(r"\[.*", "", step)
        if typing.is_typeddict(hint):
            keys = {camel_case(key): key for key in hints_of(hint)}
            if name not in keys or keys[name] in omitted().get(hint, frozenset()):
                break
            hint = _inside(hints_of(hint)[keys[name]], indexed="[" in step)
        else:
            hint = _inside(_item(hint), indexed="[" in step)
        steps.append(step)
    return ".".join(steps)


def text(text: str) -> str:
    """Returns a sentence that names arguments, naming settings."""
    return WORD.sub(
        lambda word: camel_case(word[0]) if word[0] in names_of_arguments() else word[0], text
    )


@cache
def types(spec: Any = Settings) -> tuple[type, ...]:
    """Returns all argument types of the settings, each once."""
    found: dict[type, None] = {}
    _add_types(spec, found)
    return tuple(found)


def _add_types(hint: Any, found: dict[type, None]) -> None:
    if typing.is_typeddict(hint) and hint not in found:
        found[hint] = None
        for inner in hints_of(hint).values():
            _add_types(inner, found)
    for inner in typing.get_args(hint):
        _add_types(inner, found)


def _value(value: Any) -> Any:
    if isinstance(value, Mapping):
        fields = names_of_arguments()
        return {
            camel_case(key) if key in fields else key: _value(inner) for key, inner in value.items()
        }
    return [_value(inner) for inner in value] if isinstance(value, list) else value


@cache
def names_of_arguments() -> frozenset[str]:
    """Returns the arguments whose spelling differs in settings."""
    return frozenset(key for spec in types() for key in hints_of(spec) if "_" in key)


def _inside(hint: Any, *, indexed: bool) -> Any:
    """Returns the group of settings in a type, without `NotRequired` and unions."""
    if indexed:
        hint = _item(hint)
    for found in _candidates(hint):
        return found
    return None


def _item(hint: Any) -> Any:
    """Returns the type of the items of a list or mapping, where a type holds one."""
    for candidate in _candidates(hint):
        if not typing.is_typeddict(candidate):
            return typing.get_args(candidate)[-1]
    return None


def _candidates(hint: Any) -> Iterator[Any]:
    """Returns the groups, lists and mappings that a type allows."""
    if typing.is_typeddict(hint):
        yield hint
    elif typing.get_args(hint):
        origin = typing.get_origin(hint)
        if isinstance(origin, type) and issubclass(origin, Mapping | list | typing.Sequence):
            yield hint
        else:
            for inner in typing.get_args(hint):
                yield from _candidates(inner)
