"""Checks that model containers run in a VPC or in network isolation."""

from collections.abc import Iterator

from groundplan.catalog.aws.sagemaker import ENDPOINT_CONFIGURATION, MODEL
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import objects, on, unknown
from groundplan.policy.relations import relations


def check(resource: Resource, manifest: Manifest) -> Iterator[Breach]:
    if resource.type != MODEL.token or _serverless(resource, manifest):
        return
    isolated, placed = (
        resource.inputs.get("enableNetworkIsolation"),
        resource.inputs.get("vpcConfig"),
    )
    if not on(isolated) and not unknown(isolated) and not placed:
        reason = (
            f"the container of model {resource.name} can send data to any address on the internet"
        )
        yield Breach(resource.urn, reason, "enableNetworkIsolation")


def _serverless(model: Resource, manifest: Manifest) -> bool:
    """Returns whether all its variants are serverless: SageMaker supports neither a VPC
    nor isolation for these."""
    # https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html,
    # "Feature exclusions"
    users = [
        r
        for _, r in relations(manifest).referrers.get(model.urn, ())
        if r.type == ENDPOINT_CONFIGURATION.token
    ]
    variants = [
        variant for user in users for variant in objects(user.inputs.get("productionVariants"))
    ]
    return bool(variants) and all(variant.get("serverlessConfig") for variant in variants)


RULE = Rule(
    name="endpoint-in-vpc-or-isolated",
    severity=Severity.MEDIUM,
    summary="Model containers run in a VPC or in network isolation.",
    reason=(
        "A model container sees every request. Outside of a VPC and without network isolation, "
        "its code can send data to any address on the internet."
    ),
    fix="set enable_network_isolation to true, or vpc_config with private subnets",
    settings_fix="set networkIsolation to true",
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/sagemaker-controls.html#sagemaker-5",
)
