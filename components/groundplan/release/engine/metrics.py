"""How good a version is: the document that its model package names under
`ModelMetrics.ModelQuality.Statistics`.

    {"schema": 1,
     "dataset": "s3://.../holdout/2026-11.parquet",
     "metrics": {"auc": {"value": 0.912, "higher_is_better": true, "count": 48210,
                         "stderr": 0.0014}},
     "slices": {"country=DE": {"auc": {"value": 0.904, "count": 6120,
                                       "stderr": 0.004}}},
     "champion": {"package_arn": "arn:aws:sagemaker:...:model-package/churn/6",
                  "metrics": {...}, "slices": {...}}}

All but `metrics` may be absent. `champion` is the live version, measured again with
the candidate: then both were measured on the same data. In place of `metrics`
SageMaker's own form will do, `binary_classification_metrics` and the like, as Model
Monitor, Pipelines and `groundplan.release.engine.version_record` write it.
"""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws, s3_uris
from groundplan.problems import MISSING, Problem, report
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import Refused

SCHEMA = 1
SIZE_LIMIT = 5_000_000
"""Bytes of a document: thousands of slices. What is larger is something else."""
SAGEMAKER_FORMS = (
    "binary_classification_metrics",
    "multiclass_classification_metrics",
    "regression_metrics",
)
"""SageMaker AI Developer Guide, "Model quality metrics and Amazon CloudWatch
monitoring"."""

# The metrics of that page, whose names say which way is better. A document that says so
# itself is believed first.
HIGHER = frozenset(
    {
        *(
            "accuracy",
            "auc",
            "f0_5",
            "f1",
            "f2",
            "precision",
            "r2",
            "recall",
            "true_negative_rate",
            "true_positive_rate",
        ),
        *("weighted_f0_5", "weighted_f1", "weighted_f2", "weighted_precision", "weighted_recall"),
    }
)
LOWER = frozenset({"false_negative_rate", "false_positive_rate", "mae", "mse", "rmse"})
NO_NUMBERS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
"""How SageMaker writes what JSON has no numbers for."""


@dataclass(frozen=True)
class Metric:
    """One metric of one slice, or of all."""

    value: float
    """May be NaN or infinite: `gates` decides what that means."""
    higher_is_better: bool | None = None
    count: int | None = None
    """Number of rows that it is computed from."""
    stderr: float | None = None
    """Its standard error. Model Monitor's `standard_deviation` is none: it is how
    much five samples of 80 % of the same rows differ, which shrinks as they overlap."""


@dataclass(frozen=True)
class Measured:
    """What was measured of one model."""

    overall: Mapping[str, Metric] = field(default_factory=dict)
    slices: Mapping[str, Mapping[str, Metric]] = field(default_factory=dict)
    dataset: str = ""
    """What it was measured on; empty if nobody says."""

    def of(self, name: str, slice: str | None) -> Metric | None:
        """A metric of a slice, or of all."""
        return (self.overall if slice is None else self.slices.get(slice, {})).get(name)


@dataclass(frozen=True)
class Document:
    """What a version says of itself, and of the champion that it was compared with."""

    measured: Measured
    champion_arn: str = ""
    champion: Measured | None = None
    uri: str = ""
    digest: str = ""
    """SHA-256 of the file."""


def parse(data: object, source: str) -> Document:
    """A document from its JSON. Raises `Refused` with all that is wrong with it."""
    found: list[Problem] = []
    if not isinstance(data, Mapping):
        raise Refused(
            report(
                f"The metrics {source} can't be read", [Problem("document", data, "a JSON object")]
            )
        )
    schema = data.get("schema", SCHEMA)
    if schema != SCHEMA:
        found.append(
            Problem("schema", schema, f"{SCHEMA}", "write it in that form, or update groundplan")
        )
    dataset = str(data.get("dataset", ""))
    measured, champion, arn = _measured(data, "", dataset, found), None, ""
    if not measured.overall:
        fix = "evaluate the model, and store what came of it"
        found.append(
            Problem(
                "metrics",
                MISSING,
                f"an object of metrics, or one of {', '.join(SAGEMAKER_FORMS)}",
                fix,
            )
        )
    other = data.get("champion")
    if isinstance(other, Mapping):
        champion, arn = (
            _measured(other, "champion.", dataset, found),
            str(other.get("package_arn", "")),
        )
        if not arn:
            found.append(
                Problem("champion.package_arn", MISSING, "the ARN of the version that was measured")
            )
    elif other is not None:
        found.append(Problem("champion", other, "an object with package_arn and metrics"))
    if found:
        raise Refused(report(f"The metrics {source} can't be read", found))
    return Document(measured, arn, champion)


def read(clients: Clients, package_arn: str) -> Document | None:
    """Returns the document of a model package; None if the package names none, or is
    gone. Raises `Refused` if it can't be read."""
    try:
        package = clients.sagemaker.describe_model_package(ModelPackageName=package_arn)
    except ClientError as error:
        if aws.is_missing(error):
            return None
        raise
    source = package.get("ModelMetrics", {}).get("ModelQuality", {}).get("Statistics", {})
    uri = str(source.get("S3Uri", ""))
    if not uri:
        return None
    return stored(clients, uri, str(source.get("ContentDigest", "")), package_arn)


def stored(clients: Clients, uri: str, promised: str, version: str) -> Document:
    """Returns the document in a file, whose digest was `promised` when the version was
    registered; empty if nobody said. Raises `Refused` if it is another one, or can't be
    read."""
    body = _body(clients, uri)
    digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
    promised = promised.lower()
    if promised and promised != digest:
        raise Refused(
            f"The metrics {uri} are not those that were registered with {version}: "
            f"their digest is {digest}, not "
            f"{promised}. Fix: find out who changed them, and register the version again"
        )
    try:
        data = json.loads(body)
    except ValueError as error:
        raise Refused(
            f"The metrics {uri} are not JSON: {error}. Fix: register the version again"
        ) from None
    document = parse(data, uri)
    return Document(document.measured, document.champion_arn, document.champion, uri, digest)


def _body(clients: Clients, uri: str) -> bytes:
    bucket, key = s3_uris.split(uri)
    if not uri.startswith("s3://") or not bucket or not key or key.endswith("/"):
        raise Refused(f"The version names {uri} as its metrics. Allowed: a file, s3://BUCKET/KEY")
    try:
        answer = clients.s3.get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if aws.is_missing(error):
            raise Refused(
                f"The metrics {uri} are gone. Fix: restore them, or register the version again"
            ) from None
        if aws.code(error) in ("AccessDenied", "403"):
            fix = "Fix: allow s3:GetObject on it, and kms:Decrypt with its key"
            raise Refused(f"The metrics {uri} may not be read: {aws.words(error)}. {fix}") from None
        raise
    body: bytes = answer["Body"].read(SIZE_LIMIT + 1)
    if len(body) > SIZE_LIMIT:
        raise Refused(
            f"The metrics {uri} have more than {SIZE_LIMIT} bytes. Fix: keep predictions "
            "and curves elsewhere"
        )
    return body


def _measured(data: Mapping[str, Any], at: str, dataset: str, found: list[Problem]) -> Measured:
    overall: dict[str, Metric] = {}
    for key in ("metrics", *SAGEMAKER_FORMS):
        if key in data:
            overall |= _metrics(data[key], f"{at}{key}", key != "metrics", found)
    slices = data.get("slices", {})
    if not isinstance(slices, Mapping):
        found.append(
            Problem(f"{at}slices", slices, "an object of metrics by the name of the slice")
        )
        slices = {}
    loose = "metrics" not in data
    return Measured(
        overall,
        {name: _metrics(s, f"{at}slices.{name}", loose, found) for name, s in slices.items()},
        dataset,
    )


def _metrics(data: object, at: str, loose: bool, found: list[Problem]) -> dict[str, Metric]:
    """Metrics by name. `loose`: SageMaker's form has more in it than metrics, such as a
    confusion matrix."""
    if not isinstance(data, Mapping):
        found.append(Problem(at, data, 'an object: {"auc": {"value": 0.91}}'))
        return {}
    given: Iterator[tuple[str, Any]] = iter(data.items())
    if loose:
        given = (
            (name, entry)
            for name, entry in data.items()
            if isinstance(entry, Mapping) and "value" in entry
        )
    metrics = {name: _metric(str(name), entry, f"{at}.{name}", found) for name, entry in given}
    return {str(name): metric for name, metric in metrics.items() if metric is not None}


def _metric(name: str, entry: object, at: str, found: list[Problem]) -> Metric | None:
    if not isinstance(entry, Mapping):
        found.append(Problem(at, entry, 'an object: {"value": 0.91, "higher_is_better": true}'))
        return None
    value, better = _number(entry.get("value")), entry.get("higher_is_better", _direction(name))
    count, stderr = entry.get("count", entry.get("n")), entry.get("stderr")
    before = len(found)
    if value is None:
        found.append(Problem(f"{at}.value", entry.get("value", MISSING), "a number"))
    if better is not None and not isinstance(better, bool):
        found.append(Problem(f"{at}.higher_is_better", better, "true or false"))
    if count is not None and (
        isinstance(count, bool) or not isinstance(count, int | float) or count < 0 or count % 1
    ):
        found.append(Problem(f"{at}.count", count, "a whole number of rows"))
    error = None if stderr is None else _number(stderr)
    if stderr is not None and (error is None or error < 0):
        found.append(Problem(f"{at}.stderr", stderr, "a number from 0"))
    if value is None or len(found) > before:
        return None
    finite = error if error is not None and math.isfinite(error) else None
    return Metric(value, better, None if count is None else int(count), finite)


def _number(value: object) -> float | None:
    if isinstance(value, str):
        return NO_NUMBERS.get(value)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _direction(name: str) -> bool | None:
    return True if name in HIGHER else False if name in LOWER else None
