"""Properties of random settings: named errors, and what is accepted registers, complies
with the policy rules and the architecture, and is the same under every hash seed.

`GROUNDPLAN_EXAMPLES=2000` draws so many examples, as at night."""

import json
import os
import pathlib
import re
import subprocess
import sys
from typing import Any

import accepted_settings
import applied_fixes
import contract
import name_limits
import pytest
import random_settings
import schema
from accepted_settings import examples, problems_of
from groundplan.arguments import camel_case, hints_of
from groundplan.manifest.model import Manifest
from groundplan.policy.check import check
from groundplan.policy.finding import Severity
from hypothesis import Phase, given, settings
from registered_digests import registered
from settings import omitted
from spelling import types

ROOT = pathlib.Path(__file__).parents[2]


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
WRITTEN = frozenset(
    camel_case(key)
    for spec in types()
    for key in hints_of(spec)
    if key not in omitted().get(spec, frozenset())
)
NEVER_WRITTEN = frozenset(camel_case(key) for spec, keys in omitted().items() for key in keys) - (
    WRITTEN | {"region"}
)
"""Arguments that only the wiring fills."""
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


@settings(max_examples=150)
@given(random_settings.settings(strange=True))
def test_no_fix_names_a_setting_that_cannot_be_written(sections: dict[str, Any]) -> None:
    for problem in problems_of(sections):
        for word in re.findall(r"\b(?:set|remove|raise|lower|change) ([a-z][\w.]*)", problem.fix):
            name = word.rstrip(".").split(".")[-1]
            assert name not in NEVER_WRITTEN, str(problem)


@settings(max_examples=examples(100))
@given(random_settings.settings(strange=True, fuller=True))
def test_what_a_fix_advises_is_not_refused(sections: dict[str, Any]) -> None:
    for problem in problems_of(sections):
        for changed in applied_fixes.applied(sections, problem):
            after = {p.key: without_numbers(p.allowed) for p in problems_of(changed)}
            assert after.get(problem.key) != without_numbers(problem.allowed), str(problem)


def without_numbers(text: str) -> str:
    return re.sub(r"\d+", "N", text)


def register_and_check(sections: dict[str, Any]) -> None:
    """Registers accepted settings: no policy of level high fails, and the
    architecture's rules hold."""
    manifest = registered(sections)
    assert manifest.resources
    severe = {Severity.CRITICAL, Severity.HIGH}
    assert [f.reason for f in check(manifest) if f.severity in severe] == []
    assert [*contract.broken(manifest), *name_limits.too_long(manifest)] == []


@settings(max_examples=examples(8))
@given(accepted_settings.settings())
def test_what_is_accepted_registers_and_holds_the_rules(sections: dict[str, Any]) -> None:
    assert problems_of(sections) == ()
    register_and_check(sections)


def test_accepted_settings_register_the_same_bytes_under_every_hash_seed() -> None:
    drawn: list[dict[str, Any]] = []

    @settings(max_examples=examples(4), phases=[Phase.generate])
    @given(accepted_settings.settings())
    def draw(sections: dict[str, Any]) -> None:
        drawn.append(sections)

    draw()
    assert digests(drawn, seed="0") == digests(drawn, seed="1")


def digests(drawn: list[dict[str, Any]], seed: str) -> list[str]:
    """Returns a digest of each manifest, of a process with a hash seed."""
    paths = [str(ROOT / part) for part in ("components", "infra", "tests/strategies")]
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(paths)}
    worker = ROOT / "tests" / "strategies" / "registered_digests.py"
    process = subprocess.run(
        [sys.executable, str(worker)],
        input=json.dumps(drawn),
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    found: list[str] = json.loads(process.stdout)
    return found


@pytest.mark.parametrize("sections", [{}, {"network": {}}, {"tags": {}}])
def test_an_environment_without_settings_registers(sections: dict[str, Any]) -> None:
    assert problems_of(sections) == ()


def test_a_broken_promise_is_noticed() -> None:
    data = registered({"deletionProtection": False}).to_data()
    named = {resource["name"]: resource for resource in data["resources"]}
    assert list(contract.broken(Manifest.from_data(data))) == []
    named["network-vpc"]["name"] = "vpc"
    del named["artifacts-bucket"]["inputs"]["tags"]["groundplan:component"]
    reported = "; ".join(contract.broken(Manifest.from_data(data)))
    assert "vpc is not named after its component network" in reported
    assert "artifacts-bucket has no tag with its component" in reported
    named["network-vpc"]["name"] = "network-" + "v" * 300
    named["artifacts-bucket"]["name"] = "artifacts-" + "b" * 60
    assert any("more than 63" in text for text in name_limits.too_long(Manifest.from_data(data)))


def test_fixes_are_applied() -> None:
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1.4"
    endpoint = {"image": image, "instanceType": "ml.m5.large"}
    slow = {"strategy": "linear", "stepPercent": 25, "waitSeconds": 900}
    for sections in (
        {"endpoints": {"churn": {**endpoint, "rollout": slow}}},
        {"endpoints": {"churn": {**endpoint, "instanceType": "ml.m5.larg"}}},
        {"network": {"flowLogs": {"retentionDays": 10}}},
    ):
        (problem,) = problems_of(sections)
        (changed,) = applied_fixes.applied(sections, problem)
        assert problems_of(changed) == ()
