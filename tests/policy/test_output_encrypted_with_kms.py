from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach, Severity
from groundplan.policy.rules.output_encrypted_with_kms import RULE

Make = Callable[..., Resource]
Judge = Callable[..., list[Breach]]

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
    make: Make, judge: Judge, kind: str, inputs: Any
) -> None:
    assert judge(RULE, make(kind, "it", inputs)) == []


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
    make: Make, judge: Judge, kind: str, inputs: Any, path: str, what: str
) -> None:
    it = make(kind, "it", inputs)
    assert judge(RULE, it) == [
        Breach(it.urn, f"the {what} of it are written without a key of one's own", path)
    ]
    assert RULE.severity is Severity.LOW
