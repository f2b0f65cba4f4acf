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
    captured = spec.stable.capture is not None
    if spec.prometheus and not captured:
        namespaces.append(prometheus.NAMESPACE)
    sources: list[dict[str, Any]] = [{"podSelector": {}}]
    sources += [rules.namespace_peer(name) for name in dict.fromkeys(namespaces)]
    sources += [rules.ip_block(network) for network in (ingress.from_networks if ingress else ())]
    return {
        "podSelector": {"matchLabels": workload.selector(spec.name)},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [
            {"from": sources, "ports": rules.tcp(spec.stable.entry_port)},
            *(_scrapes(spec) if captured and spec.prometheus else ()),
        ],
        "egress": _egress(spec),
    }


def _scrapes(spec: EndpointSpec) -> list[dict[str, Any]]:
    """Returns the ingress of Prometheus, which reaches the server and not the agent
    before it: a request there would not be captured."""
    peer = rules.namespace_peer(prometheus.NAMESPACE)
    return [{"from": [peer], "ports": rules.tcp(spec.stable.port)}]


def _egress(spec: EndpointSpec) -> list[dict[str, Any]]:
    """Returns name resolution, and HTTPS and AWS credentials where they are needed.
    HTTPS is allowed to all but link-local addresses: neither S3 nor the hub has fixed
    ones."""
    egress = [rules.dns_egress()]
    loads = any(work.loads_model for work in (spec.stable, spec.candidate) if work is not None)
    ports = {443} if loads or not spec.network_isolation else set()
    if spec.stable.object_store is not None:
        ports.add(spec.stable.object_store.port)
    if spec.stable.capture is not None:
        store = spec.stable.capture.object_store
        ports.add(443 if store is None else store.port)
    egress += [rules.internet_egress(port) for port in sorted(ports)]
    if spec.artifacts is not None:
        egress.append(rules.pod_identity_egress())
    return egress
