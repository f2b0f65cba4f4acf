"""OpenCost: on the training cluster beside its Prometheus, and on any Kubernetes."""

from functools import cache
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from groundplan import MonitoringStack, TrainingPlatform
from groundplan.arguments import InvalidArguments
from groundplan.kubernetes.open_cost import isolation
from groundplan.testing import Plan, deploy

NAMESPACE = "kubernetes:core/v1:Namespace"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
RELEASE = "kubernetes:helm.sh/v3:Release"
URL = "https://metrics.example.com:9090/prometheus"


@cache
def cluster() -> Plan:
    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        MonitoringStack(
            "watch",
            {"cluster": {"cluster_name": "training", "open_cost": True}},
            pulumi.ResourceOptions(providers=[provider]),
        )

    return deploy(program)


def platform(**open_cost: Any) -> Plan:
    args: Any = {"kubeconfig": "{}", "open_cost": open_cost}
    return deploy(lambda: TrainingPlatform("train", args))


def values(plan: Plan, name: str) -> dict[str, Any]:
    return dict(plan.one(RELEASE, name).inputs["values"]["opencost"])


def test_it_asks_the_clusters_own_prometheus_which_scrapes_it() -> None:
    found = values(cluster(), "watch-opencost")
    assert found["prometheus"] == {
        "internal": {"enabled": False},
        "external": {
            "enabled": True,
            "url": "http://kube-prometheus-stack-prometheus.monitoring.svc:9090",
        },
    }
    assert found["metrics"]["serviceMonitor"] == {"enabled": True}
    assert found["exporter"]["defaultClusterId"] == "training"
    assert "customPricing" not in found
    # The release of Prometheus has the ServiceMonitor's CRD.
    release = cluster().one(RELEASE, "watch-opencost")
    assert any("watch-prometheus" in urn for urn in release.dependencies)


def test_its_metrics_are_not_those_that_kube_state_metrics_gives_too() -> None:
    metrics = values(cluster(), "watch-opencost")["metrics"]
    assert metrics["kubeStateMetrics"]["emitKsmV1Metrics"] is False
    assert "kube_node_labels" in metrics["config"]["disabledMetrics"]


def test_neither_its_page_nor_its_server_for_models_is_there() -> None:
    found = values(cluster(), "watch-opencost")
    assert found["ui"] == {"enabled": False}
    assert found["mcp"] == {"enabled": False}


def test_its_namespace_admits_restricted_pods_and_is_isolated() -> None:
    namespace = cluster().one(NAMESPACE, "watch-opencost-namespace").inputs["metadata"]
    assert namespace["name"] == "opencost"
    assert namespace["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    context = values(cluster(), "watch-opencost")["exporter"]["securityContext"]
    assert context["runAsNonRoot"] is True
    assert context["capabilities"] == {"drop": ["ALL"]}
    policy = cluster().one(POLICY, "watch-opencost-network-policy").inputs
    kubernetes_validate.validate(dict(policy), "1.36", strict=True)
    peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    assert policy["spec"]["ingress"] == [
        {"from": [peer], "ports": [{"protocol": "TCP", "port": 9003}]}
    ]
    assert {"to": [peer]} in policy["spec"]["egress"]


def test_prometheus_lets_it_in() -> None:
    policy = cluster().one(POLICY, "watch-network-policy").inputs["spec"]
    assert {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "opencost"}}
    } in policy["ingress"][0]["from"]


def test_the_metadata_service_is_not_reached() -> None:
    for spec in (isolation.policy_spec(URL, ""), isolation.policy_spec("http://p", "metrics")):
        blocks = [p["ipBlock"] for rule in spec["egress"] for p in rule["to"] if "ipBlock" in p]
        wide = [block for block in blocks if block["cidr"] == "0.0.0.0/0"]
        assert wide
        assert all(block["except"] == ["169.254.0.0/16"] for block in wide)


@pytest.mark.parametrize(
    ("url", "ports"),
    [(URL, {443, 9090}), ("https://metrics.example.com", {443}), ("http://p.example", {443, 80})],
)
def test_a_prometheus_elsewhere_is_reached_at_its_port(url: str, ports: set[int]) -> None:
    spec = isolation.policy_spec(url, "")
    assert spec["ingress"] == []
    assert {p["port"] for rule in spec["egress"] for p in rule["ports"]} == {*ports, 53}


def test_a_platform_has_it_with_prices_of_its_own() -> None:
    plan = platform(
        prometheus_url=URL,
        prices={
            "cpu_usd_per_hour": 0.03,
            "memory_usd_per_gib_hour": 0.004,
            "gpu_usd_per_hour": 0.9,
        },
    )
    found = values(plan, "train-opencost")
    assert found["prometheus"]["external"]["url"] == URL
    assert found["customPricing"] == {
        "enabled": True,
        "costModel": {"CPU": 0.03, "RAM": 0.004, "GPU": 0.9, "storage": 0.000054794521},
    }
    assert found["metrics"]["serviceMonitor"] == {"enabled": False}
    assert not [r for r in plan.manifest if r.type.startswith("aws:")]


def test_without_it_nothing_is_installed() -> None:
    plan = deploy(lambda: TrainingPlatform("train", {"kubeconfig": "{}"}))
    assert not [r for r in plan.manifest if "opencost" in r.name]


@pytest.mark.parametrize(
    ("args", "key"),
    [
        ({"prometheus_url": "metrics"}, "open_cost.prometheus_url"),
        ({}, "open_cost.prometheus_url"),
        ({"prometheus_url": URL, "service_monitor": True}, "open_cost.service_monitor"),
        ({"prometheus_url": URL, "prometheus_namespace": "No"}, "open_cost.prometheus_namespace"),
        (
            {
                "prometheus_url": URL,
                "prices": {
                    "cpu_usd_per_hour": 0.1,
                    "memory_usd_per_gib_hour": 0.1,
                    "gpu_usd_per_hour": 0.0,
                },
            },
            "open_cost.prices.gpu_usd_per_hour",
        ),
    ],
)
def test_invalid_arguments_are_refused(args: dict[str, Any], key: str) -> None:
    with pytest.raises(InvalidArguments) as raised:
        platform(**args)
    assert [problem.key for problem in raised.value.problems] == [key]


@pytest.mark.parametrize(
    ("args", "key"),
    [
        ({"prometheus": False, "open_cost": True}, "cluster.open_cost"),
        ({"max_usd_per_hour": 5.0}, "cluster.max_usd_per_hour"),
        ({"open_cost": True, "max_usd_per_hour": 0.0}, "cluster.max_usd_per_hour"),
    ],
)
def test_what_needs_prometheus_or_opencost_is_refused_without(
    args: dict[str, Any], key: str
) -> None:
    stack: Any = {"cluster": {"cluster_name": "training", **args}}
    with pytest.raises(InvalidArguments) as raised:
        deploy(lambda: MonitoringStack("watch", stack))
    assert key in [problem.key for problem in raised.value.problems]
