"""The connections of OpenCost's pods, as plain data: the spec of a NetworkPolicy."""

from typing import Any
from urllib.parse import urlsplit

from groundplan.kubernetes import network_policies as rules
from groundplan.kubernetes.open_cost.chart import PORT

HTTPS = 443
DEFAULT_PORTS = {"http": 80, "https": HTTPS}


def policy_spec(prometheus_url: str, prometheus_namespace: str) -> dict[str, Any]:
    """Returns the policy of all pods of the namespace: Prometheus' connections to the
    metrics; DNS, the API server, the cloud's price list, and Prometheus.

    Prometheus is reached at the port of its pods, which a Service may have another
    number for: inside of the cluster all ports of its namespace are open.
    """
    ingress: list[Any] = []
    egress: list[Any] = [rules.dns_egress(), rules.internet_egress(HTTPS)]
    if prometheus_namespace:
        peer = rules.namespace_peer(prometheus_namespace)
        ingress.append({"from": [peer], "ports": rules.tcp(PORT)})
        egress.append({"to": [peer]})
    else:
        parts = urlsplit(prometheus_url)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme, HTTPS)
        if port != HTTPS:
            egress.append(rules.internet_egress(port))
    return {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": ingress,
        "egress": egress,
    }
