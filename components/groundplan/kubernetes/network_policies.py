"""Rules that network policies share, as plain data (networking.k8s.io/v1).

NetworkPolicies need a network plugin that enforces them: the Amazon VPC CNI does with
`enableNetworkPolicy`.
"""

from collections.abc import Sequence
from typing import Any

LINK_LOCAL = "169.254.0.0/16"
"""Contains the instance metadata service (169.254.169.254), and with it the credentials
of the node's role."""

POD_IDENTITY = "169.254.170.23/32"
"""The EKS Pod Identity Agent, on port 80 (Amazon EKS User Guide, "EKS Pod
Identity")."""

HTTPS_PORTS = (443, 6443)
"""The second is the Kubernetes API of most clusters but EKS', where the address of its
service is translated before the policy is asked."""

NODE_LOCAL_DNS = "169.254.20.10/32"
"""NodeLocal DNSCache, where it is installed (Kubernetes documentation, "Using NodeLocal
DNSCache in Kubernetes clusters")."""


def namespace_peer(name: str) -> dict[str, Any]:
    """Returns the peer that selects all pods of a namespace."""
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def ip_block(cidr: str, excluded: Sequence[str] = ()) -> dict[str, Any]:
    """Returns the peer that selects the addresses of a network."""
    return {"ipBlock": {"cidr": cidr, **({"except": list(excluded)} if excluded else {})}}


def tcp(*ports: Any) -> list[dict[str, Any]]:
    """Returns TCP ports."""
    return [{"protocol": "TCP", "port": port} for port in ports]


def dns_egress() -> dict[str, Any]:
    """Returns the egress rule for name resolution by the cluster's DNS."""
    peers = [
        {
            **namespace_peer("kube-system"),
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        },
        ip_block(NODE_LOCAL_DNS),
    ]
    return {"to": peers, "ports": [{"protocol": "UDP", "port": 53}, *tcp(53)]}


def internet_egress(*ports: Any) -> dict[str, Any]:
    """Returns the egress rule for all addresses but link-local ones, on TCP ports."""
    return {"to": [ip_block("0.0.0.0/0", [LINK_LOCAL])], "ports": tcp(*ports)}


def pod_identity_egress() -> dict[str, Any]:
    """Returns the egress rule for the credentials of EKS Pod Identity."""
    return {"to": [ip_block(POD_IDENTITY)], "ports": tcp(80)}
