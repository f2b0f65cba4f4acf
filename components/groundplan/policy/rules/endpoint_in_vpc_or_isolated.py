"""Models whose containers can't carry data out to the internet."""

from collections.abc import Iterator

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.kinds import ENDPOINT_CONFIGURATION, MODEL
from groundplan.policy.reading import objects, on, unknown
from groundplan.policy.relations import relations


def check(resource: Resource, manifest: Manifest) -> Iterator[Breach]:
    if resource.type != MODEL or _serverless(resource, manifest):
        return
    isolated, placed = (
        resource.inputs.get("enableNetworkIsolation"),
        resource.inputs.get("vpcConfig"),
    )
    if not on(isolated) and not unknown(isolated) and not placed:
        reason = (
            f"the container of model {resource.name} can send what it sees anywhere on the internet"
        )
        yield Breach(resource.urn, reason, "enableNetworkIsolation")


def _serverless(model: Resource, manifest: Manifest) -> bool:
    """Whether it is served without instances only, where SageMaker has neither a VPC
    nor isolation."""
    # https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html,
    # "Feature exclusions"
    users = [
        r
        for _, r in relations(manifest).referrers.get(model.urn, ())
        if r.type == ENDPOINT_CONFIGURATION
    ]
    variants = [
        variant for user in users for variant in objects(user.inputs.get("productionVariants"))
    ]
    return bool(variants) and all(variant.get("serverlessConfig") for variant in variants)


RULE = Rule(
    name="endpoint-in-vpc-or-isolated",
    severity=Severity.MEDIUM,
    summary="Model containers run in a VPC or without any network.",
    fix="set enable_network_isolation to true, or vpc_config with private subnets",
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/sagemaker-controls.html#sagemaker-5",
)
