"""Model endpoints that go back to the former model when an alarm says that the new one
fails."""

from collections.abc import Iterator

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.kinds import ENDPOINT, ENDPOINT_CONFIGURATION
from groundplan.policy.reading import at, objects, unknown


def check(resource: Resource, manifest: Manifest) -> Iterator[Breach]:
    if resource.type != ENDPOINT or _serverless(resource, manifest):
        return
    alarms = at(resource.inputs, "deploymentConfig", "autoRollbackConfiguration", "alarms")
    if unknown(alarms) or any(objects(alarms)):
        return
    reason = f"endpoint {resource.name} keeps a new model that fails: no alarm brings the former one back"
    yield Breach(resource.urn, reason, "deploymentConfig.autoRollbackConfiguration")


def _serverless(endpoint: Resource, manifest: Manifest) -> bool:
    """Whether an endpoint has no instances: deployment guardrails are for those that
    have."""
    # https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html
    for urn in endpoint.property_dependencies.get("endpointConfigName", ()):
        configuration = manifest.by_urn.get(urn)
        if configuration and configuration.type == ENDPOINT_CONFIGURATION:
            variants = list(objects(configuration.inputs.get("productionVariants")))
            return bool(variants) and all(variant.get("serverlessConfig") for variant in variants)
    return False


RULE = Rule(
    name="endpoint-rolls-back",
    severity=Severity.MEDIUM,
    summary="Endpoints roll a release back by alarm.",
    fix="set deployment_config.auto_rollback_configuration with alarms on the endpoint's errors and latency",
    check=check,
    url="https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html",
)
