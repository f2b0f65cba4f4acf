"""The connections of Fluent Bit, as plain data: the spec of a NetworkPolicy."""

from typing import Any

from groundplan.kubernetes import network_policies as rules
from groundplan.kubernetes import prometheus
from groundplan.logs.fluent_bit.configuration import Output
from groundplan.logs.fluent_bit.names import PORT


def policy_spec(output: Output | None) -> dict[str, Any]:
    """Returns the policy of all pods of the namespace: Prometheus reads metrics; the
    pods reach DNS, the Kubernetes API and CloudWatch by HTTPS, AWS credentials, or the
    output. The kubelet's probes are the node's own, which no policy denies."""
    egress = [rules.dns_egress(), rules.internet_egress(*rules.HTTPS_PORTS)]
    if output is None:
        egress.append(rules.pod_identity_egress())
    elif output.namespace is not None:
        ports = rules.tcp(output.port)
        egress.append({"to": [rules.namespace_peer(output.namespace)], "ports": ports})
    else:
        egress.append(rules.internet_egress(output.port))
    scraped = [rules.namespace_peer(prometheus.NAMESPACE)]
    return {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": scraped, "ports": rules.tcp(PORT)}],
        "egress": egress,
    }
