"""Checks that EKS API servers are not reachable from all of the internet."""

from collections.abc import Iterator

from groundplan.catalog.aws.eks import CLUSTER
from groundplan.manifest.model import Manifest, Resource
from groundplan.networks import is_internet
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import at, texts, unknown

COMPONENT = "eks:index:Cluster"
"""The component of pulumi-eks, whose resources its plugin creates."""


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    if resource.type not in (CLUSTER.token, COMPONENT):
        return
    settings = (
        resource.inputs.get("vpcConfig") if resource.type == CLUSTER.token else resource.inputs
    )
    path = (
        "vpcConfig.endpointPublicAccess"
        if resource.type == CLUSTER.token
        else "endpointPublicAccess"
    )
    public, networks = at(settings, "endpointPublicAccess"), at(settings, "publicAccessCidrs")
    # AWS's own default is public, from everywhere:
    # https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html
    if public is False or unknown(public):
        return
    if not networks or is_internet(texts(networks)):
        reason = (
            f"the API server of cluster {resource.name} can be reached from all of the internet"
        )
        yield Breach(resource.urn, reason, path)


RULE = Rule(
    name="cluster-endpoint-private",
    severity=Severity.HIGH,
    summary="A cluster's API server is private, or reachable from named networks only.",
    reason=(
        "EKS's default is a public API server: only credentials protect it from attempts from "
        "all of the internet."
    ),
    fix=(
        "make the endpoint private (endpoint_public_access false), or list your networks in "
        "public_access_cidrs"
    ),
    settings_fix=(
        "list your networks in publicAccessCidrs, or remove it and reach the API server from "
        "privateAccessCidrs"
    ),
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/eks-controls.html#eks-1",
)
