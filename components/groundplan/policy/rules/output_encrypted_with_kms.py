"""Checks that the output of SageMaker (models, responses, captured requests) is
encrypted with a customer managed key."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.catalog.aws.sagemaker import ENDPOINT_CONFIGURATION, TRAINING_JOB
from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import at

OUTPUTS: Mapping[str, tuple[tuple[tuple[str, ...], str], ...]] = {
    TRAINING_JOB.token: ((("outputDataConfig",), "models"),),
    ENDPOINT_CONFIGURATION.token: (
        (("asyncInferenceConfig", "outputConfig"), "responses"),
        (("dataCaptureConfig",), "captured requests"),
    ),
}
"""Type -> the inputs with an output location, and the name of the output."""


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    for path, what in OUTPUTS.get(resource.type, ()):
        settings: Any = at(resource.inputs, *path)
        if isinstance(settings, list) and len(settings) == 1:
            settings = settings[0]
        if isinstance(settings, Mapping) and settings and not settings.get("kmsKeyId"):
            reason = f"the {what} of {resource.name} are written without a customer managed key"
            yield Breach(resource.urn, reason, ".".join((*path, "kmsKeyId")))


RULE = Rule(
    name="output-encrypted-with-kms",
    severity=Severity.LOW,
    summary="Output of SageMaker is encrypted with a customer managed key.",
    reason=(
        "With a customer managed key, access to models, responses and captured requests can be "
        "restricted and revoked by the key policy."
    ),
    fix="set kms_key_id to the key of the output bucket",
    settings_fix="set kmsKeyArn to the key of the output bucket",
    check=check,
    url="https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest.html",
)
