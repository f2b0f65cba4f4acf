"""When a KubernetesEndpoint is unwell, and what its runbooks say."""

import pathlib
import re
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
import yaml
from groundplan.arguments import InvalidArguments
from groundplan.serving.kubernetes_endpoint import alerts
from groundplan.serving.kubernetes_endpoint.kubernetes_endpoint import KubernetesEndpoint
from groundplan.testing import Plan, deploy

RUNBOOKS = pathlib.Path(__file__).parents[3] / "docs" / "runbooks"
CONTAINER: Any = {"image": "docker.io/acme/fraud:1"}
VLLM: Any = {
    "engine": "vllm",
    "accelerators": 1,
    "vllm": {"model": "Qwen/Qwen3-8B", "revision": "b968826d"},
}
PODS = 'namespace="fraud",app_kubernetes_io_name="fraud"'
TRACK = "app_kubernetes_io_component"


def endpoint(args: Any, **more: Any) -> Plan:
    arguments: Any = {**args, **more}

    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        KubernetesEndpoint("fraud", arguments, pulumi.ResourceOptions(provider=provider))

    return deploy(program)


def rules(plan: Plan) -> dict[str, Any]:
    spec = plan.one("kubernetes:monitoring.coreos.com/v1:PrometheusRule", "fraud-alerts").inputs[
        "spec"
    ]
    (group,) = spec["groups"]
    assert group["name"] == "groundplan-endpoint-fraud"
    return {rule["alert"]: rule for rule in group["rules"]}


def test_every_engine_has_availability_alerts() -> None:
    both = 'namespace="fraud",deployment=~"fraud|fraud-canary"'
    alert_rules = rules(endpoint(CONTAINER))
    assert {name: (rule["expr"], rule["for"]) for name, rule in alert_rules.items()} == {
        "EndpointDown": (
            'kube_deployment_status_replicas_available{namespace="fraud",deployment="fraud"} == 0',
            "2m",
        ),
        "EndpointDegraded": (
            (
                f"kube_deployment_status_replicas_available{{{both}}} < "
                f"kube_deployment_spec_replicas{{{both}}}"
            ),
            "30m",
        ),
        "EndpointRolloutStuck": (
            (
                f'kube_deployment_status_condition{{{both},condition="Progressing",'
                'status="false"} == 1'
            ),
            "1m",
        ),
    }


def test_alerts_have_endpoint_severity_and_runbook() -> None:
    alert_rules = rules(
        endpoint(CONTAINER, alarms={"runbooks_url": "https://wiki.example.com/runbooks/"})
    )
    down = alert_rules["EndpointDown"]
    assert down["labels"] == {"severity": "critical", "namespace": "fraud", "endpoint": "fraud"}
    assert down["annotations"]["runbook"] == "docs/runbooks/kubernetes-endpoint-availability.md"
    assert (
        down["annotations"]["runbook_url"]
        == "https://wiki.example.com/runbooks/kubernetes-endpoint-availability.md"
    )


def test_a_container_with_metrics_has_alerts_on_errors_and_latency() -> None:
    plan = endpoint(
        CONTAINER, metrics={"path": "/stats", "requests": "calls_total", "latency": "call_seconds"}
    )
    alert_rules = rules(plan)
    assert alert_rules["EndpointErrors"]["expr"] == (
        f'100 * sum by ({TRACK}) (rate(calls_total{{{PODS},status=~"5.."}}[5m]))'
        f" / sum by ({TRACK}) (rate(calls_total{{{PODS}}}[5m])) > 1"
    )
    assert alert_rules["EndpointLatency"]["expr"] == (
        f"1000 * histogram_quantile(0.9, sum by ({TRACK}, le) "
        f"(rate(call_seconds_bucket{{{PODS}}}[5m]))) > 1000"
    )
    assert {alert_rules[name]["for"] for name in ("EndpointErrors", "EndpointLatency")} == {"3m"}
    assert plan.one("kubernetes:monitoring.coreos.com/v1:PodMonitor", "fraud-pod-monitor").inputs[
        "spec"
    ] == {
        "selector": {"matchLabels": {"app.kubernetes.io/name": "fraud"}},
        "podTargetLabels": ["app.kubernetes.io/name", "app.kubernetes.io/component"],
        "podMetricsEndpoints": [{"portNumber": 8080, "path": "/stats", "interval": "15s"}],
    }


def test_a_container_without_metrics_is_not_scraped() -> None:
    plan = endpoint(CONTAINER)
    assert not plan.all("kubernetes:monitoring.coreos.com/v1:PodMonitor")


def test_vllm_has_alerts_on_its_first_token_and_its_queue() -> None:
    plan = endpoint(VLLM)
    alert_rules = rules(plan)
    first = f"rate(vllm:time_to_first_token_seconds_bucket{{{PODS}}}[5m])"
    assert (
        alert_rules["EndpointFirstToken"]["expr"]
        == f"1000 * histogram_quantile(0.9, sum by ({TRACK}, le) ({first})) > 2000"
    )
    assert (
        alert_rules["EndpointQueue"]["expr"]
        == f"avg by ({TRACK}) (vllm:num_requests_waiting{{{PODS}}}) > 10"
    )
    assert "http_requests_total" in alert_rules["EndpointErrors"]["expr"]
    assert "EndpointLatency" not in alert_rules  # answers differ in length
    (scraped,) = plan.one("kubernetes:monitoring.coreos.com/v1:PodMonitor").inputs["spec"][
        "podMetricsEndpoints"
    ]
    assert (scraped["portNumber"], scraped["path"]) == (8000, "/metrics")


def test_every_threshold_can_be_set() -> None:
    limits = {
        "max_error_percent": 2.5,
        "max_latency_ms": 30_000,
        "max_first_token_ms": 500,
        "max_waiting_requests": 3,
        "evaluation_minutes": 7,
    }
    alert_rules = rules(endpoint(VLLM, alarms=limits))
    assert alert_rules["EndpointErrors"]["expr"].endswith("> 2.5")
    assert "vllm:e2e_request_latency_seconds_bucket" in alert_rules["EndpointLatency"]["expr"]
    assert alert_rules["EndpointLatency"]["expr"].endswith("> 30000")
    assert alert_rules["EndpointFirstToken"]["expr"].endswith("> 500")
    assert alert_rules["EndpointQueue"]["expr"].endswith("> 3")
    assert {
        rule["for"]
        for name, rule in alert_rules.items()
        if name not in ("EndpointDown", "EndpointDegraded")
    } == {"1m", "7m"}


def runbooks() -> set[str]:
    everything = rules(endpoint(VLLM, alarms={"max_latency_ms": 1000}))
    return {
        rule["annotations"]["runbook"].removeprefix("docs/runbooks/")
        for rule in everything.values()
    }


def test_every_alert_has_a_runbook() -> None:
    assert runbooks() == {alerts.ERRORS, alerts.LATENCY, alerts.AVAILABILITY}
    assert {file.name for file in RUNBOOKS.glob("kubernetes-endpoint-*.md")} == runbooks()


@pytest.mark.parametrize("name", [alerts.ERRORS, alerts.LATENCY, alerts.AVAILABILITY])
def test_a_runbook_says_where_to_look_what_to_do_and_how_to_change_it(name: str) -> None:
    text = (RUNBOOKS / name).read_text()
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings == ["First look", "Likely causes", "What to do", "Change the threshold"]
    everything = rules(endpoint(VLLM, alarms={"max_latency_ms": 1000}))
    for alert, rule in everything.items():
        if rule["annotations"]["runbook"].endswith(name):
            assert alert in text


def test_a_workspace_evaluates_the_same_alerts_with_labels_of_its_own() -> None:
    workspace = {"workspace_id": "ws-1", "labels": {"owner": "ml"}}
    plan = endpoint(VLLM, managed_prometheus=workspace, tags={"team": "a"})

    assert not plan.all("kubernetes:monitoring.coreos.com/v1:PrometheusRule")
    namespace = plan.one("aws:amp/ruleGroupNamespace:RuleGroupNamespace", "fraud-rules").inputs
    assert namespace["workspaceId"] == "ws-1"
    assert namespace["tags"]["team"] == "a"
    (group,) = yaml.safe_load(namespace["data"])["groups"]
    assert group["name"] == "groundplan-endpoint-fraud"
    expected = rules(endpoint(VLLM))
    for rule in expected.values():
        rule["labels"] = {**rule["labels"], "owner": "ml"}
    assert {rule["alert"]: rule for rule in group["rules"]} == expected
    # Prometheus in the cluster goes on scraping the pods.
    assert plan.one("kubernetes:monitoring.coreos.com/v1:PodMonitor")


def test_a_workspace_without_prometheus_in_the_cluster_is_refused() -> None:
    with pytest.raises(InvalidArguments) as caught:
        endpoint(CONTAINER, prometheus=False, managed_prometheus={"workspace_id": "ws-1"})
    assert [problem.key for problem in caught.value.problems] == ["managed_prometheus"]
