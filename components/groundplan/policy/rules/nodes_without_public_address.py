"""Checks that nodes have no public IP addresses."""

from collections.abc import Iterator
from typing import Any

from groundplan.catalog.aws.ec2 import LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE
from groundplan.catalog.kubernetes.karpenter import NODE_CLASS
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import at, objects, on
from groundplan.policy.type_groups import INSTANCES


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    for path, value in _switches(resource):
        if on(value):
            yield Breach(
                resource.urn,
                f"instances of {resource.name} have public IP addresses",
                path,
            )


def _switches(resource: Resource) -> Iterator[tuple[str, Any]]:
    if resource.type == LAUNCH_TEMPLATE.token:
        for index, interface in enumerate(objects(resource.inputs.get("networkInterfaces"))):
            yield (
                f"networkInterfaces[{index}].associatePublicIpAddress",
                interface.get("associatePublicIpAddress"),
            )
    elif resource.type in (LAUNCH_CONFIGURATION.token, *INSTANCES):
        yield "associatePublicIpAddress", resource.inputs.get("associatePublicIpAddress")
    elif resource.type == NODE_CLASS.token:
        yield (
            "spec.associatePublicIPAddress",
            at(resource.inputs, "spec", "associatePublicIPAddress"),
        )


RULE = Rule(
    name="nodes-without-public-address",
    severity=Severity.MEDIUM,
    summary="Nodes have no public IP addresses.",
    reason=(
        "A node with a public IP address is exposed to the internet by any mistake in a security "
        "group."
    ),
    fix=(
        "set associate_public_ip_address to false, and use a NAT gateway for access to the internet"
    ),
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-25",
)
