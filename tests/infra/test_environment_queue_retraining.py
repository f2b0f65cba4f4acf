"""Retraining by the cluster's queue: wired to the endpoint, its releases and its
checks."""

import json
from typing import Any

import pytest
import registration
from configuration import InvalidSettings, describe
from groundplan.testing import Plan, deploy

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/monitoring:1"
QUEUE: dict[str, Any] = {
    "namespace": "churn",
    "image": IMAGE,
    "dataset": "churn:latest",
    "training": {"job": "churn", "usdPerHour": 1.2},
    "evaluation": {"heldOut": "churn-held-out:latest", "usdPerHour": 0.2},
    "budgetUsdPerMonth": 100,
}
SECTIONS: dict[str, Any] = {
    "models": {"groups": {"churn": {"description": "Who may leave"}}},
    "training": {
        "administrators": ["arn:aws:iam::123456789012:role/ml"],
        "pools": {"cpu": {"instanceType": "m6i.xlarge", "maxSize": 2}},
        "teams": {"churn": {"guaranteed": {"cpu": 1}}},
    },
    "endpoints": {
        "churn": {
            "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1",
            "instanceType": "ml.m5.large",
            "release": "registry",
            "modelPackageGroup": "churn",
        }
    },
    "modelMonitoring": {
        "churn": {
            "baselineKey": "baselines/churn.json",
            "layerArns": ["arn:aws:lambda:us-east-1:123456789012:layer:statistics:1"],
        }
    },
    "queueRetraining": {"churn": QUEUE},
}


def settings(**changes: Any) -> Any:
    sections = {key: value for key, value in {**SECTIONS, **changes}.items() if value is not None}
    values = {f"groundplan:{key}": json.dumps(value) for key, value in sections.items()}
    return describe("groundplan", "test", {"aws:region": "us-east-1", **values})


def test_runs_begin_with_the_results_of_the_checks_and_release_to_the_endpoint() -> None:
    described = settings()
    plan: Plan = deploy(lambda: registration.register(described), region="us-east-1")
    (job,) = plan.all("kubernetes:batch/v1:CronJob").values()
    assert job.inputs["metadata"]["namespace"] == "churn"
    (container,) = job.inputs["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    variables = {entry["name"]: entry["value"] for entry in container["env"]}
    assert variables["GROUNDPLAN_RESULTS"].endswith("/monitoring/project-test-churn")
    data = plan.one("kubernetes:core/v1:ConfigMap", "churn-retraining-settings").inputs["data"]
    known = json.loads(data["settings.json"])
    assert known["release_target"]["endpoint"] == known["endpoint"]
    assert known["release_target"]["model_package_group"]


def test_stack_exports_the_settings_which_approvals_need() -> None:
    exported = settings().exports["retraining"]
    assert {name: (ref.component, ref.attribute) for name, ref in exported.items()} == {
        "churn": ("churn-retraining", "settings")
    }


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"queueRetraining": {"other": QUEUE}}, "queueRetraining.other"),
        (
            {"queueRetraining": {"churn": {**QUEUE, "namespace": "fraud"}}},
            "queueRetraining.churn.namespace",
        ),
        ({"training": None}, "queueRetraining.churn"),
        (
            {"queueRetraining": {"churn": {**QUEUE, "approval": {"required": False}}}},
            "queueRetraining.churn.approval.required",
        ),
        (
            {"endpoints": {"churn": {**SECTIONS["endpoints"]["churn"], "release": "pulumi"}}},
            "queueRetraining.churn",
        ),
    ],
)
def test_what_could_not_retrain_is_refused(changes: dict[str, Any], key: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        settings(**changes)
    assert f"groundplan:{key} is" in str(caught.value)
