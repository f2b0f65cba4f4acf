"""Random settings that are accepted: what has problems is removed until nothing has.

`GROUNDPLAN_EXAMPLES` sets how many examples a test draws: a few by default, thousands
at night.
"""

import asyncio
import copy
import json
import os
from typing import Any

import configuration
import random_settings
from groundplan.problems import MISSING, Problem
from hypothesis import strategies as st

PROJECT, STACK = "groundplan", "random"
MAX_ROUNDS = 60
LOOP = asyncio.new_event_loop()


def examples(few: int) -> int:
    """Returns how many examples a test draws."""
    return int(os.environ.get("GROUNDPLAN_EXAMPLES", "") or few)


def describe(sections: dict[str, Any]) -> Any:
    """Returns the environment. Raises `InvalidSettings`."""
    # A program that has run leaves the thread without a loop, which outputs need.
    asyncio.set_event_loop(LOOP)
    region = sections.get("region", "us-east-1")
    values = {
        f"{PROJECT}:{key}": json.dumps(value) for key, value in sections.items() if key != "region"
    }
    return configuration.describe(PROJECT, STACK, {"aws:region": str(region), **values})


def problems_of(sections: dict[str, Any]) -> tuple[Problem, ...]:
    """Returns the problems of settings; none if they are accepted."""
    try:
        describe(sections)
    except configuration.InvalidSettings as error:
        return error.problems
    return ()


def settings() -> st.SearchStrategy[dict[str, Any]]:
    """Returns strategies of accepted settings, in camelCase."""
    return random_settings.settings(fuller=True).map(repaired)


def repaired(sections: dict[str, Any]) -> dict[str, Any]:
    """Returns settings without what has problems, in the region that they name."""
    region = sections.get("region", "us-east-1")
    found: dict[str, Any] = json.loads(json.dumps(sections).replace("us-east-1", region))
    for _ in range(MAX_ROUNDS):
        problems = problems_of(found)
        if not problems:
            return found
        before = copy.deepcopy(found)
        # The deepest first: what is above may be right without it.
        for problem in sorted(problems, key=lambda p: -p.key.count(".")):
            remove(found, problem.key.removeprefix(f"{PROJECT}:"), problem.value is MISSING)
        if found == before:
            raise AssertionError(f"nothing to remove for {problems}")
    raise AssertionError(f"{found} is not accepted after {MAX_ROUNDS} rounds")


def remove(value: Any, key: str, is_missing: bool) -> bool:
    """Removes what a key names, or the group that lacks it. Returns whether something
    was removed."""
    for name, rest in _inside(value, key):
        inner = value[name]
        missing_here = is_missing and not any(_inside(inner, rest)) and bool(rest)
        if rest and not missing_here and remove(inner, rest, is_missing):
            return True
        del value[name]
        return True
    return False


def steps(value: Any, key: str) -> tuple[list[Any], str]:
    """Returns the names and indices of a key that settings have, and the rest of it."""
    path = []
    while key and (found := _inside(value, key)):
        name, key = found[0]
        path.append(name)
        value = value[name]
    return path, key


def _inside(value: Any, key: str) -> list[tuple[Any, str]]:
    """Returns the names or indices with which a key begins -> the rest of the key."""
    if isinstance(value, dict):
        found = []
        for name in sorted(value, key=len, reverse=True):
            if key == name:
                found.append((name, ""))
            elif key.startswith((f"{name}.", f"{name}[")):
                found.append((name, key[len(name) :].removeprefix(".")))
        return found
    if isinstance(value, list) and key.startswith("["):
        index, _, rest = key[1:].partition("]")
        return [(int(index), rest.removeprefix("."))] if int(index) < len(value) else []
    return []
