"""Machines that the internet can't reach."""

from collections.abc import Iterator
from typing import Any

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.kinds import INSTANCES, LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE, NODE_CLASS
from groundplan.policy.reading import at, objects, on


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    for path, value in _switches(resource):
        if on(value):
            yield Breach(
                resource.urn,
                f"machines of {resource.name} have addresses that the internet reaches",
                path,
            )


def _switches(resource: Resource) -> Iterator[tuple[str, Any]]:
    if resource.type == LAUNCH_TEMPLATE:
        for index, interface in enumerate(objects(resource.inputs.get("networkInterfaces"))):
            yield (
                f"networkInterfaces[{index}].associatePublicIpAddress",
                interface.get("associatePublicIpAddress"),
            )
    elif resource.type in (LAUNCH_CONFIGURATION, *INSTANCES):
        yield "associatePublicIpAddress", resource.inputs.get("associatePublicIpAddress")
    elif resource.type == NODE_CLASS:
        yield (
            "spec.associatePublicIPAddress",
            at(resource.inputs, "spec", "associatePublicIPAddress"),
        )


RULE = Rule(
    name="nodes-without-public-address",
    severity=Severity.MEDIUM,
    summary="Machines have no public addresses.",
    fix="set associate_public_ip_address to false, and reach the internet through a NAT gateway",
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-25",
)
