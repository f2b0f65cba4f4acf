"""The record of a version in the model registry, from which it can be reproduced years
later.

The run that trained it, and with it data, code and image; how good it was; the
environment it was trained in; who registered it. Pure: it returns the request of
CreateModelPackage, and says what is missing. `groundplan.release.engine.registration`
sends it.

Lengths and forms: botocore's model of SageMaker (2017-07-24), CreateModelPackageInput.
"""

import hashlib
import json
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from groundplan.problems import MISSING, Problem, under
from groundplan.release.engine.principals import PROPERTY_LENGTH, as_property

SCHEMA = "1"
"""The form of the properties below. Changing the meaning of one of them raises
it."""

PREFIX = "groundplan:"
MAX_PROPERTIES, MAX_KEY, MAX_VALUE = 50, 128, PROPERTY_LENGTH
RESERVED = 3
"""Properties that an approval adds: who, when, and of which gate report."""
TEXT = re.compile(r"[\w\s.:/=+\-@]+")
"""Keys and values of CustomerMetadataProperties: letters, digits, separators and
_.:/=+-@."""

GROUP = re.compile(
    r"(arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:\d{12}:model-package-group/)?[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
)
IMAGE = re.compile(r"\S+@(sha256:[0-9a-f]{64})")
MAX_IMAGE = 255
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
REVISION = re.compile(r"[0-9a-f]{40}")
S3 = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/\S+")
RECORD = re.compile(r"s3://[^/]+/(?:\S+/)?runs/[^/]+/([0-9a-f]{64})/run\.json")
"""Where a `TrainingJob` keeps its record."""

CALLER = re.compile(r"(arn|jwt|system:serviceaccount|user):.+")
"""An ARN, the user name of a Kubernetes service account or of a person where there is
no AWS, or a caller of the API by its token."""

JSON = "application/json"


class ModelTask(str, Enum):
    """What a model does, in the words that SageMaker has for its metrics.

    SageMaker AI Developer Guide, "Model quality metrics and Amazon CloudWatch
    monitoring".
    """

    BINARY_CLASSIFICATION = "binary-classification"
    MULTICLASS_CLASSIFICATION = "multiclass-classification"
    REGRESSION = "regression"


@dataclass(frozen=True)
class Run:
    """The run that trained the model, as its record says."""

    uri: str
    """Where the record is: `TrainingJob.record_uri`."""
    text: str
    """The record, byte for byte."""

    @property
    def id(self) -> str:
        """The run's id: the SHA-256 of its record."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def record(self) -> Mapping[str, Any]:
        """The record as data; empty if it is none."""
        try:
            found = json.loads(self.text)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class StoredFile:
    """A file in S3 that can't be exchanged unnoticed."""

    uri: str
    digest: str
    """`sha256:` and 64 hexadecimal digits."""


@dataclass(frozen=True)
class Version:
    """A version to be registered."""

    group: str
    """Name or ARN of the model package group."""
    run: Run
    model: str
    """The model: an archive, `s3://.../model.tar.gz`, or a folder, `s3://.../`."""
    image: str
    """The image that serves the model, by its digest."""
    metrics: Mapping[str, float]
    """How good it is on the data that it was evaluated on."""
    metrics_file: StoredFile
    """The same, with slices, as `metrics_document` writes it."""
    manifest: StoredFile
    """The manifest of the environment that trained it: what `groundplan preview --json`
    says of its stack."""
    registered_by: str
    """Who registers it: an ARN, `system:serviceaccount:<namespace>:<name>`, or
    `jwt:ISSUER:SUBJECT` of a caller of the API."""
    description: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Environment variables of the serving image."""
    content_types: Sequence[str] = (JSON,)
    response_types: Sequence[str] = (JSON,)


def metrics_document(
    task: ModelTask,
    metrics: Mapping[str, float],
    slices: Mapping[str, Mapping[str, float]] | None = None,
) -> str:
    """Metrics as SageMaker's model quality statistics, which the console draws;
    `slices` are the same metrics by group."""
    fields: dict[str, Any] = {f"{task.value.replace('-', '_')}_metrics": _values(metrics)}
    if slices:
        fields["slices"] = {name: _values(values) for name, values in slices.items()}
    return json.dumps(fields, sort_keys=True)


def digest(content: bytes) -> str:
    """Returns the digest of a file's content."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def properties(version: Version) -> dict[str, str]:
    """Returns what CustomerMetadataProperties say of a version."""
    record = version.run.record
    code, datasets = record.get("code", {}), record.get("datasets", {})
    fields = {
        "schema": SCHEMA,
        "run": version.run.id,
        "run-name": str(record.get("name", "")),
        "run-record": version.run.uri,
        "code-repository": str(code.get("repository", "")),
        "code-revision": str(code.get("revision", "")),
        "training-image": str(record.get("image", "")),
        **{f"dataset:{name}": str(data.get("version", "")) for name, data in datasets.items()},
        **{f"metric:{name}": repr(float(value)) for name, value in version.metrics.items()},
        "metrics": version.metrics_file.uri,
        "manifest": version.manifest.uri,
        "manifest-digest": version.manifest.digest,
        "registered-by": as_property(version.registered_by),
    }
    return {f"{PREFIX}{key}": value for key, value in fields.items()}


def problems(version: Version) -> list[Problem]:
    """Returns what is missing, or can't be true. A version without problems can be
    registered."""
    return [
        *_pattern("group", version.group, GROUP, "the name or the ARN of a model package group"),
        *under("run", _run(version.run)),
        *_pattern(
            "model",
            version.model,
            S3,
            "an archive s3://BUCKET/.../model.tar.gz or a folder s3://BUCKET/.../",
        ),
        *_image("image", version.image),
        *_metrics(version.metrics),
        *under("metrics_file", _file(version.metrics_file)),
        *under("manifest", _file(version.manifest)),
        *_pattern(
            "registered_by",
            version.registered_by,
            CALLER,
            "the ARN of who registers it, the name of a service account, or jwt:ISSUER:SUBJECT",
        ),
        *_properties(version),
    ]


def request(version: Version) -> dict[str, Any]:
    """Returns the request of CreateModelPackage, for a version without problems. The
    same version is the same request."""
    container: dict[str, Any] = {
        "Image": version.image,
        "ImageDigest": version.image.rpartition("@")[2],
    }
    if version.model.endswith("/"):
        source = {"S3Uri": version.model, "S3DataType": "S3Prefix", "CompressionType": "None"}
        container["ModelDataSource"] = {"S3DataSource": source}
    else:
        container["ModelDataUrl"] = version.model
    if version.environment:
        container["Environment"] = dict(version.environment)
    code = version.run.record["code"]
    statistics = {
        "ContentType": JSON,
        "S3Uri": version.metrics_file.uri,
        "ContentDigest": version.metrics_file.digest,
    }
    built: dict[str, Any] = {
        "ModelPackageGroupName": version.group,
        "ModelPackageDescription": _description(version),
        "InferenceSpecification": {
            "Containers": [container],
            "SupportedContentTypes": list(version.content_types),
            "SupportedResponseMIMETypes": list(version.response_types),
        },
        "ModelApprovalStatus": "PendingManualApproval",
        "MetadataProperties": {
            "CommitId": code["revision"],
            "Repository": code["repository"],
            "GeneratedBy": version.run.uri,
        },
        "ModelMetrics": {"ModelQuality": {"Statistics": statistics}},
        "CustomerMetadataProperties": properties(version),
    }
    return built | {"ClientToken": identity(version)}


def identity(version: Version) -> str:
    """Returns what two versions share that are the same: run, model, image, metrics and
    environment. 32 hexadecimal digits."""
    parts = (
        version.group.rpartition("/")[2],
        version.run.id,
        version.model,
        version.image,
        version.metrics_file.digest,
        version.manifest.digest,
        json.dumps(dict(version.environment), sort_keys=True),
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def marker(version: Version) -> str:
    """Returns the end of a version's description, which identifies it in a list of
    versions."""
    return f"[{identity(version)}]"


def _plain(text: str) -> str:
    """Returns a text in one line, without control characters: SageMaker has no others
    (`EntityDescription`)."""
    marks = (" " if unicodedata.category(each)[0] == "C" else each for each in text)
    return " ".join("".join(marks).split())


def _description(version: Version) -> str:
    text = (
        _plain(version.description)
        or f"{version.run.record.get('name', 'model')}, run {version.run.id[:10]}"
    )
    return f"{text[: 1023 - len(marker(version))]} {marker(version)}"


def _values(metrics: Mapping[str, float]) -> dict[str, Any]:
    return {name: {"value": value, "standard_deviation": "NaN"} for name, value in metrics.items()}


def _run(run: Run) -> list[Problem]:
    record, found = run.record, []
    where = RECORD.fullmatch(run.uri)
    if not where:
        found.append(
            Problem(
                "uri", run.uri, "s3://BUCKET/runs/NAME/ID/run.json", "give the run's record_uri"
            )
        )
    elif where[1] != run.id:
        fix = "find out who changed the record: its bucket keeps old versions"
        found.append(
            Problem(
                "id",
                run.id,
                f"{where[1]}, as its folder says: the record is not the run's own",
                fix,
            )
        )
    if not record:
        return [
            *found,
            Problem(
                "text", run.text, "the record of a run, a JSON object", "give the run's record"
            ),
        ]
    code, datasets = record.get("code"), record.get("datasets")
    found += _image("image", record.get("image", MISSING))
    if not isinstance(code, Mapping) or not code.get("repository"):
        found.append(
            Problem(
                "code.repository",
                MISSING,
                "the repository that the image was built from",
                "train it again",
            )
        )
    revision = code.get("revision", MISSING) if isinstance(code, Mapping) else MISSING
    found += _pattern(
        "code.revision", revision, REVISION, "a whole commit hash, 40 hexadecimal digits"
    )
    if not isinstance(datasets, Mapping) or not datasets:
        found.append(
            Problem("datasets", MISSING, "at least one dataset with its version", "train it again")
        )
        return found
    return found + [
        Problem(
            f"datasets.{name}.version",
            MISSING,
            "the version of the dataset",
            "train it again, with a version",
        )
        for name, data in datasets.items()
        if not isinstance(data, Mapping) or not str(data.get("version", "")).strip()
    ]


def _image(key: str, image: object) -> list[Problem]:
    allowed = (
        "an image by its digest, REPOSITORY@sha256:<64 hexadecimal digits>, at most "
        f"{MAX_IMAGE} characters"
    )
    if isinstance(image, str) and IMAGE.fullmatch(image) and len(image) <= MAX_IMAGE:
        return []
    return [Problem(key, image, allowed, "look the digest up with `aws ecr describe-images`")]


def _metrics(metrics: Mapping[str, float]) -> list[Problem]:
    found = [] if metrics else [Problem("metrics", {}, "at least one metric", "evaluate the model")]
    for name, value in metrics.items():
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
        ):
            found.append(
                Problem(
                    f"metrics.{name}",
                    value,
                    "a finite number",
                    "leave it out if the model has none",
                )
            )
    return found


def _file(file: StoredFile) -> list[Problem]:
    found = _pattern("uri", file.uri, S3, "a file in S3, s3://BUCKET/...")
    return found + _pattern("digest", file.digest, DIGEST, "sha256:<64 hexadecimal digits>")


def _properties(version: Version) -> list[Problem]:
    try:
        fields = properties(version)
    except (AttributeError, TypeError, ValueError):
        return []  # the record or the metrics have no sound form, and that is a problem of its own
    found = []
    room = MAX_PROPERTIES - RESERVED
    if len(fields) > room:
        allowed = (
            f"at most {room} properties: {len(fields) - len(version.metrics)} are datasets and "
            "the like"
        )
        found.append(
            Problem("metrics", len(version.metrics), allowed, "keep the rest in the metrics file")
        )
    for key, value in fields.items():
        if value and (not TEXT.fullmatch(value) or len(value) > MAX_VALUE):
            allowed = f"up to {MAX_VALUE} letters, digits, spaces and _.:/=+-@"
            found.append(Problem(key.removeprefix(PREFIX), value, allowed, "shorten or rename it"))
        if not TEXT.fullmatch(key) or len(key) > MAX_KEY:
            allowed = (
                f"a name of up to {MAX_KEY - len(PREFIX)} letters, digits, spaces and _.:/=+-@"
            )
            found.append(
                Problem(key.removeprefix(PREFIX), key, allowed, "rename the metric or the dataset")
            )
    return found


def _pattern(key: str, value: object, pattern: re.Pattern[str], allowed: str) -> list[Problem]:
    if isinstance(value, str) and pattern.fullmatch(value):
        return []
    return [Problem(key, value, allowed, "give it in that form")]
