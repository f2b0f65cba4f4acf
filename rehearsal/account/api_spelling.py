"""Inputs of Pulumi in the spelling of AWS's APIs."""

from collections.abc import Mapping
from typing import Any


def spelled(data: Mapping[str, Any]) -> dict[str, Any]:
    """Returns data in the API's spelling: Pulumi's is the same in lower case."""
    return {key[0].upper() + key[1:]: value for key, value in data.items()}


PLURALS = {
    "containerEntrypoints": "ContainerEntrypoint",
    "containerArguments": "ContainerArguments",
    "inputDataConfigs": "InputDataConfig",
    "volumeSizeInGb": "VolumeSizeInGB",
    "hyperParameters": "HyperParameters",
}
"""Input of a training job -> its name in the API, where that is another word."""
VERBATIM = ("environment", "hyperParameters")


def training_request(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the request of CreateTrainingJob that the provider sends."""
    tags = inputs.get("tags", {})
    plain = {key: value for key, value in inputs.items() if key not in ("tags", "tagsAll")}
    request: dict[str, Any] = _request(plain)
    request["Tags"] = [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
    return request


def _request(value: Any) -> Any:
    if isinstance(value, list):
        return [_request(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    return {
        PLURALS.get(key, key[0].upper() + key[1:]): item if key in VERBATIM else _request(item)
        for key, item in value.items()
        if item is not None
    }
