"""Checks that instances require IMDSv2."""

from collections.abc import Iterator

from groundplan.catalog.aws.ec2 import LAUNCH_CONFIGURATION, LAUNCH_TEMPLATE
from groundplan.catalog.aws.sagemaker import NOTEBOOK_INSTANCE
from groundplan.catalog.kubernetes.karpenter import NODE_CLASS
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import at, unknown
from groundplan.policy.type_groups import INSTANCES


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    if resource.type == NOTEBOOK_INSTANCE.token:
        version = at(
            resource.inputs,
            "instanceMetadataServiceConfiguration",
            "minimumInstanceMetadataServiceVersion",
        )
        if str(version) != "2" and not unknown(version):
            path = "instanceMetadataServiceConfiguration.minimumInstanceMetadataServiceVersion"
            yield Breach(resource.urn, _reason(resource), path, fix=f'set {path} to "2"')
        return
    if resource.type == NODE_CLASS.token:
        options = at(resource.inputs, "spec", "metadataOptions")
        # Karpenter requires tokens where nobody says otherwise (CRD
        # ec2nodeclasses.karpenter.k8s.aws, `default`).
        tokens = at(options, "httpTokens")
        if (
            tokens not in (None, "required")
            and not unknown(tokens)
            and at(options, "httpEndpoint") != "disabled"
        ):
            path = "spec.metadataOptions.httpTokens"
            yield Breach(
                resource.urn, _reason(resource), path, fix=f"set {path} to required, or remove it"
            )
        return
    if resource.type not in (LAUNCH_TEMPLATE.token, LAUNCH_CONFIGURATION.token, *INSTANCES):
        return
    options = resource.inputs.get("metadataOptions")
    if options is None and resource.inputs.get("launchTemplate"):
        return  # the launch template sets them, and is checked itself
    tokens = at(options, "httpTokens")
    if tokens != "required" and not unknown(tokens) and at(options, "httpEndpoint") != "disabled":
        yield Breach(resource.urn, _reason(resource), "metadataOptions.httpTokens")


def _reason(resource: Resource) -> str:
    return (
        f"{resource.name} allows IMDSv1: a vulnerability in any program there exposes the "
        "instance's credentials"
    )


RULE = Rule(
    name="nodes-require-imdsv2",
    severity=Severity.HIGH,
    summary="Instances require session tokens for their metadata (IMDSv2).",
    reason=(
        "With IMDSv1, a request forgery vulnerability in any program on the instance exposes the "
        "credentials of its role."
    ),
    fix="set http_tokens to required in metadata_options",
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-8",
)
