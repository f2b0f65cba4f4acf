"""What a run needs of the platform that it is on: jobs, a registry, and what serves.

SageMaker's are in `sagemaker`. Another platform, such as any Kubernetes, implements the
same protocols and calls the same steps. Everything must be idempotent: a name that
exists is the thing itself, and is read, not created again.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from groundplan.retraining.engine.answers import Answer


class Refused(Exception):
    """What is asked for can't be done, now or later: the run ends. The message says
    why, and what to do."""


class Busy(Exception):
    """It can't be done now, because something else is under way: call again."""


@dataclass(frozen=True)
class Champion:
    """The version that serves."""

    id: str
    """ARN of its model package, or what identifies it elsewhere."""
    version: int | None
    record_uri: str
    """The record of the run that trained it (`TrainingJob.record_uri`)."""
    record: Mapping[str, Any]
    """The same as data: `groundplan.training.job.record`."""
    model_uri: str
    image: str
    """The image that serves it, by its digest."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Environment variables of that image."""
    manifest_uri: str = ""
    """The manifest of the environment that it was trained in."""


class JobStatus(str, Enum):
    """Where a job is."""

    ABSENT = "absent"
    RUNNING = "running"
    """It runs, or waits for capacity or in a queue."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True)
class JobState:
    """A job, as its platform reports it."""

    status: JobStatus
    reason: str = ""
    """Why it failed, or what it waits for."""
    model_uri: str = ""
    """Of a training job that succeeded: the model."""
    node_hours: float | None = None
    """What is charged for; None if the platform does not say."""


@dataclass(frozen=True)
class TrainingRun:
    """A training job. All that it does is in its record."""

    name: str
    """The job's name: the same for the same record."""
    id: str
    """The SHA-256 of the record (`groundplan.training.job.record.run_id`)."""
    record: Mapping[str, Any]
    record_uri: str
    manifests: Mapping[str, str] = field(default_factory=dict)
    """Of datasets that are versions: the name in the record -> URI of the list of their
    objects, in the form of SageMaker's `ManifestFile`."""


@dataclass(frozen=True)
class Evaluation:
    """A job that measures two models on the same data, and writes `metrics.json` below
    `output_uri`: the document of `groundplan.release.engine.metrics`, with the
    `champion`. Metrics of the recent data are the slice `data=recent`.

    The container reads `GROUNDPLAN_CANDIDATE`, `GROUNDPLAN_CHAMPION` (empty without
    one), `GROUNDPLAN_CHAMPION_ID`, `GROUNDPLAN_INPUT_HELD_OUT`,
    `GROUNDPLAN_INPUT_RECENT` and `GROUNDPLAN_OUTPUT`: folders on SageMaker, URIs on a
    cluster.
    """

    name: str
    run: str
    image: str
    command: tuple[str, ...]
    candidate_uri: str
    champion_uri: str
    champion_id: str
    data: Mapping[str, str]
    """`held_out` and `recent` -> a folder in S3, or the list of a version's objects."""
    output_uri: str
    """A folder in S3, which ends with a slash."""


class Jobs(Protocol):
    """Runs jobs. `start_...` creates a job, or does nothing if one of this name
    exists."""

    def start_training(self, run: TrainingRun) -> None: ...

    def training(self, run: TrainingRun) -> JobState: ...

    def stop_training(self, run: TrainingRun) -> None:
        """Stops a job that nobody needs any more; one that has ended, or never began,
        stays as it is."""

    def start_evaluation(self, job: Evaluation) -> None: ...

    def evaluation(self, job: Evaluation) -> JobState: ...


@dataclass(frozen=True)
class Candidate:
    """A version to be registered."""

    run: str
    """The retraining run."""
    training: TrainingRun
    model_uri: str
    champion: Champion
    metrics: Mapping[str, Any]
    """The document of the evaluation."""
    description: str


class Approval(str, Enum):
    """What the registry says of a version."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Decision:
    """The decision on a version."""

    approval: Approval
    by: str = ""
    reason: str = ""


class Models(Protocol):
    """The registry, and which of its versions serves."""

    def champion(self) -> Champion: ...

    def register(self, candidate: Candidate) -> str:
        """Returns the version's id. The same candidate is the same version."""

    def decision(self, version: str) -> Decision: ...

    def approve(self, version: str, reason: str) -> None:
        """Approves a version as the caller. Raises `Refused` if it may not."""

    def reject(self, version: str, reason: str) -> None:
        """Rejects a version that waits for its approval; others stay as they are."""


class ReleaseStatus(str, Enum):
    """Where the release of a version is."""

    NONE = "none"
    UNDER_WAY = "under-way"
    LIVE = "live"
    ROLLED_BACK = "rolled-back"
    FAILED = "failed"


@dataclass(frozen=True)
class ReleaseState:
    """The release of a version."""

    status: ReleaseStatus
    message: str = ""
    started_at: datetime.datetime | None = None
    """When a release that succeeded began; None if no record says it."""


@dataclass(frozen=True)
class Since:
    """A time."""

    at: datetime.datetime
    seconds: float
    """Seconds since, by S3's clock."""


class Releases(Protocol):
    """What serves."""

    def begin(self, version: str, reason: str) -> None:
        """Begins the release, or goes on with it. Raises `Busy` while something else
        moves the endpoint."""

    def state(self, version: str) -> ReleaseState: ...

    def alarms(self) -> list[str]:
        """Names of the alarms that are on, of those that roll a release back."""

    def fired(self, since: Since) -> list[str]:
        """Names of those that went on since then: between two looks an alarm may go on
        and off."""

    def roll_back(self, version: str, reason: str) -> None:
        """Moves the endpoint from this version back to the one before. Raises
        `Busy`."""


class Notifications(Protocol):
    """Whom a driver notifies. The state machine notifies by its own states."""

    def send(self, answer: Answer) -> None: ...


class Executions(Protocol):
    """The executions of the state machine."""

    def is_running(self, execution: str) -> bool:
        """Returns whether an execution is open, by its ARN."""

    def wake(self, token: str) -> None:
        """Wakes the state that waits with a token. Does nothing for a token that is no
        longer waited for."""


@dataclass(frozen=True)
class Services:
    """All that the steps need, beside S3."""

    s3: Any
    """boto3's client: the journal, datasets and records."""
    jobs: Jobs
    models: Models
    releases: Releases
    executions: Executions | None = None
    """None where no state machine carries the runs."""
    notifications: Notifications | None = None
