"""The connections to the pods of Prometheus, Alertmanager and Grafana, as plain data:
the spec of a NetworkPolicy (networking.k8s.io/v1).

Without it every pod of the cluster could read all metrics, and silence all alerts:
neither Prometheus nor Alertmanager authenticates its clients.
"""

from collections.abc import Sequence
from typing import Any

from groundplan.kubernetes import network_policies as rules

WEBHOOK_PORT = 10250
"""The admission webhook of the Prometheus operator, by TLS
(prometheus-community/helm-charts@cf408a29, charts/kube-prometheus-stack/values.yaml,
`prometheusOperator.tls.internalPort`)."""


def policy_spec(reached_from: Sequence[str]) -> dict[str, Any]:
    """Returns the policy of all pods of the namespace: their own connections, those
    from `reached_from`, and the API server's to the webhook, which has no known
    address.

    Egress stays open: Prometheus scrapes pods of all namespaces.
    """
    sources = [{"podSelector": {}}, *map(rules.namespace_peer, reached_from)]
    webhook = {"from": [rules.ip_block("0.0.0.0/0")], "ports": rules.tcp(WEBHOOK_PORT)}
    return {
        "podSelector": {},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": sources}, webhook],
    }
