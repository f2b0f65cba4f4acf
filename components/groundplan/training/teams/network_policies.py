"""The connections of the pods of jobs. Pure data: the spec of a NetworkPolicy
(networking.k8s.io/v1).

It takes a network plugin that enforces it. The Amazon VPC CNI does only with
`enableNetworkPolicy` in its add-on's configuration, and never for EFA's own traffic,
which doesn't go through the kernel.
"""

from typing import Any

from groundplan.kubernetes import network_policies as rules
from groundplan.kubernetes import ray_jobs
from groundplan.training.teams.team_spec import Connections


def isolation(connections: Connections, ray_namespace: str | None) -> dict[str, Any]:
    """Returns the policy of all pods of a namespace with jobs; other connections are
    denied.

    Ingress: its own pods, and `reached_from`. Egress: its own pods, DNS, HTTPS, AWS
    credentials, `reaches` and `networks`. HTTPS goes anywhere but to link-local
    addresses: registries, S3 and the Kubernetes API have no fixed ones.
    """
    own: dict[str, Any] = {"podSelector": {}}
    into: list[dict[str, Any]] = [{"from": [own]}]
    if ray_namespace:
        into.append(
            {
                "from": [rules.namespace_peer(ray_namespace)],
                "ports": rules.tcp(*ray_jobs.PORTS),
            }
        )
    if connections.reached_from:
        into.append({"from": [rules.namespace_peer(name) for name in connections.reached_from]})
    out: list[dict[str, Any]] = [
        {"to": [own]},
        rules.dns_egress(),
        rules.internet_egress(*rules.HTTPS_PORTS),
        rules.pod_identity_egress(),
    ]
    if targets := [
        *map(rules.namespace_peer, connections.reaches),
        *map(rules.ip_block, connections.networks),
    ]:
        out.append({"to": targets})
    return {"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": into, "egress": out}
