"""A mistake in a section gets one message, in the words of who wrote the section: the
value as it is written, keys that can be set, a fix that is possible."""

import copy
import json
import pathlib
from functools import cache
from typing import Any

import pytest
import yaml
from configuration import InvalidSettings, describe
from groundplan.problems import Problem, one_of

LOOP = pathlib.Path(__file__).parent.parent / "golden" / "Pulumi.loop.yaml"


@cache
def _sections() -> dict[str, Any]:
    config = yaml.safe_load(LOOP.read_text(encoding="utf-8"))["config"]
    return {k.removeprefix("groundplan:"): v for k, v in config.items() if k != "aws:region"}


def problems(path: str, value: Any) -> dict[str, Problem]:
    """Returns the problems of the loop's environment with one change."""
    sections = copy.deepcopy(_sections())
    *above, last = path.split(".")
    target = sections
    for key in above:
        target = target.setdefault(key, {})
    target[last] = value
    values = {f"groundplan:{k}": json.dumps(v) for k, v in sections.items()}
    try:
        describe("groundplan", "loop", {"aws:region": "us-east-1", **values})
    except InvalidSettings as error:
        return {p.key.removeprefix("groundplan:"): p for p in error.problems}
    return {}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("retraining.churn.training.instanceType", "m5.xlarge"),
        ("retraining.churn.training.instanceType", "ml.p99.large"),
        ("retraining.churn.training.maxRuntimeSeconds", 10**9),
        ("retraining.churn.triggers.scheduleExpression", "cron(99 3 ? * MON *)"),
        ("pipelines.events.triggers.scheduleExpression", "cron(0 3 32 * ? *)"),
        ("utilization.scheduleExpression", "cron(0 3 ? * MONDAY *)"),
        ("logs.dataProtection.identifiers", []),
    ],
)
def test_one_mistake_is_one_problem(path: str, value: Any) -> None:
    assert list(problems(path, value)) == [path]


def test_a_name_that_became_a_reference_is_shown_as_it_is_written() -> None:
    found = problems("endpoints.churn.release", "declared")
    assert found["endpoints.churn.modelPackageGroup"].value == "churn"


@pytest.mark.parametrize("section", ["retraining", "queueRetraining", "logs", "utilization", "api"])
def test_a_section_of_the_wrong_kind_names_only_keys_that_can_be_set(section: str) -> None:
    allowed = problems(section, "x")[section].allowed
    for key in ("tags", "endpoint,", "releaseTarget", "alarmActions", "deletionProtection"):
        assert key not in allowed


def test_no_datasets_at_all_is_not_too_many() -> None:
    found = problems("datasets.sets", {})["datasets.sets"]
    assert (found.value, found.fix) == ({}, "name a dataset")


def test_a_name_where_there_is_nothing_to_name_is_removed() -> None:
    (found,) = one_of("teams", "a", [])
    assert found.allowed == "none: there are none"
    assert found.fix == "remove it"


@pytest.mark.parametrize(
    ("triggers", "wrong"),
    [
        ({"scheduleExpression": "rate(1 day)", "expectedWithinHours": 1}, True),
        ({"scheduleExpression": "rate(1 day)", "expectedWithinHours": 24}, False),
        ({"scheduleExpression": "rate(1 day)", "expectedWithinHours": 1, "objects": True}, False),
    ],
)
def test_a_schedule_has_to_keep_to_what_an_alarm_expects(
    triggers: dict[str, Any], wrong: bool
) -> None:
    key = "pipelines.events.triggers.expectedWithinHours"
    assert list(problems("pipelines.events.triggers", triggers)) == ([key] if wrong else [])
