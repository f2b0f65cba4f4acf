"""The traffic of MLflow's pods, as plain data: the spec of a NetworkPolicy
(networking.k8s.io/v1). A port forward by `kubectl` is not affected: it comes from
inside of the pod."""

from collections.abc import Mapping, Sequence
from typing import Any

from groundplan.kubernetes import network_policies as rules

HTTPS = 443
"""S3, KMS and AWS Secrets Manager, which have no fixed addresses."""


def policy_spec(
    selector: Mapping[str, str], port: int, database_port: Any, namespaces: Sequence[str]
) -> dict[str, Any]:
    """Returns the ingress of the namespaces on MLflow's port, and the egress to DNS,
    AWS, its credentials and the database. The database's own security group restricts
    its clients."""
    sources = [rules.namespace_peer(name) for name in namespaces]
    return {
        "podSelector": {"matchLabels": dict(selector)},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": sources, "ports": rules.tcp(port)}] if sources else [],
        "egress": [
            rules.dns_egress(),
            rules.pod_identity_egress(),
            rules.internet_egress(HTTPS, database_port),
        ],
    }
