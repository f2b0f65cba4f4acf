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
    assert job.inputs["metadata"]["namespace"] == "churn-retraining"
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


SERVICE: dict[str, Any] = {
    "image": f"{IMAGE.removesuffix(':1')}@sha256:{'0123456789abcdef' * 4}",
    "release": "registry",
    "modelData": "models/churn/1/model.tar.gz",
    "modelVersionId": "3HL4kqtJvjVBH40Nrjfkd",
    "capture": {"image": IMAGE},
}
ON_CLUSTER: dict[str, Any] = {
    "endpoints": None,
    "models": None,
    "modelMonitoring": None,
    "services": {"score": SERVICE},
    "queueRetraining": {"score": QUEUE},
    "serviceMonitoring": {"score": {"image": IMAGE, "baselineKey": "baselines/churn.json"}},
}


def test_a_service_is_retrained_and_released_without_sagemaker() -> None:
    described = settings(**ON_CLUSTER)
    plan: Plan = deploy(lambda: registration.register(described), region="us-east-1")
    data = plan.one("kubernetes:core/v1:ConfigMap", "score-retraining-settings").inputs["data"]
    known = json.loads(data["settings.json"])
    assert known["release_target"]["kind"] == "kubernetes"
    assert known["release_target"]["alerts"]
    (job,) = [
        r.inputs
        for name, r in plan.all("kubernetes:batch/v1:CronJob").items()
        if name == "score-retraining-driver"
    ]
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    variables = {entry["name"]: entry["value"] for entry in container["env"]}
    assert "/monitoring/" in variables["GROUNDPLAN_RESULTS"]
    binding = plan.one(
        "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding", "score-retraining-release-binding"
    ).inputs
    assert binding["metadata"]["namespace"] == "score"
    assert binding["roleRef"]["name"] == "score-release"
    assert not [r.type for r in plan.manifest if r.type.startswith("aws:sagemaker")]


def test_the_stack_exports_the_release_target_of_a_service() -> None:
    exported = settings(**ON_CLUSTER).exports
    target = exported["releaseTargets"]["score"]
    assert (target.component, target.attribute) == ("services.score", "release_target")
    assert set(exported["retraining"]) == {"score"}


def test_a_workspace_judges_where_it_evaluates_the_alerts() -> None:
    described = settings(**ON_CLUSTER, monitoring={"prometheus": {"backend": "managed"}})
    (service,) = [step for step in described.components if step.key == "services.score"]
    url = service.args["prometheus_url"]
    assert (url.component, url.attribute) == ("monitoring", "prometheus_endpoint")


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
        (
            {**ON_CLUSTER, "services": {"score": {"image": IMAGE, "capture": {"image": IMAGE}}}},
            "queueRetraining.score",
        ),
        (
            {**ON_CLUSTER, "endpoints": {"score": SECTIONS["endpoints"]["churn"]}},
            "queueRetraining.score",
        ),
        (
            {
                **ON_CLUSTER,
                "queueRetraining": {"score": {**QUEUE, "approval": {"required": False}}},
            },
            "queueRetraining.score.approval.required",
        ),
        (
            {**ON_CLUSTER, "artifacts": {"lifecycle": {"expire": {"registry/": 30}}}},
            "artifacts.lifecycle.expire.registry/",
        ),
        (
            {
                **ON_CLUSTER,
                "services": {
                    "score": {**SERVICE, "namespace": "one"},
                    "other": {**SERVICE, "namespace": "two", "endpointName": "score"},
                },
            },
            "services.other.endpointName",
        ),
        (
            {
                "endpoints": {
                    name: {**SECTIONS["endpoints"]["churn"], "endpointName": "churn"}
                    for name in ("churn", "other")
                }
            },
            "endpoints.other.endpointName",
        ),
        (
            {**ON_CLUSTER, "releases": {"auditPrefix": "cluster-releases/"}},
            "releases.auditPrefix",
        ),
    ],
)
def test_what_could_not_retrain_is_refused(changes: dict[str, Any], key: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        settings(**changes)
    assert f"groundplan:{key} is" in str(caught.value)
