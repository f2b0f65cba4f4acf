"""The connections between namespaces that the wiring opens, and no others."""

import json
from typing import Any

import pytest
from configuration import describe
from description import Component

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1.4.2"
KEDA = {"max": 3, "keda": True, "metric": "query", "query": "vector(1)", "target": 1}
TRAINING: dict[str, Any] = {
    "administrators": ["arn:aws:iam::123456789012:role/platform"],
    "pools": {"cpu": {"instanceType": "c7i.8xlarge", "maxSize": 10}},
}
MLFLOW = {"server": "cluster"}


def arguments(of: str, **sections: Any) -> dict[str, Any]:
    """Returns the arguments of a component of an environment."""
    values = {
        f"groundplan:{k}": json.dumps(v) for k, v in {"training": TRAINING, **sections}.items()
    }
    described = describe("groundplan", "test", {"aws:region": "us-east-1", **values})
    steps = [step for step in described.steps if isinstance(step, Component)]
    return {step.name: dict(step.args) for step in steps}[of]


def service(**args: Any) -> dict[str, Any]:
    return {"churn": {"image": IMAGE, "pool": "cpu", **args}}


def test_jobs_without_a_team_reach_mlflow_where_they_log_to_it() -> None:
    assert arguments("training", tracking=MLFLOW)["connections"] == {"reaches": ["mlflow"]}
    assert "connections" not in arguments("training")


def test_jobs_that_mlflow_does_not_admit_do_not_reach_it() -> None:
    teams = {**TRAINING, "teams": {"vision": {}}}
    assert "connections" not in arguments("training", tracking=MLFLOW, training=teams)


def test_what_the_settings_open_stays_open() -> None:
    opened = {**TRAINING, "connections": {"reaches": ["feature-store"]}}
    args = arguments("training", tracking=MLFLOW, training=opened)
    assert args["connections"] == {"reaches": ["feature-store", "mlflow"]}


@pytest.mark.parametrize(
    ("monitoring", "reached_from"),
    [({}, ["keda"]), ({"prometheus": {"reachedFrom": ["scaling"]}}, ["scaling"])],
    ids=["by default", "as set"],
)
def test_keda_reaches_prometheus_where_a_service_scales_by_it(
    monitoring: dict[str, Any], reached_from: list[str]
) -> None:
    args = arguments("monitoring", services=service(scaling=KEDA), monitoring=monitoring)
    assert args["prometheus"] == {"reached_from": reached_from}


def test_without_keda_no_namespace_reaches_prometheus() -> None:
    assert "prometheus" not in arguments("monitoring", services=service())


def test_without_prometheus_there_is_nothing_to_reach() -> None:
    monitoring = {"cluster": {"prometheus": False}}
    scaling = {**KEDA, "prometheusUrl": "http://prometheus.metrics.svc:9090"}
    services = service(scaling=scaling, prometheus=False)
    assert "prometheus" not in arguments("monitoring", services=services, monitoring=monitoring)
