"""Applies the fix of a problem to settings, where its words say what to change: `use
3`, `did you mean "x"`, `set rollout.waitSeconds to 60`."""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

from accepted_settings import PROJECT, steps
from groundplan.problems import Problem

VALUE = r'"[^"]*"|\{[^}]*\}|-?\d+(?:\.\d+)?|true|false|[a-z][a-z-]*'
ASSIGNED = re.compile(rf"([a-zA-Z]\w*\.[\w.]+) to ({VALUE})")
"""A full path below a component's settings, and its value."""


def applied(sections: dict[str, Any], problem: Problem) -> Iterator[dict[str, Any]]:
    """Returns settings with each alternative of a fix that can be applied."""
    key = problem.key.removeprefix(f"{PROJECT}:")
    path, rest = steps(sections, key)
    for alternative in problem.fix.split(", or "):
        changed = copy.deepcopy(sections)
        exact = re.fullmatch(rf"use ({VALUE})|did you mean (\"[^\"]*\")", alternative)
        # The problem of a name has the name as its value.
        named = bool(path) and path[-1] == problem.value
        if exact and not rest and not named:
            group = _group(changed, path[:-1])
            group[path[-1]] = _value(exact[1] or exact[2])
            yield changed
        elif alternative.startswith("set ") and path:
            base = path[:2] if path[0] in ("endpoints", "services") else path[:1]
            assigned = ASSIGNED.findall(alternative)
            for where, value in assigned:
                names = where.split(".")
                # A path that begins with another section is one of all settings.
                elsewhere = names[0] in changed and names[0] != path[0]
                _put(_group(changed, [] if elsewhere else base), names, _value(value))
            if assigned and isinstance(_group(changed, base), dict):
                yield changed


def _group(value: Any, path: list[Any]) -> Any:
    for name in path:
        value = value[name]
    return value


def _put(group: dict[str, Any], path: list[str], value: Any) -> None:
    for name in path[:-1]:
        group = group.setdefault(name, {})
    group[path[-1]] = value


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
