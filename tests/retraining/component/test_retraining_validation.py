"""What a RetrainingPipeline refuses: values out of range, and what cannot work."""

import copy
from typing import Any

import pytest
from groundplan.context import Context
from groundplan.data.versions.errors import InvalidReference
from groundplan.data.versions.reference import Reference
from groundplan.kubernetes.object_names import SERVICE
from groundplan.problems import Problem
from groundplan.retraining.component.job_names import MOST, job_name
from groundplan.retraining.component.validation import DIGEST, TAG, validate
from retraining_pipelines import COMPLETE, MINIMAL, TARGET

PLACE = Context("again", "ml", "prod", region="us-east-1")


def problems(changed: dict[str, Any], place: Context = PLACE) -> dict[str, Problem]:
    args: Any = copy.deepcopy(MINIMAL)
    for key, value in changed.items():
        group, _, name = key.rpartition(".")
        target = args.setdefault(group, {}) if group else args
        target[name] = value
    return {problem.key: problem for problem in validate(args, place)}


def test_what_is_complete_and_what_is_minimal_is_accepted() -> None:
    complete: Any = COMPLETE
    assert problems({}) == {}
    assert validate(complete, PLACE) == []


WRONG: dict[str, Any] = {
    "dataset": ["churn", "churn@sha256:" + "a" * 64, "s3://artifacts/churn/", "churn:a b"],
    "evaluation.held_out": ["churn-held-out", "s3://artifacts/held-out", "churn:latest"],
    "evaluation.recent": ["recent"],
    "evaluation.image": ["churn:1"],
    "evaluation.instance_type": ["m5.xlarge"],
    "evaluation.volume_gib": [0],
    "evaluation.max_runtime_seconds": [59, 432_001],
    "evaluation.usd_per_hour": [0],
    "evaluation.role_arn": ["jobs"],
    "training.job": ["a/b"],
    "training.image": ["churn", "churn:1", "ml/churn:1", "docker.io/", "docker.io/a b"],
    "training.instance_type": ["m5.xlarge"],
    "training.nodes": [0],
    "training.max_runtime_seconds": [0, 28 * 86_400 + 1],
    "training.max_wait_hours": [0],
    "training.usd_per_hour": [-1],
    "training.checkpoint_prefix": ["checkpoints", ""],
    "training.output_prefix": ["/models/"],
    "training.role_arn": ["jobs"],
    "cool_down_hours": [-1, 8761],
    "watch_minutes": [4, 10_081],
    "approval.days": [0, 181],
    "approval.overdue_hours": [0, 167],
    "triggers.schedule_expression": ["weekly", "at(2026-11-28T00:00:00)"],
    "triggers.expected_within_hours": [24],
    "triggers.drift": [True],
    "triggers.quality": [True],
    "prefix": ["", "loop"],
    "manifest_prefix": ["*/"],
    "budget_usd_per_month": [0, -1, 5],
    "budget_usd_per_run": [0, 5.5],
    "log_retention_days": [8],
    "kms_key_arn": ["alias/loop"],
    "runbooks_url": ["http://example.com"],
}


@pytest.mark.parametrize(("key", "value"), [(k, v) for k, vs in WRONG.items() for v in vs])
def test_a_value_that_cannot_work_is_refused_by_its_key(key: str, value: Any) -> None:
    assert key in problems({key: value})


def test_folders_of_data_are_folders() -> None:
    assert set(problems({"data_prefixes": ["raw", ""]})) == {"data_prefixes[0]", "data_prefixes[1]"}


@pytest.mark.parametrize(
    "text",
    ["churn:latest", "churn:v1.2_a", "a" * 50 + ":x", "a" * 51 + ":x", "Churn:latest", "churn-:x",
     "churn:-x", "churn:" + "x" * 64, "churn@sha256:" + "a" * 64, "churn@sha256:" + "a" * 63],
)  # fmt: skip
def test_references_are_those_of_dataset_versions(text: str) -> None:
    try:
        found = Reference.parse(text)
    except InvalidReference:
        found = None
    assert (TAG.fullmatch(text) is not None) == bool(found and found.tag)
    assert (DIGEST.fullmatch(text) is not None) == bool(found and found.digest)


def test_all_problems_are_reported_at_once() -> None:
    found = problems({"dataset": "churn", "watch_minutes": 0, "budget_usd_per_month": 1})
    assert set(found) == {"dataset", "watch_minutes", "budget_usd_per_month"}


def test_a_name_fits_those_of_its_roles() -> None:
    assert "name" in problems({}, Context("a" * 41, "ml", "prod", region="us-east-1"))


# The budget.


def test_a_budget_below_the_longest_run_names_its_price() -> None:
    found = problems({"budget_usd_per_month": 5})["budget_usd_per_month"]
    assert "at least 5.75, the price of the longest run" in found.allowed
    assert "1 x ml.m5.xlarge at 0.23 USD an hour for 24 hours" in found.allowed
    assert problems({"budget_usd_per_month": 5.75}) == {}


def test_a_shorter_run_or_a_lower_price_fits_a_smaller_budget() -> None:
    assert problems({"budget_usd_per_month": 5, "training.max_runtime_seconds": 3600}) == {}
    assert problems({"budget_usd_per_month": 5, "training.usd_per_hour": 0.1}) == {}
    assert "budget_usd_per_month" in problems({"training.nodes": 10})


def test_a_month_s_budget_below_that_of_a_run_begins_none() -> None:
    found = problems({"budget_usd_per_run": 60})["budget_usd_per_month"]
    assert "at least budget_usd_per_run, 60" in found.allowed


def test_an_unknown_price_is_refused_with_its_fix() -> None:
    elsewhere = Context("again", "ml", "prod", region="sa-east-1")
    found = problems({}, elsewhere)
    assert set(found) == {"training.usd_per_hour", "evaluation.usd_per_hour"}
    assert "groundplan prices refresh --region sa-east-1" in found["training.usd_per_hour"].fix
    both = {"training.usd_per_hour": 0.3, "evaluation.usd_per_hour": 0.3}
    assert problems(both, elsewhere) == {}
    unknown = problems({}, Context("again", "ml", "prod"))["training.usd_per_hour"]
    assert "set aws:region" in unknown.fix


# Schedule, cool-down, approval.


@pytest.mark.parametrize(
    ("expression", "hours", "refused"),
    [
        ("rate(1 day)", 24, True),
        ("rate(1 day)", 23, False),
        ("cron(0 3 ? * MON *)", 24, False),
        ("cron(0 3,9 * * ? *)", 6, True),
        ("cron(0 3 L * ? *)", 8000, False),  # not known
    ],
)
def test_a_cool_down_does_not_outlast_the_schedule(
    expression: str, hours: int, refused: bool
) -> None:
    found = problems({"triggers.schedule_expression": expression, "cool_down_hours": hours})
    assert ("cool_down_hours" in found) == refused


def test_a_run_is_expected_no_sooner_than_the_schedule_begins_one() -> None:
    weekly = {"triggers.schedule_expression": "rate(7 days)"}
    assert problems({**weekly, "triggers.expected_within_hours": 168}) == {}
    assert "triggers.expected_within_hours" in problems(
        {**weekly, "triggers.expected_within_hours": 167}
    )
    monthly = {"triggers.schedule_expression": "cron(0 3 1 * ? *)"}
    found = problems({**monthly, "triggers.expected_within_hours": 168})
    assert found["triggers.expected_within_hours"].fix == "remove it"


def test_an_alarm_comes_before_the_approval_counts_as_refused() -> None:
    found = problems({"approval": {"days": 2, "overdue_hours": 48}})
    assert set(found) == {"approval.overdue_hours"}
    assert problems({"approval": {"days": 2, "overdue_hours": 47}}) == {}


def test_the_target_is_that_of_the_endpoint_and_from_the_registry() -> None:
    assert set(problems({"endpoint": "fraud"})) == {"endpoint"}
    bare = {key: value for key, value in TARGET.items() if key != "audit"}
    found = problems({"release_target": {**bare, "model_package_group": None}})
    assert set(found) == {"release_target.model_package_group", "release_target.audit"}
    assert "ReleaseRuntime.release_targets" in found["release_target.audit"].fix


def test_without_a_person_gates_have_to_judge() -> None:
    bare = {**TARGET, "gates": {}}
    found = problems({"release_target": bare, "approval": {"required": False}})
    assert set(found) == {"approval.required"}
    assert problems({"approval": {"required": False}}) == {}
    assert problems({"release_target": bare}) == {}


@pytest.mark.parametrize(
    ("project", "stack", "name"),
    [("ml", "prod", "again"), ("ML_1", "prod.eu", "again"), ("p" * 30, "s" * 30, "n" * 40)],
)
def test_names_of_jobs_are_those_that_sagemaker_takes(project: str, stack: str, name: str) -> None:
    found = job_name(Context(name, project, stack))
    assert SERVICE.fullmatch(found)
    assert len(found) <= MOST
