"""Bodies of requests. Who calls is never among them: that is the authorizer's word."""

from enum import Enum
from typing import Annotated

from aws_lambda_powertools.utilities.parser import BaseModel
from pydantic import ConfigDict, Field

from groundplan.release.engine.registry import REASON_LENGTH
from groundplan.release.engine.version_record import IMAGE, MAX_IMAGE, ModelTask

S3_FILE = r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[!-~]+$"
"""As `release.engine.version_record.S3`."""
TEXT = r"\S"
"""Something else than white space."""

Reason = Annotated[
    str,
    Field(
        min_length=1,
        max_length=REASON_LENGTH,
        pattern=TEXT,
        description="Why. It is recorded with the caller.",
    ),
]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[0-9A-Za-z_.=/@-]+$")]

VariableName = Annotated[
    str, Field(min_length=1, max_length=1024, pattern=r"^[A-Za-z_][0-9A-Za-z_]*$")
]
VariableValue = Annotated[str, Field(max_length=1024)]
"""As SageMaker has them (botocore, sagemaker service-2.json, `EnvironmentMap`)."""


class Body(BaseModel):
    """A body: nothing is converted, and unknown members are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class TrainingRequest(Body):
    """Asks for a run of the endpoint's retraining: it begins if it is needed and the
    budget allows it."""

    reason: Reason
    again: bool = Field(
        default=False,
        description="Whether data is tried again that was tried with this champion before.",
    )


class Task(str, Enum):
    """What a model does."""

    BINARY_CLASSIFICATION = ModelTask.BINARY_CLASSIFICATION.value
    MULTICLASS_CLASSIFICATION = ModelTask.MULTICLASS_CLASSIFICATION.value
    REGRESSION = ModelTask.REGRESSION.value


class RegistrationRequest(Body):
    """A model to be registered, for approval, in the endpoint's model package group."""

    record_uri: str = Field(
        max_length=1024,
        pattern=S3_FILE,
        description="The record of the run that trained it.",
        examples=["s3://artifacts/runs/churn/<run>/run.json"],
    )
    model: str = Field(
        max_length=1024,
        pattern=S3_FILE,
        description="The model: an archive, or a folder that ends with a slash.",
    )
    image: str = Field(
        max_length=MAX_IMAGE,
        pattern=f"^{IMAGE.pattern}$",
        description="The image that serves the model, by its digest.",
    )
    task: Task = Field(strict=False)
    metrics: dict[Name, float] = Field(
        min_length=1,
        max_length=30,
        description="How good it is, on the data that it was evaluated on.",
    )
    manifest_uri: str = Field(
        max_length=1024,
        pattern=S3_FILE,
        description="The manifest of the environment that trained it.",
    )
    evaluation_uri: str | None = Field(
        default=None,
        max_length=1024,
        pattern=S3_FILE,
        description="The evaluation with the champion on the same data, as gates read it. Default: "
        "`metrics` and `slices` alone.",
    )
    slices: dict[Name, dict[Name, float]] = Field(
        default={}, max_length=100, description="The same metrics by group of the data."
    )
    description: str = Field(default="", max_length=900)
    environment: dict[VariableName, VariableValue] = Field(
        default={}, max_length=100, description="Environment variables of the serving image."
    )


class Decision(str, Enum):
    """What is decided on a version."""

    APPROVE = "approve"
    REJECT = "reject"


class DecisionRequest(Body):
    """Approves or rejects a version. The approver is the caller."""

    decision: Decision = Field(strict=False)
    reason: Reason
    despite_gates: bool = Field(
        default=False, description="Whether it is approved although it breaks a gate."
    )


class ReleaseRequest(Body):
    """Releases an approved version to the endpoint, as the endpoint declares it."""

    version: int | None = Field(
        default=None, ge=1, le=99_999_999, description="Default: the newest approved one."
    )
    reason: Reason
    override: str = Field(
        default="",
        max_length=REASON_LENGTH,
        description="Why it goes live although it breaks a gate. Empty: a broken gate refuses it.",
    )


class RollbackRequest(Body):
    """Moves the endpoint back to a release that was verified, with all traffic at
    once."""

    version: int | None = Field(
        default=None,
        ge=1,
        le=99_999_999,
        description="A version that was live and verified. Default: the one before the live one.",
    )
    reason: Reason
