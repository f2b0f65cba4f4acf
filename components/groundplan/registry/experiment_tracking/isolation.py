"""Who talks to MLflow, and to whom it does. Pure data: the spec of a NetworkPolicy
(networking.k8s.io/v1).

It takes a network plugin that enforces it, as a `TrainingCluster` has. A port forward
by `kubectl` isn't affected: it comes from inside of the pod.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from groundplan.kubernetes.network_policies import LINK_LOCAL, NODE_LOCAL_DNS, POD_IDENTITY

HTTPS = 443
"""S3, KMS and AWS Secrets Manager, which have no fixed addresses."""


def spec(
    selector: Mapping[str, str], port: int, database_port: Any, namespaces: Sequence[str]
) -> dict[str, Any]:
    """In: the namespaces, on MLflow's port. Out: names, AWS and its credentials, the
    database. The database's own security group says from where it can be reached."""
    anywhere = {"ipBlock": {"cidr": "0.0.0.0/0", "except": [LINK_LOCAL]}}
    dns = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
    }
    return {
        "podSelector": {"matchLabels": dict(selector)},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [
            {
                "from": [
                    {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}
                    for name in namespaces
                ],
                "ports": [_tcp(port)],
            }
        ]
        if namespaces
        else [],
        "egress": [
            {
                "to": [dns, {"ipBlock": {"cidr": NODE_LOCAL_DNS}}],
                "ports": [{"protocol": "UDP", "port": 53}, _tcp(53)],
            },
            {"to": [{"ipBlock": {"cidr": POD_IDENTITY}}], "ports": [_tcp(80)]},
            {"to": [anywhere], "ports": [_tcp(HTTPS), _tcp(database_port)]},
        ],
    }


def _tcp(port: Any) -> dict[str, Any]:
    return {"protocol": "TCP", "port": port}
