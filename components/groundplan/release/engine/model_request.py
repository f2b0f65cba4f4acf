"""The SageMaker model of a version."""

from typing import Any

from groundplan.release.engine.registry import Version
from groundplan.release.engine.target import Target


def model_request(target: Target, version: Version) -> dict[str, Any]:
    """Returns the request that creates the model, without its name and tags."""
    container: dict[str, Any] = {"ModelPackageName": version.arn}
    if target.environment:
        container["Environment"] = dict(target.environment)
    request: dict[str, Any] = {
        "PrimaryContainer": container,
        "ExecutionRoleArn": target.role_arn,
        "EnableNetworkIsolation": target.network_isolation,
    }
    if target.subnets:
        request["VpcConfig"] = {
            "Subnets": list(target.subnets),
            "SecurityGroupIds": list(target.security_groups),
        }
    return request
