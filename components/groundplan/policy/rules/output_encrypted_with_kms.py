"""What SageMaker writes to a bucket (models, responses, captured requests), with a key
that one can take away."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.kinds import ENDPOINT_CONFIGURATION, TRAINING_JOB
from groundplan.policy.reading import at

OUTPUTS: Mapping[str, tuple[tuple[tuple[str, ...], str], ...]] = {
    TRAINING_JOB: ((("outputDataConfig",), "models"),),
    ENDPOINT_CONFIGURATION: (
        (("asyncInferenceConfig", "outputConfig"), "responses"),
        (("dataCaptureConfig",), "captured requests"),
    ),
}
"""Type -> the inputs that say where something is written to, and what that is."""


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    for path, what in OUTPUTS.get(resource.type, ()):
        settings: Any = at(resource.inputs, *path)
        if isinstance(settings, list) and len(settings) == 1:
            settings = settings[0]
        if isinstance(settings, Mapping) and settings and not settings.get("kmsKeyId"):
            reason = f"the {what} of {resource.name} are written without a key of one's own"
            yield Breach(resource.urn, reason, ".".join((*path, "kmsKeyId")))


RULE = Rule(
    name="output-encrypted-with-kms",
    severity=Severity.LOW,
    summary="What SageMaker writes is encrypted with a key of one's own.",
    fix="set kms_key_id to the key of the bucket that it is written to",
    check=check,
    url="https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest.html",
)
