"""The settings of a retraining pipeline, as plain data: what the component writes and
the function, the CronJob and the commands read."""

import json
import pathlib
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, is_dataclass
from typing import Any, TypeVar, get_type_hints

from groundplan.retraining.engine.names import FILE_VARIABLE, VARIABLE, Kind

Section = TypeVar("Section")

EXPORTED = ("state_machine_arn", "state_machine_key_arn")
"""What a stack exports beside the settings: where runs are started, and the key that
whoever starts one uses."""


class InvalidSettings(ValueError):
    """The settings can't be read."""


@dataclass(frozen=True)
class TrainingSettings:
    """What the champion's record does not contain of a training job."""

    role_arn: str = ""
    """ARN of the role of SageMaker's training jobs, which the function may pass. Empty:
    the record's."""
    security_group_ids: tuple[str, ...] = ()
    """IDs of the security groups of its network interfaces, where the record has
    subnets."""
    job_name: str = ""
    """What the names of jobs begin with. Empty: the record's name."""
    kms_key_arn: str = ""
    """ARN of the KMS key of the model. Empty: the bucket's default."""
    input_name: str = "train"
    """The dataset of the record that a run replaces."""
    instance_type: str = ""
    """SageMaker instance type that `usd_per_hour` is the price of: another one in the
    champion's record is refused. Empty: any."""
    usd_per_hour: float | None = None
    """Price of one node for an hour. None: unknown, which no budget allows."""
    max_wait_hours: float = 24.0
    """Hours that a job may wait for capacity or in a queue, beside its runtime."""


@dataclass(frozen=True)
class EvaluationSettings:
    """The job that measures the candidate and the champion on the same data."""

    held_out: str = ""
    """Data that no run trains on: a dataset reference, or a URI in S3."""
    recent: str = ""
    """What the model was asked recently, with labels: the same. Empty for none."""
    image: str = ""
    """The image by its digest. Empty: the champion's training image."""
    command: tuple[str, ...] = ()
    """What it runs. Empty: the image's entry point."""
    task: str = "binary-classification"
    """What the model does: a `ModelTask`."""
    instance_type: str = "ml.m5.xlarge"
    volume_gib: int = 30
    role_arn: str = ""
    """ARN of the role of the processing job. Empty: the training's."""
    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    max_runtime_seconds: int = 3600
    usd_per_hour: float | None = None
    """Price of its instance for an hour."""
    service_account: str = ""
    """Of the job on a cluster. Empty: the champion's."""


@dataclass(frozen=True)
class LimitSettings:
    """What limits runs. All times are S3's."""

    usd_per_run: float | None = None
    """US dollars that a run may cost at most. None: no limit."""
    usd_per_month: float | None = None
    """US dollars that the runs of a calendar month (UTC) may cost. None: no limit."""
    cool_down_hours: float = 24.0
    """Hours after the end of a run in which only a person begins another."""
    attempts: int = 3
    """How often the same data is tried again after runs that failed."""
    faults: int = 3
    """How often a step may fail, after all its retries, before the run ends."""
    evaluation_hours: float = 12.0
    """Hours that an evaluation may wait for capacity or in a queue, beside its
    runtime."""
    approval_days: float = 14.0
    """Days that a version waits for its approval before it counts as refused."""
    release_hours: float = 12.0
    """Hours that a release may take with its waiting for others."""
    bake_minutes: float = 60.0
    """Minutes after the release in which its alarms and the endpoint are watched."""


@dataclass(frozen=True)
class RetrainingSettings:
    """A retraining pipeline of one endpoint."""

    endpoint: str
    region: str
    bucket: str
    """The artifact bucket: datasets, records of runs, models, the journal."""
    dataset: str
    """What to train on: a reference, `<dataset>:<tag>`."""
    release_target: Mapping[str, Any] = field(default_factory=dict)
    """The endpoint as the stack exports it in `releaseTargets`: its registry, gates,
    alarms, audit trail. Its `kind` says whether SageMaker or a cluster serves."""
    account: str = ""
    """The user name of the driver's service account, where there is no AWS to say who
    acts."""
    prefix: str = "retraining/"
    """Folder of the journal, which ends with a slash."""
    kms_key_arn: str = ""
    """ARN of the KMS key of the journal. Empty: the bucket's default."""
    topic_arn: str = ""
    """ARN of the SNS topic of notifications. Empty for none. The state machine has its
    own; this is the driver's."""
    manifest_uri: str = ""
    """The manifest of the environment, in S3. Empty: the champion's."""
    gates: Mapping[str, Any] = field(default_factory=dict)
    """Gates of a run, in the form of a release target's. Empty: the target's own."""
    triggers: tuple[str, ...] = tuple(kind.value for kind in Kind)
    """The kinds that begin runs; others are answered as not needed."""
    approval_required: bool = True
    """Whether a person approves the version. False: the gates are enough, unless the
    release target demands a sign-off."""
    training: TrainingSettings = TrainingSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    limits: LimitSettings = LimitSettings()

    @property
    def root(self) -> str:
        """The folder of this endpoint's journal."""
        return f"{self.prefix}{self.endpoint}/"

    @classmethod
    def read(cls, text: str) -> "RetrainingSettings":
        """Returns the settings of a JSON object. Raises `InvalidSettings` with all that
        is wrong. What a stack exports beside them, `EXPORTED`, is left out."""
        try:
            data = json.loads(text)
        except ValueError as error:
            raise InvalidSettings(f"{VARIABLE} is not JSON: {error}") from None
        if isinstance(data, dict):
            data = {key: value for key, value in data.items() if key not in EXPORTED}
        wrong: list[str] = []
        found = _section(cls, data, "", wrong)
        if found is None or wrong:
            raise InvalidSettings(f"{VARIABLE} is invalid: {'; '.join(wrong)}")
        return found

    def text(self) -> str:
        """Returns the settings as JSON, which `read` reads."""
        return json.dumps(asdict(self), sort_keys=True)


def from_environment(environment: Mapping[str, str]) -> RetrainingSettings:
    """Returns the settings that the environment's variables name."""
    text = environment.get(VARIABLE, "")
    if not text and environment.get(FILE_VARIABLE):
        text = pathlib.Path(environment[FILE_VARIABLE]).read_text(encoding="utf-8")
    if not text:
        raise InvalidSettings(f"There are no settings. Fix: set {VARIABLE} or {FILE_VARIABLE}")
    return RetrainingSettings.read(text)


def _section(kind: type[Section], data: object, at: str, wrong: list[str]) -> Section | None:
    """Returns a section of plain data; None with what is wrong with it."""
    if not isinstance(data, Mapping):
        wrong.append(f"{at.rstrip('.') or 'the settings'}: not an object")
        return None
    known = {entry.name: entry for entry in fields(kind)}  # type: ignore[arg-type]
    hints, before = get_type_hints(kind), len(wrong)
    values: dict[str, Any] = {}
    wrong += [f"{at}{key}: unknown" for key in data if key not in known]
    for name, entry in known.items():
        if name not in data:
            if entry.default is MISSING and entry.default_factory is MISSING:
                wrong.append(f"{at}{name}: missing")
            continue
        values[name] = _value(hints[name], data[name], f"{at}{name}", wrong)
    return kind(**values) if len(wrong) == before else None


def _value(hint: Any, value: Any, at: str, wrong: list[str]) -> Any:
    if is_dataclass(hint):
        return _section(hint, value, f"{at}.", wrong)  # type: ignore[arg-type]
    if hint == tuple[str, ...]:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        wrong.append(f"{at}: not a list of strings")
        return ()
    if hint in (float, float | None):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        ok = number or (value is None and hint is not float)
    elif hint is int:
        ok = isinstance(value, int) and not isinstance(value, bool)
    elif hint in (str, bool):
        ok = isinstance(value, hint)
    else:
        ok = isinstance(value, Mapping)
    if not ok:
        wrong.append(f"{at}: {value!r} has the wrong type")
    return value
