"""The connections of the pods of jobs. Pure data: the spec of a NetworkPolicy
(networking.k8s.io/v1).

It takes a network plugin that enforces it. The Amazon VPC CNI does only with
`enableNetworkPolicy` in its add-on's configuration, and never for EFA's own traffic,
which doesn't go through the kernel.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from groundplan.kubernetes.network_policies import LINK_LOCAL, NODE_LOCAL_DNS, POD_IDENTITY
from groundplan.training.teams.team_spec import Connections

HTTPS_PORTS = (443, 6443)
"""The second is the Kubernetes API of most clusters but EKS', where the address of its
service is translated before the policy is asked. Ray's autoscaler needs the API."""

RAY_PORTS = (8265, 8000)
"""What KubeRay's operator asks of a Ray head: the state of its jobs (dashboard) and the
health of what it serves. (ray-project/kuberay v1.7.0,
ray-operator/controllers/ray/utils/constant.go)"""


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
                "from": [_namespace(ray_namespace)],
                "ports": [_port("TCP", port) for port in RAY_PORTS],
            }
        )
    if connections.reached_from:
        into.append({"from": [_namespace(name) for name in connections.reached_from]})
    out: list[dict[str, Any]] = [
        {"to": [own]},
        {
            "to": [
                {
                    **_namespace("kube-system"),
                    "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
                },
                _block(NODE_LOCAL_DNS),
            ],
            "ports": [_port("UDP", 53), _port("TCP", 53)],
        },
        {
            "to": [_block("0.0.0.0/0", [LINK_LOCAL])],
            "ports": [_port("TCP", port) for port in HTTPS_PORTS],
        },
        {"to": [_block(POD_IDENTITY)], "ports": [_port("TCP", 80)]},
    ]
    if targets := [
        *map(_namespace, connections.reaches),
        *map(_block, connections.networks),
    ]:
        out.append({"to": targets})
    return {"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": into, "egress": out}


def _namespace(name: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def _block(cidr: str, but: Sequence[str] = ()) -> Mapping[str, Any]:
    return {"ipBlock": {"cidr": cidr, **({"except": list(but)} if but else {})}}


def _port(protocol: str, port: int) -> dict[str, Any]:
    return {"protocol": protocol, "port": port}
