"""Keys of settings that are in the wrong section: where they belong."""

import typing
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from groundplan.arguments import camel_case, hints_of
from groundplan.problems import Problem
from settings import Settings, omitted

MOST = 3
"""Sections that a fix names, the outermost ones; a key that more have says nothing."""

REMOVE = "remove it"
"""The fix of a key that is unknown and like none of its section."""


def explained(problem: Problem) -> Problem:
    """Returns the problem of an unknown key with the sections that have it."""
    key = problem.key.rsplit(".", 1)[-1]
    every = _sections().get(key, ())
    shallowest = min((section.count(".") for section in every), default=0)
    sections = [section for section in every if section.count(".") == shallowest]
    if problem.fix != REMOVE or not 0 < len(sections) <= MOST:
        return problem
    named = " or ".join(sections)
    return replace(problem, fix=f"it is a key of {named}: move it there, or remove it")


@cache
def _sections() -> Mapping[str, tuple[str, ...]]:
    """Returns each key in the spelling of settings -> the sections that have it."""
    found: dict[str, list[str]] = {}
    for section, key in _keys(Settings, ""):
        found.setdefault(key, []).append(section)
    return {key: tuple(dict.fromkeys(sections)) for key, sections in found.items()}


def _keys(hint: Any, path: str) -> Iterator[tuple[str, str]]:
    if typing.is_typeddict(hint):
        for key, inner in hints_of(hint).items():
            if key not in omitted().get(hint, frozenset()):
                name = camel_case(key)
                if path:
                    yield path, name
                yield from _keys(inner, f"{path}.{name}" if path else name)
        return
    origin, parameters = typing.get_origin(hint), typing.get_args(hint)
    is_mapping = isinstance(origin, type) and issubclass(origin, Mapping)
    for inner in parameters[1:] if is_mapping else parameters:
        yield from _keys(inner, f"{path}.<name>" if is_mapping else path)
