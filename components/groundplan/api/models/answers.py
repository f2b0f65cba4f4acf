"""Bodies of answers."""

from typing import Any

from aws_lambda_powertools.utilities.parser import BaseModel
from pydantic import ConfigDict, Field


class Answer(BaseModel):
    """A body of an answer: what the engine says beside these members is left out."""

    model_config = ConfigDict(extra="ignore")


class Release(Answer):
    """A release of an endpoint, under way or ended."""

    release: str
    kind: str = Field(description="`deploy` or `rollback`.")
    endpoint: str = ""
    version: int | None = None
    outcome: str = Field(
        default="in-progress", description="`in-progress`, `succeeded`, `rolled-back` or `failed`."
    )
    reason: str = Field(default="", description="Why it ended as it did, if it did not succeed.")
    started_at: str
    started_by: str
    live: str | None = Field(default=None, description="The configuration that it left live.")


class ReleaseResult(Answer):
    """What came of a request for a release."""

    outcome: str = Field(
        description="`in-progress`, `unchanged` (it was live already), `succeeded`, "
        "`rolled-back` or `failed`."
    )
    message: str
    release: Release | None = None
    warning: str = ""


class ReleaseState(Answer):
    """What an endpoint serves."""

    state: str
    version: int | None
    package_arn: str | None
    config: str
    alarms_on: list[str]
    as_recorded: bool = Field(description="Whether what serves is what the last release left.")
    under_way: Release | None
    last: Release | None
    problems: list[str]


class Training(Answer):
    """A run of the retraining."""

    run: str
    begun: str
    ended: str
    step: str
    outcome: str
    message: str
    dataset: str
    champion: str
    version: str
    reason: str
    usd: float | None = None
    reserved_usd: float | None = None


class TrainingEvent(Answer):
    """Something that happened in a run."""

    at: str
    step: str
    message: str


class TrainingDetail(Training):
    """A run with all that happened to it."""

    events: list[TrainingEvent]


class TrainingState(Answer):
    """What the retraining of an endpoint does."""

    open: Training | None
    last: Training | None
    waiting: list[str] = Field(description="Requests that no run has considered yet.")


class StartedTraining(Answer):
    """A run is asked for."""

    id: str = Field(description="Names the request: the same twice is one.")
    execution: str = Field(
        description="ARN of the execution that acts on it; empty where the next look of the "
        "cluster's CronJob does."
    )


class Endpoint(Answer):
    """An endpoint, and what the API does with it."""

    name: str
    releases: bool
    trainings: bool


class EndpointState(Answer):
    """An endpoint: what serves, and what its retraining does."""

    name: str
    release: ReleaseState | None
    training: TrainingState | None


class ModelVersion(Answer):
    """A version in the endpoint's model package group."""

    version: int
    arn: str
    approval: str
    status: str
    created: str
    description: str = ""
    reason: str = ""
    registered_by: str = ""
    approved_by: str = ""


class ModelVersionDetail(ModelVersion):
    """A version, with its origin and its releases."""

    properties: dict[str, str]
    artifacts: list[dict[str, str]]
    releases: list[Release]


class RegisteredVersion(Answer):
    """A version that waits for approval."""

    arn: str
    version: int
    created: bool = Field(description="False if the same version was registered before.")


class DatasetVersionSummary(Answer):
    """A version of a dataset."""

    reference: str
    digest: str
    committed_at: str
    tags: list[str]


class DatasetVersionDetail(Answer):
    """A version of a dataset, as its manifest describes it."""

    reference: str
    dataset: str
    digest: str
    objects: int
    size: int
    created_by: dict[str, Any]
    quality: dict[str, Any]
    tags: list[str]


class Endpoints(Answer):
    items: list[Endpoint]


class ModelVersions(Answer):
    items: list[ModelVersion]


class Releases(Answer):
    items: list[Release]


class Trainings(Answer):
    items: list[Training]


class Datasets(Answer):
    items: list[str]


class DatasetVersions(Answer):
    items: list[DatasetVersionSummary]


class InvalidMember(BaseModel):
    """What is wrong with a member of a request."""

    at: str
    message: str


class Problem(BaseModel):
    """An error, as RFC 9457 describes it. All members may be absent: API Gateway's own
    errors, before a request reaches the API, have a `message` only."""

    type: str = Field(
        default="about:blank", description="A URI that identifies the kind of problem."
    )
    title: str = ""
    status: int = 0
    detail: str = Field(default="", description="What is wrong, and what to do.")
    instance: str = Field(default="", description="The id of the request, as logs have it.")
    errors: list[InvalidMember] = Field(default=[], description="What is wrong with the request.")
    message: str = Field(default="", description="What API Gateway says.")
