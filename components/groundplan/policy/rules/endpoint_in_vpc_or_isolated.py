"""Models whose containers can't carry data out to the internet."""

from collections.abc import Iterator

from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.kinds import MODEL
from groundplan.policy.reading import on, unknown
from groundplan.preview.manifest import Manifest, Resource


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    if resource.type != MODEL:
        return
    isolated, placed = resource.inputs.get("enableNetworkIsolation"), resource.inputs.get("vpcConfig")
    if not on(isolated) and not unknown(isolated) and not placed:
        reason = f"the container of model {resource.name} can send what it sees anywhere on the internet"
        yield Breach(resource.urn, reason, "enableNetworkIsolation")


RULE = Rule(
    name="endpoint-in-vpc-or-isolated",
    severity=Severity.MEDIUM,
    summary="Model containers run in a VPC or without any network.",
    fix="set enable_network_isolation to true, or vpc_config with private subnets",
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/sagemaker-controls.html#sagemaker-5",
)
