"""The traffic of an endpoint's pods, as plain data: the spec of a NetworkPolicy
(networking.k8s.io/v1). Health checks come from the node, which is always allowed."""

from typing import Any

from groundplan.kubernetes import network_policies as rules
from groundplan.kubernetes import prometheus
from groundplan.serving.kubernetes_endpoint import workload
from groundplan.serving.kubernetes_endpoint.spec import EndpointSpec


def policy_spec(spec: EndpointSpec) -> dict[str, Any]:
    """Returns the ingress and egress of all pods; all other traffic is denied."""
    ingress = spec.ingress
    namespaces = [*spec.reached_from, *(ingress.from_namespaces if ingress else ())]
    if spec.prometheus:
        namespaces.append(prometheus.NAMESPACE)
    sources: list[dict[str, Any]] = [{"podSelector": {}}]
    sources += [rules.namespace_peer(name) for name in dict.fromkeys(namespaces)]
    sources += [rules.ip_block(network) for network in (ingress.from_networks if ingress else ())]
    return {
        "podSelector": {"matchLabels": workload.selector(spec.name)},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": sources, "ports": rules.tcp(spec.stable.port)}],
        "egress": _egress(spec),
    }


def _egress(spec: EndpointSpec) -> list[dict[str, Any]]:
    """Returns name resolution, and HTTPS and AWS credentials where they are needed.
    HTTPS is allowed to all but link-local addresses: neither S3 nor the hub has fixed
    ones."""
    egress = [rules.dns_egress()]
    loads = any(work.loads_model for work in (spec.stable, spec.candidate) if work is not None)
    if loads or not spec.network_isolation:
        egress.append(rules.internet_egress(443))
    if spec.artifacts is not None:
        egress.append(rules.pod_identity_egress())
    return egress
