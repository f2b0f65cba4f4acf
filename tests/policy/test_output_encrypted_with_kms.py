from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach, Severity
from groundplan.policy.rules.output_encrypted_with_kms import RULE

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]

JOB = "aws:sagemaker/trainingJob:TrainingJob"
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
KEY = {"kmsKeyId": "${key.arn}"}


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        (JOB, {"outputDataConfig": {"s3OutputPath": "s3://a", **KEY}}),
        (
            CONFIGURATION,
            {"asyncInferenceConfig": {"outputConfig": {"s3OutputPath": "s3://a", **KEY}}},
        ),
        (CONFIGURATION, {"dataCaptureConfig": {"destinationS3Uri": "s3://a", **KEY}}),
        (CONFIGURATION, {"asyncInferenceConfig": "${unknown until config}"}),
        (CONFIGURATION, {}),
        (JOB, {}),
    ],
)
def test_output_with_a_key_complies_and_so_does_none(
    build: Build, check_rule: CheckRule, kind: str, inputs: Any
) -> None:
    assert check_rule(RULE, build(kind, "it", inputs)) == []


@pytest.mark.parametrize(
    ("kind", "inputs", "path", "what"),
    [
        (
            JOB,
            {"outputDataConfig": {"s3OutputPath": "s3://a"}},
            "outputDataConfig.kmsKeyId",
            "models",
        ),
        (
            JOB,
            {"outputDataConfig": [{"s3OutputPath": "s3://a"}]},
            "outputDataConfig.kmsKeyId",
            "models",
        ),
        (
            CONFIGURATION,
            {"asyncInferenceConfig": {"outputConfig": {"s3OutputPath": "s3://a"}}},
            "asyncInferenceConfig.outputConfig.kmsKeyId",
            "responses",
        ),
        (
            CONFIGURATION,
            {"dataCaptureConfig": {"enableCapture": True}},
            "dataCaptureConfig.kmsKeyId",
            "captured requests",
        ),
    ],
)
def test_output_without_a_key_is_named(
    build: Build, check_rule: CheckRule, kind: str, inputs: Any, path: str, what: str
) -> None:
    it = build(kind, "it", inputs)
    assert check_rule(RULE, it) == [
        Breach(it.urn, f"the {what} of it are written without a customer managed key", path)
    ]
    assert RULE.severity is Severity.LOW
