"""The state of a deployed stack, as `pulumi stack export` prints it: each resource with
its inputs, its ID and the outputs that commands read."""

import json
from collections.abc import Mapping
from typing import Any

from groundplan import catalog
from groundplan.manifest.model import Manifest, Resource

from rehearsal.account.names import ARNS, Names

BY_ARN = ("cloudwatch.EventRule", "iam.Policy", "sfn.StateMachine", "sns.Topic")
"""Types whose ID is their ARN (Pulumi Registry, AWS)."""
BY_ID = ("ec2.", "vpc.", "kms.Key", "apigatewayv2.")
"""Types whose ID AWS generates."""


def export(manifest: Manifest, names: Names) -> str:
    """Returns the state as JSON."""
    resources = [entry(resource, names) for resource in manifest]
    return json.dumps({"version": 3, "deployment": {"resources": resources}})


def entry(resource: Resource, names: Names) -> dict[str, Any]:
    """Returns one resource of the state."""
    found: dict[str, Any] = {
        "urn": resource.urn,
        "type": resource.type,
        "custom": resource.custom,
        "inputs": names.value(resource.inputs),
        "dependencies": list(resource.dependencies),
        **{key: names.value(value) for key, value in resource.options.items()},
    }
    if resource.parent:
        found["parent"] = resource.parent
    if resource.custom and not resource.type.startswith("pulumi:"):
        found["id"] = identity(resource, names)
        found["outputs"] = _outputs(resource, names)
    return found


def identity(resource: Resource, names: Names) -> str:
    """Returns the ID that the provider gives a resource."""
    key = catalog.key(resource.type)
    if key == "sqs.Queue":
        return str(names.value(f"${{{resource.name}.url}}"))
    if key in BY_ARN:
        return names.arn(resource)
    if key.startswith(BY_ID):
        return str(names.value(f"${{{resource.name}.id}}"))
    return names.name(resource)


def _outputs(resource: Resource, names: Names) -> Mapping[str, Any]:
    key, inputs = catalog.key(resource.type), names.value(resource.inputs)
    found = {"name": names.name(resource), "tagsAll": inputs.get("tags") or {}}
    if key in ARNS:
        found["arn"] = names.arn(resource)
    if key == "ec2.Eip":
        address = identity(resource, names)
        found |= {"publicIp": f"address-{address[:8]}", "allocationId": address}
    return {name: value for name, value in found.items() if value}
