"""The retraining of an environment: wired to the endpoint, its releases, its checks,
the bucket and the topic; and what is refused."""

import copy
import json
from typing import Any

import pytest
from configuration import InvalidSettings, describe
from description import Call
from environments import manifests
from groundplan.cost.assumptions import Assumptions
from groundplan.cost.estimate import estimate
from groundplan.report.diagram.parts import edges, parts
from groundplan.retraining.engine.settings import RetrainingSettings

LOOP = "loop"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn"
SECTIONS: dict[str, Any] = {
    "models": {"groups": {"churn": {"description": "Who may leave"}}},
    "endpoints": {
        "churn": {
            "image": f"{IMAGE}:1",
            "instanceType": "ml.m5.large",
            "release": "registry",
            "modelPackageGroup": "churn",
            "gates": {"metrics": {"auc": {"min": 0.8}}},
        },
        "fraud": {"image": f"{IMAGE}:1", "instanceType": "ml.m5.large"},
    },
    "modelMonitoring": {
        "churn": {
            "baselineKey": "baselines/churn.json",
            "layerArns": ["arn:aws:lambda:us-east-1:123456789012:layer:statistics:1"],
        }
    },
    "retraining": {
        "churn": {
            "dataset": "churn:latest",
            "training": {
                "job": "churn",
                "image": f"{IMAGE}@sha256:{'a' * 64}",
                "instanceType": "ml.m5.xlarge",
                "maxRuntimeSeconds": 3600,
            },
            "evaluation": {"heldOut": "churn-held-out:latest"},
            "budgetUsdPerMonth": 50,
        }
    },
}


def resources() -> dict[str, Any]:
    return {resource.name: resource for resource in manifests()[LOOP].resources}


def test_the_pipeline_has_the_outputs_of_what_it_works_with() -> None:
    known = resources()
    outputs = known["churn-retraining"].outputs
    text = json.dumps({k: v for k, v in outputs["settings"].items() if k != "state_machine_arn"})
    found = RetrainingSettings.read(text)
    assert found.endpoint == "groundplan-loop-churn"
    assert found.release_target["audit"]["prefix"] == "releases/"
    assert found.release_target["gates"]["metrics"]["auc"]["min"] == 0.8
    assert found.bucket == "${artifacts-bucket.bucket}"
    pattern = json.loads(known["churn-retraining-checks"].inputs["eventPattern"])
    assert pattern["detail"]["monitor"] == ["groundplan-loop-churn"]
    allowed = known["churn-retraining-machine-policy"].inputs["policy"]
    assert "${monitoring-topic.arn}" in allowed
    assert "${monitoring-key-key.arn}" in allowed


def test_the_stack_exports_the_settings_for_the_commands() -> None:
    exported = manifests()[LOOP].outputs["retraining"]["churn"]
    assert exported["dataset"] == "churn:latest"
    assert exported["state_machine_arn"] == "${churn-retraining-machine.arn}"
    assert "token" not in json.dumps(exported).lower()


def test_the_diagram_shows_the_loop() -> None:
    drawn = parts(manifests()[LOOP])
    titles = {part.key: part.title for part in drawn}
    found = {(titles[a], titles[b]) for a, b in edges(drawn)}
    for part in ("churn", "churn-checks", "releases", "models", "artifacts", "monitoring"):
        assert ("churn-retraining", part) in found
    assert ("churn-checks", "churn") in found
    assert ("releases", "churn") in found


def test_runs_cost_up_to_the_budget_of_a_month() -> None:
    def runs(assumptions: Assumptions | None = None) -> tuple[float, float, float]:
        found = estimate(manifests()[LOOP], assumptions)
        (item,) = (i for i in found.items if i.name == "churn-retraining-machine")
        assert "retraining runs" in found.assumptions
        return item.low, item.expected, item.high

    low, expected, high = runs()
    # Two runs of four hours of ml.m5.xlarge, at the most its runtime, and evaluations
    # of one; the transitions are cents.
    assert low == pytest.approx(0, abs=0.2)
    assert expected == pytest.approx(2 * 5 * 0.23, abs=0.2)
    assert high == pytest.approx(50, abs=0.2)
    often = Assumptions(resources={"churn-retraining-machine": {"retraining_runs": 1000}})
    assert runs(often)[1] == pytest.approx(50, abs=0.2)


@pytest.mark.parametrize(
    ("tracking", "own", "count"),
    [
        ({"server": "managed"}, {}, 1),
        ({"server": "managed"}, {"roleArn": "arn:aws:iam::123456789012:role/own"}, 0),
        (None, {}, 0),
    ],
)
def test_training_jobs_of_runs_may_log_to_mlflow(
    tracking: Any, own: dict[str, str], count: int
) -> None:
    sections = copy.deepcopy(SECTIONS)
    sections["retraining"]["churn"]["training"] |= own
    sections |= {"tracking": tracking} if tracking else {}
    values = {f"groundplan:{key}": json.dumps(value) for key, value in sections.items()}
    described = describe("groundplan", "test", {"aws:region": "us-east-1", **values})
    calls = [step for step in described.steps if isinstance(step, Call)]
    granted = [call.args["role"] for call in calls if call.method == "grant_log"]
    assert [role.component for role in granted] == ["churn-retraining"] * count


# What is refused.


def problems(changes: dict[str, Any]) -> dict[str, str]:
    sections = copy.deepcopy(SECTIONS)
    for key, value in changes.items():
        *path, name = key.split(".")
        target = sections
        for part in path:
            target = target.setdefault(part, {})
        if value is None:
            del target[name]
        else:
            target[name] = value
    values = {f"groundplan:{key}": json.dumps(value) for key, value in sections.items()}
    try:
        describe("groundplan", "test", {"aws:region": "us-east-1", **values})
    except InvalidSettings as error:
        return {p.key.removeprefix("groundplan:"): f"{p.allowed} | {p.fix}" for p in error.problems}
    return {}


def test_settings_that_fit_are_accepted() -> None:
    assert problems({}) == {}


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    (
        {"endpoints.churn.release": None, "endpoints.churn.modelPackageGroup": None,
         "endpoints.churn.gates": None},
        "retraining.churn",
        "set endpoints.churn.release to registry",
    ),
    (
        {"retraining.other": SECTIONS["retraining"]["churn"]},
        "retraining.other",
        "churn, fraud",
    ),
    (
        {"modelMonitoring": {}, "retraining.churn.triggers": {"drift": True}},
        "retraining.churn.triggers.drift",
        "add modelMonitoring.churn",
    ),
    (
        {"retraining.churn.triggers": {"quality": True}},
        "retraining.churn.triggers.quality",
        "set modelMonitoring.churn.labelPrefix",
    ),
    (
        {"artifacts": {"eventNotifications": False}},
        "artifacts.eventNotifications",
        "set retraining.churn.triggers.dataset to false",
    ),
    (
        {"retraining.churn.approval": {"required": False}, "endpoints.churn.gates": None},
        "retraining.churn.approval.required",
        "set endpoints.churn.gates.metrics",
    ),
    (
        {"retraining.churn.budgetUsdPerMonth": 0.1},
        "retraining.churn.budgetUsdPerMonth",
        "0.46, the price of the longest run",
    ),
    (
        {"retraining.churn.triggers": {"scheduleExpression": "rate(1 day)"}},
        "retraining.churn.coolDownHours",
        "triggers.scheduleExpression",
    ),
    (
        {"retraining.churn.prefix": "releases/"},
        "retraining.churn.prefix",
        "name another folder",
    ),
    (
        {"artifacts": {"lifecycle": {"expire": {"retraining/": 30}}}},
        "artifacts.lifecycle.expire.retraining/",
        "where runs are recorded for budgets",
    ),
    (
        {"endpoints.churn.endpointName": "same", "endpoints.fraud": {
            **SECTIONS["endpoints"]["churn"], "endpointName": "same"},
         "retraining.fraud": SECTIONS["retraining"]["churn"]},
        "retraining.fraud",
        "one pipeline of an endpoint",
    ),
    (
        {"services": {"churn-retraining": {"image": f"{IMAGE}@sha256:{'a' * 64}"}},
         "training": {"administrators": ["arn:aws:iam::123456789012:role/ml"]}},
        "retraining.churn",
        "rename that one",
    ),
    (
        {"endpoints.churn.modelData": "models/other/1/model.tar.gz"},
        "endpoints.churn.modelPrefix",
        "set it to models/churn/",
    ),
    (
        {"endpoints.churn.modelPrefix": "models/churn/3/"},
        "endpoints.churn.modelPrefix",
        "set it to models/churn/",
    ),
    (
        {"retraining.churn.training.outputPrefix": "teams/churn/models/"},
        "endpoints.churn.modelPrefix",
        "set it to teams/churn/models/",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "key", "words"), REFUSED)
def test_what_cannot_work_is_refused_by_its_key_with_its_fix(
    changes: dict[str, Any], key: str, words: str
) -> None:
    found = problems(changes)
    assert key in found
    assert words in found[key]


def test_a_trigger_by_versions_that_is_off_needs_no_events() -> None:
    off = {"artifacts": {"eventNotifications": False}}
    assert problems({**off, "retraining.churn.triggers": {"dataset": False}}) == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"endpoints.churn.modelPrefix": "models/churn/"},
        {"endpoints.churn.modelData": "models/churn/1/model.tar.gz"},
        {
            "endpoints.churn.modelData": "models/other/1/model.tar.gz",
            "endpoints.churn.modelPrefix": "models/churn/",
        },
        {
            "endpoints.churn.modelPrefix": "models/other/",
            "endpoints.churn.executionRoleArn": "arn:aws:iam::123456789012:role/churn",
        },
    ],
)
def test_an_endpoint_that_reads_what_runs_write_is_accepted(changes: dict[str, Any]) -> None:
    assert problems(changes) == {}


def test_a_long_name_of_an_endpoint_makes_a_short_name_of_its_pipeline() -> None:
    sections = copy.deepcopy(SECTIONS)
    name = "c" * 40
    for section in ("endpoints", "modelMonitoring", "retraining"):
        sections[section][name] = sections[section].pop("churn")
    values = {f"groundplan:{key}": json.dumps(value) for key, value in sections.items()}
    described = describe("groundplan", "test", {"aws:region": "us-east-1", **values})
    (pipeline,) = (c for c in described.components if c.type == "RetrainingPipeline")
    assert len(pipeline.name) <= 40
    assert pipeline.name.endswith("-retraining")
