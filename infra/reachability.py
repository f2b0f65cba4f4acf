"""Whether the cluster reaches what it needs, where its network has no NAT gateway."""

from collections.abc import Iterator

from groundplan.network.choices import NatGateways
from groundplan.problems import Problem
from settings import Settings

ENDPOINTS = (
    "autoscaling", "ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "elasticloadbalancing", "logs",
    "sts",
)  # fmt: skip
"""Amazon EKS User Guide, "Deploy private clusters with limited internet access";
eks-auth for pod identity. S3 has a gateway endpoint always."""

IMAGES = "registry.k8s.io, public.ecr.aws, quay.io, ghcr.io, nvcr.io, docker.io"
"""The registries of the charts' images (`training/versions.py`, the charts' values)."""


def problems(settings: Settings) -> Iterator[Problem]:
    """Returns the problem of a training cluster without a way to the internet."""
    network = settings.get("network", {})
    # An existing network has routes of its own, and no natGateways.
    if "training" not in settings or "existing" in network:
        return
    if network.get("nat_gateways") is not NatGateways.NONE:
        return
    missing = sorted(set(ENDPOINTS) - set(network.get("interface_endpoints", ENDPOINTS)))
    endpoints = f"the interface endpoints {', '.join(missing)} are missing, and " if missing else ""
    allowed = (
        f"single or per-zone with a training cluster: {endpoints}no endpoint reaches the images "
        f"of its charts ({IMAGES}) or models of a hub"
    )
    yield Problem("network.nat_gateways", "none", allowed, "set natGateways to single or per-zone")
