"""An environment whose metrics a workspace of Amazon Managed Service for Prometheus
retains: its services' alerts are evaluated there too."""

import json
from typing import Any

import environments
import managed
import pytest
import yaml
from configuration import InvalidSettings, describe
from description import Component, Reference
from groundplan.context import Context
from groundplan.serving.kubernetes_endpoint import alerts
from groundplan.serving.kubernetes_endpoint.choices import EndpointEngine
from groundplan.serving.kubernetes_endpoint.spec import resolve

TRAINING = {"administrators": ["arn:aws:iam::123456789012:role/platform"]}
SERVICE = {"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/ranking:1"}
MANAGED = {"prometheus": {"backend": "managed"}}
RULES = "aws:amp/ruleGroupNamespace:RuleGroupNamespace"


def described(**sections: Any) -> tuple[dict[str, dict[str, Any]], Any]:
    """Returns the arguments of each component, and the exports."""
    values = {
        f"groundplan:{k}": json.dumps(v) for k, v in {"training": TRAINING, **sections}.items()
    }
    found = describe("groundplan", "test", {"aws:region": "us-east-1", **values})
    steps = [step for step in found.steps if isinstance(step, Component)]
    return {step.name: dict(step.args) for step in steps}, found.exports


def test_services_name_the_workspace_and_the_owner() -> None:
    components, exports = described(
        services={"ranking": SERVICE}, monitoring={**MANAGED, "owner": "ml"}
    )
    assert components["ranking"]["managed_prometheus"] == {
        "workspace_id": Reference("monitoring", "prometheus_workspace_id"),
        "labels": {"owner": "ml"},
    }
    assert exports["prometheusWorkspaceId"] == Reference("monitoring", "prometheus_workspace_id")


@pytest.mark.parametrize(
    ("monitoring", "service"),
    [({}, {}), ({"prometheus": {"backend": "cluster"}}, {}), (MANAGED, {"prometheus": False})],
    ids=["by default", "cluster", "no Prometheus"],
)
def test_other_services_name_none(monitoring: Any, service: Any) -> None:
    components, _ = described(services={"ranking": {**SERVICE, **service}}, monitoring=monitoring)
    assert "managed_prometheus" not in components["ranking"]


def test_the_alerts_of_the_cluster_and_its_services_are_in_the_workspace() -> None:
    manifest = environments.manifests()["loop"]
    # Others are evaluated by Prometheus in the cluster, which sends their alerts to the
    # workspace's alert manager.
    in_cluster = {r.name for r in manifest.resources if r.type.endswith(":PrometheusRule")}
    assert not [name for name in in_cluster if name.startswith(("monitoring", "ranking"))]
    namespaces = {
        r.name: yaml.safe_load(r.inputs["data"]) for r in manifest.resources if r.type == RULES
    }
    assert set(namespaces) >= {"monitoring-rules", "ranking-rules", "logs-rules"}
    names = {
        rule["alert"]
        for one in namespaces.values()
        for group in one["groups"]
        for rule in group["rules"]
    }
    assert {"GpuBroken", "NodeBroken", "QueueStandsStill", "MetricsMissing"} <= names
    assert {"EndpointDown", "EndpointErrors", "EndpointAvailabilityBurnsFast"} <= names


def test_no_service_has_more_alerts_than_the_limit_counts() -> None:
    args: Any = {
        "engine": EndpointEngine.VLLM,
        "accelerators": 1,
        "vllm": {"model": "m", "revision": "r"},
        "alarms": {"max_latency_ms": 100},
        "objective": {"availability_percent": 99.9, "latency_ms": 300},
    }
    assert len(alerts.rules(resolve(args, Context("x", "", "")))) == managed.OF_SERVICE
    components, _ = described(monitoring=MANAGED)
    assert components["monitoring"]["prometheus"]["backend"].value == "managed"


def test_more_services_than_a_workspace_has_rules_for_are_refused() -> None:
    most = managed.MOST_SERVICES
    services = {f"s{number}": SERVICE for number in range(most + 1)}
    with pytest.raises(InvalidSettings, match=f"up to {most} services"):
        described(services=services, monitoring=MANAGED)


@pytest.mark.parametrize(
    ("monitoring", "prometheus"),
    [({}, {"cloudwatch": True}), ({"prometheus": {"cloudwatch": False}}, {"cloudwatch": False})],
    ids=["by default", "as set"],
)
def test_grafana_in_the_cluster_shows_the_drift_of_models_that_are_checked(
    monitoring: Any, prometheus: Any
) -> None:
    endpoint = {
        **SERVICE,
        "modelData": "models/churn/1/model.tar.gz",
        "instanceType": "ml.m5.large",
    }
    checked = {
        "endpoints": {"churn": endpoint},
        "modelMonitoring": {
            "churn": {
                "baselineKey": "baselines/churn.json",
                "layerArns": ["arn:aws:lambda:us-east-1:123456789012:layer:statistics:1"],
            }
        },
    }
    components, _ = described(monitoring=monitoring, **checked)
    assert components["monitoring"]["prometheus"] == prometheus
    components, _ = described(monitoring=MANAGED, **checked)
    assert "cloudwatch" not in components["monitoring"]["prometheus"]
