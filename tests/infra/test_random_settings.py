"""Properties of random settings: named errors, and what is accepted registers."""

import json
import re
from typing import Any

import configuration
import pytest
import random_settings
import registration
import schema
from groundplan.arguments import hints_of
from groundplan.problems import Problem
from groundplan.testing import deploy
from hypothesis import given, settings
from spelling import types

REGION = "us-east-1"
STACK = "random"


def problems_of(sections: dict[str, Any]) -> tuple[Problem, ...]:
    """Returns the problems of settings; none if they are accepted."""
    try:
        describe(sections)
    except configuration.InvalidSettings as error:
        return error.problems
    return ()


def describe(sections: dict[str, Any]) -> Any:
    region = sections.get("region", REGION)
    values = {
        f"groundplan:{key}": json.dumps(value) for key, value in sections.items() if key != "region"
    }
    return configuration.describe("groundplan", STACK, {"aws:region": str(region), **values})


def can_be_written(key: str, sections: dict[str, Any]) -> bool:
    """Returns whether a stack file can have a key, or this one has it."""
    if key == "aws:region":
        return True
    steps = [s for s in re.split(r"\.|(\[\d+\])", key.removeprefix("groundplan:")) if s]
    return _in_schema(steps, ROOT_SCHEMA) or _is_written(steps, sections)


def _in_schema(steps: list[str], node: dict[str, Any]) -> bool:
    if not steps:
        return True
    node = _resolved(node)
    first, rest = steps[0], steps[1:]
    if first.startswith("["):
        return "items" in node and _in_schema(rest, node["items"])
    if first in node.get("properties", {}):
        return _in_schema(rest, node["properties"][first])
    inner = node.get("additionalProperties")
    if not isinstance(inner, dict):
        return False
    # Names can have dots: the rest may begin anywhere behind them.
    return any(_in_schema(steps[n:], inner) for n in range(1, len(steps) + 1))


def _is_written(steps: list[str], value: Any) -> bool:
    for step in steps:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and re.fullmatch(r"\[\d+\]", step):
            value = value[int(step[1:-1])]
        else:
            return False
    return True


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    reference = node.get("$ref") or next((p["$ref"] for p in node.get("allOf", ())), None)
    return SCHEMA["definitions"][reference.rsplit("/", 1)[-1]] if reference else node


SCHEMA = schema.schema()
ROOT_SCHEMA = {
    "properties": {
        key.removeprefix("groundplan:"): value
        for key, value in SCHEMA["properties"]["config"]["properties"].items()
    }
}
FIELDS = frozenset(key for spec in types() for key in hints_of(spec) if "_" in key)


@settings(max_examples=150)
@given(random_settings.settings(strange=True))
def test_every_reported_key_is_one_that_a_stack_file_can_have(sections: dict[str, Any]) -> None:
    for problem in problems_of(sections):
        assert can_be_written(problem.key, sections), str(problem)


@settings(max_examples=150)
@given(random_settings.settings(strange=True))
def test_no_error_names_an_argument_in_snake_case(sections: dict[str, Any]) -> None:
    for problem in problems_of(sections):
        words = set(re.findall(r"\b[a-z]+(?:_[a-z]+)+\b", f"{problem.allowed} {problem.fix}"))
        assert not words & FIELDS, str(problem)


@settings(max_examples=25)
@given(random_settings.settings())
def test_what_is_accepted_registers(sections: dict[str, Any]) -> None:
    if problems_of(sections):
        return
    plan = deploy(
        lambda: registration.register(describe(sections)),
        project="groundplan",
        stack=STACK,
        region=sections.get("region", REGION),
    )
    assert plan.manifest.resources


@pytest.mark.parametrize("sections", [{}, {"network": {}}, {"tags": {}}])
def test_an_environment_without_settings_registers(sections: dict[str, Any]) -> None:
    assert problems_of(sections) == ()
