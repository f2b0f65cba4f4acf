"""Who the pods of an endpoint talk to, as plain data: the spec of a NetworkPolicy
(networking.k8s.io/v1).

It takes a network plugin that enforces it: the Amazon VPC CNI does with
`enableNetworkPolicy`. Health checks come from the node, which is always let in.
"""

from collections.abc import Sequence
from typing import Any

from groundplan.kubernetes.network_policies import LINK_LOCAL, NODE_LOCAL_DNS, POD_IDENTITY
from groundplan.kubernetes.prometheus import NAMESPACE as MONITORING
from groundplan.serving.kubernetes_endpoint import workload
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs


def spec(endpoint: str, args: KubernetesEndpointArgs) -> dict[str, Any]:
    """All pods of the endpoint, in and out; what isn't listed is refused."""
    ingress = args.get("ingress", {})
    names = [*args.get("reached_from", ()), *ingress.get("from_namespaces", ())]
    if args.get("prometheus", True):
        names.append(MONITORING)
    sources: list[dict[str, Any]] = [{"podSelector": {}}]
    sources += [_namespace(name) for name in dict.fromkeys(names)]
    sources += [{"ipBlock": {"cidr": network}} for network in ingress.get("from_networks", ())]
    return {
        "podSelector": {"matchLabels": dict(workload.selector(endpoint))},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": sources, "ports": _ports(workload.port(args))}],
        "egress": _out(args),
    }


def _out(args: KubernetesEndpointArgs) -> list[dict[str, Any]]:
    """Names always; HTTPS and AWS credentials where they are needed. HTTPS goes
    anywhere but to link-local addresses: neither S3 nor the hub has fixed ones."""
    dns = [
        {**_namespace("kube-system"), "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}},
        _block(NODE_LOCAL_DNS),
    ]
    found: list[dict[str, Any]] = [
        {"to": dns, "ports": [{"protocol": "UDP", "port": 53}, *_ports(53)]}
    ]
    loads = "model_data" in args or workload.from_hub(args)
    if loads or not args.get("network_isolation", True):
        anywhere = {"ipBlock": {"cidr": "0.0.0.0/0", "except": [LINK_LOCAL]}}
        found.append({"to": [anywhere], "ports": _ports(443)})
    if "artifacts" in args:
        found.append({"to": [_block(POD_IDENTITY)], "ports": _ports(80)})
    return found


def _namespace(name: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def _block(cidr: str) -> dict[str, Any]:
    return {"ipBlock": {"cidr": cidr}}


def _ports(*ports: int) -> Sequence[dict[str, Any]]:
    return [{"protocol": "TCP", "port": port} for port in ports]
