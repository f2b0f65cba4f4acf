"""Installs OpenCost in a namespace of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from groundplan.kubernetes import charts, pod_security
from groundplan.kubernetes.open_cost import chart, isolation
from groundplan.kubernetes.open_cost.spec import OpenCostSpec
from groundplan.kubernetes.pod_security import PodSecurity

NAMESPACE = "opencost"
"""The namespace that OpenCost's documentation uses."""


@dataclass(frozen=True)
class OpenCost:
    """The resources of OpenCost."""

    namespace: kubernetes.core.v1.Namespace
    network_policy: kubernetes.networking.v1.NetworkPolicy
    release: kubernetes.helm.v3.Release


def install(
    name: str,
    spec: OpenCostSpec,
    *,
    opts: pulumi.ResourceOptions,
    depends_on: Sequence[pulumi.Resource] = (),
) -> OpenCost:
    """Creates the namespace, its isolation and the release. `opts` carry the parent and
    the Kubernetes provider; `depends_on`: what installs the CRDs of the Prometheus
    operator."""
    metadata: Any = {
        "name": NAMESPACE,
        "labels": dict(pod_security.labels(PodSecurity.RESTRICTED)),
    }
    namespace = kubernetes.core.v1.Namespace(f"{name}-namespace", metadata=metadata, opts=opts)
    policy_spec: Any = pulumi.Output.from_input(spec.prometheus_url).apply(
        lambda url: isolation.policy_spec(url, spec.prometheus_namespace)
    )
    place: Any = {"name": "isolation", "namespace": namespace.metadata["name"]}
    network_policy = kubernetes.networking.v1.NetworkPolicy(
        f"{name}-network-policy",
        metadata=place,
        spec=policy_spec,
        opts=opts,
    )
    release = charts.release(
        name,
        chart.CHART,
        chart.values(spec),
        namespace=NAMESPACE,
        opts=opts,
        # No pod is reachable before the network policy.
        depends_on=[namespace, network_policy, *depends_on],
    )
    return OpenCost(namespace, network_policy, release)
