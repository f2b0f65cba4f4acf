"""Who connects to Prometheus, Alertmanager and Grafana."""

from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pulumi
import pulumi_kubernetes as k8s
import pytest
from groundplan import MonitoringStack
from groundplan.arguments import InvalidArguments
from groundplan.testing import Plan, deploy

POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"


def stack(**prometheus: Any) -> Plan:
    args: Any = {"cluster": {"cluster_name": "ml"}, "prometheus": prometheus}

    def program() -> None:
        provider = k8s.Provider("cluster", kubeconfig="{}")
        MonitoringStack("watch", args, pulumi.ResourceOptions(providers=[provider]))

    return deploy(program)


def test_no_pod_of_another_namespace_reaches_prometheus_or_alertmanager() -> None:
    policy = stack().one(POLICY, "watch-network-policy")
    assert policy.inputs["metadata"] == {"name": "isolation", "namespace": "monitoring"}
    # The second rule is the admission webhook, on its port only.
    assert policy.inputs["spec"] == {
        "podSelector": {},
        "policyTypes": ["Ingress"],
        "ingress": [
            {"from": [{"podSelector": {}}]},
            {
                "from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}],
                "ports": [{"protocol": "TCP", "port": 10250}],
            },
        ],
    }
    kubernetes_validate.validate(dict(policy.inputs), "1.36", strict=True)


def test_named_namespaces_reach_prometheus() -> None:
    policy = stack(reached_from=["keda"]).one(POLICY)
    peer = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "keda"}}}
    assert peer in policy.inputs["spec"]["ingress"][0]["from"]


def test_the_policy_is_there_before_the_pods() -> None:
    plan = stack()
    release = plan.one("kubernetes:helm.sh/v3:Release", "watch-prometheus")
    assert "watch-network-policy" in plan.dependencies(release)


def test_a_namespace_that_kubernetes_refuses_is_refused() -> None:
    with pytest.raises(InvalidArguments, match=r"prometheus\.reached_from\[0\]"):
        stack(reached_from=["Not A Namespace"])
