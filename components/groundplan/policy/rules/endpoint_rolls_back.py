"""Checks that endpoints roll failed deployments back by alarm."""

from collections.abc import Iterator

from groundplan.catalog.aws.sagemaker import ENDPOINT, ENDPOINT_CONFIGURATION
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import at, objects, unknown


def check(resource: Resource, manifest: Manifest) -> Iterator[Breach]:
    if resource.type != ENDPOINT.token or _serverless(resource, manifest):
        return
    alarms = at(resource.inputs, "deploymentConfig", "autoRollbackConfiguration", "alarms")
    if unknown(alarms) or any(objects(alarms)):
        return
    reason = f"endpoint {resource.name} doesn't roll a failed deployment back: no alarm is set"
    yield Breach(resource.urn, reason, "deploymentConfig.autoRollbackConfiguration")


def _serverless(endpoint: Resource, manifest: Manifest) -> bool:
    """Returns whether an endpoint is serverless: deployment guardrails don't support
    that."""
    # https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html
    for urn in endpoint.property_dependencies.get("endpointConfigName", ()):
        configuration = manifest.by_urn.get(urn)
        if configuration and configuration.type == ENDPOINT_CONFIGURATION.token:
            variants = list(objects(configuration.inputs.get("productionVariants")))
            return bool(variants) and all(variant.get("serverlessConfig") for variant in variants)
    return False


RULE = Rule(
    name="endpoint-rolls-back",
    severity=Severity.MEDIUM,
    summary="Endpoints roll a failed deployment back by alarm.",
    reason=(
        "Without alarms, SageMaker completes the deployment of a model that fails, and all "
        "traffic goes to it until the next release."
    ),
    fix=(
        "set deployment_config.auto_rollback_configuration with alarms on the endpoint's errors "
        "and latency"
    ),
    settings_fix="set alarms with maxErrorPercent and maxLatencyMs",
    check=check,
    url="https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html",
)
