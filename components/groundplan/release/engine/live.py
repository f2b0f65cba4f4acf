"""What is there: the endpoint, the configuration that it runs, the model behind it."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import Refused

IN_SERVICE = "InService"
MOVING = ("Creating", "Updating", "SystemUpdating", "RollingBack")
"""States that end by themselves. All others are for people (API reference,
DescribeEndpoint)."""


def endpoint(clients: Clients, name: str) -> Mapping[str, Any]:
    """An endpoint. Raises `Refused` if there is none."""
    try:
        found: Mapping[str, Any] = clients.sagemaker.describe_endpoint(EndpointName=name)
    except ClientError as error:
        if aws.is_missing(error):
            raise Refused(
                f"There is no endpoint {name} in {clients.sagemaker.meta.region_name}. "
                "Fix: run `pulumi up`, or name a target of another stack"
            ) from None
        raise
    return found


def config(clients: Clients, name: str) -> Mapping[str, Any]:
    """An endpoint configuration. Raises `Refused` if there is none."""
    try:
        found: Mapping[str, Any] = clients.sagemaker.describe_endpoint_config(
            EndpointConfigName=name
        )
    except ClientError as error:
        if aws.is_missing(error):
            raise Refused(
                f"There is no endpoint configuration {name} any more. Fix: deploy a version instead"
            ) from None
        raise
    return found


def model_of(configuration: Mapping[str, Any], variant: str) -> str:
    """Name of the model of a variant, or of the only one."""
    variants = configuration["ProductionVariants"]
    named = [v for v in variants if v["VariantName"] == variant] or variants
    return str(named[0].get("ModelName", ""))


def package_of(clients: Clients, model: str) -> str | None:
    """ARN of the model package behind a model; None if it came from elsewhere, or is
    gone."""
    if not model:
        return None
    try:
        found = clients.sagemaker.describe_model(ModelName=model)
    except ClientError as error:
        if aws.is_missing(error):
            return None
        raise
    containers = [found.get("PrimaryContainer", {}), *found.get("Containers", ())]
    return next((str(c["ModelPackageName"]) for c in containers if c.get("ModelPackageName")), None)


def version_of(package_arn: str | None) -> int | None:
    """Returns the version at the end of a model package's ARN."""
    number = (package_arn or "").rsplit("/", 1)[-1]
    return int(number) if number.isdecimal() else None


def pending_config(found: Mapping[str, Any]) -> str | None:
    """Name of the configuration that an endpoint is on its way to, if it says so."""
    name = found.get("PendingDeploymentSummary", {}).get("EndpointConfigName")
    return str(name) if name else None


def stage(found: Mapping[str, Any]) -> str:
    """Returns what an endpoint is doing, in a few words: `Updating: Baking, 1 of 2
    instances`."""
    states = []
    for variant in found.get("PendingDeploymentSummary", {}).get(
        "ProductionVariants", ()
    ) or found.get("ProductionVariants", ()):
        states += [str(status["Status"]) for status in variant.get("VariantStatus", ())]
        if variant.get("DesiredInstanceCount"):
            states.append(
                f"{variant.get('CurrentInstanceCount', 0)} of "
                f"{variant['DesiredInstanceCount']} instances"
            )
    return ": ".join(
        [str(found["EndpointStatus"]), *([", ".join(dict.fromkeys(states))] if states else [])]
    )


def contains(actual: Any, wanted: Any) -> bool:
    """Returns whether `actual` has all that `wanted` says. SageMaker fills in what a
    request leaves open."""
    if isinstance(wanted, Mapping):
        given = actual or {}
        return isinstance(given, Mapping) and all(
            contains(given.get(key), value) for key, value in wanted.items()
        )
    if isinstance(wanted, list | tuple):
        if not isinstance(actual, list | tuple) or len(actual) != len(wanted):
            return False
        if all(isinstance(item, str) for item in [*actual, *wanted]):
            return sorted(actual) == sorted(wanted)
        return all(contains(a, w) for a, w in zip(actual, wanted, strict=True))
    return bool(actual == wanted) or (not actual and not wanted)
