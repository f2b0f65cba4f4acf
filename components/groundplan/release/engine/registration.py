"""Registers a version of a model, with all that says where it comes from: for training
scripts and for `groundplan`.

    clients = Clients.connect("us-east-1")
    record = os.environ["GROUNDPLAN_RECORD"]
    register(clients, Candidate(group=..., record_uri=record, ...))

It waits for approval then. Registering the same twice gives the same version.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.problems import report
from groundplan.release.engine import datasets, version_record
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import Refused
from groundplan.release.engine.version_record import ModelTask, Run, StoredFile, Version

FILE = re.compile(r"s3://([^/]+)/(.+)")


@dataclass(frozen=True)
class Candidate:
    """What is registered."""

    group: str
    """Name or ARN of the model package group: `ModelRegistry.group_names`."""
    record_uri: str
    """The record of the run that trained it: `TrainingJob.record_uri`."""
    model: str
    """The model: an archive, `s3://.../model.tar.gz`, or a folder, `s3://.../`."""
    image: str
    """The image that serves the model, by its digest."""
    task: ModelTask
    metrics: Mapping[str, float]
    """How good it is, on the data that it was evaluated on."""
    manifest_uri: str
    """The manifest of the environment that trained it, in S3."""
    slices: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """The same metrics by group of the data."""
    description: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Environment variables of the serving image."""
    content_types: Sequence[str] = (version_record.JSON,)
    response_types: Sequence[str] = (version_record.JSON,)
    document: Mapping[str, Any] | None = None
    """The evaluation as `groundplan.release.engine.metrics` reads it, with the champion
    on the same data. Default: `metrics` and `slices`, as SageMaker's statistics."""


@dataclass(frozen=True)
class Registered:
    """The version in the registry."""

    arn: str
    created: bool
    """False if it was there already."""

    @property
    def version(self) -> int:
        return int(self.arn.rpartition("/")[2])


def register(clients: Clients, candidate: Candidate) -> Registered:
    """Registers a version, for approval. Raises `Refused` with all that is wrong;
    nothing is registered then."""
    try:
        version = _complete(clients, candidate)
        if found := version_record.problems(version):
            raise Refused(report("The version can't be registered", found))
        _require_datasets(clients, version)
        _require_model(clients, version.model)
        if there := _find(clients, version):
            return Registered(there, created=False)
        # Only now: a refused version leaves nothing behind. Its name is its content, so
        # writing it twice changes nothing.
        _write(clients, version.metrics_file, _metrics(candidate))
        response = clients.sagemaker.create_model_package(**version_record.request(version))
    except ClientError as error:
        if aws.is_transient(error):
            raise
        raise Refused(aws.words(error)) from error
    return Registered(str(response["ModelPackageArn"]), created=True)


def _complete(clients: Clients, candidate: Candidate) -> Version:
    """The version, with what only AWS knows."""
    metrics = _metrics(candidate)
    digest = version_record.digest(metrics)
    folder = candidate.record_uri.rpartition("/")[0]
    return Version(
        group=candidate.group,
        run=Run(
            candidate.record_uri,
            _read(clients, "record_uri", candidate.record_uri).decode(errors="replace"),
        ),
        model=candidate.model,
        image=candidate.image,
        metrics=candidate.metrics,
        metrics_file=StoredFile(
            f"{folder}/metrics/{digest.removeprefix('sha256:')[:16]}.json", digest
        ),
        manifest=StoredFile(
            candidate.manifest_uri,
            version_record.digest(_read(clients, "manifest_uri", candidate.manifest_uri)),
        ),
        registered_by=clients.caller(),
        description=candidate.description,
        environment=candidate.environment,
        content_types=candidate.content_types,
        response_types=candidate.response_types,
    )


def _metrics(candidate: Candidate) -> bytes:
    if candidate.document is not None:
        return json.dumps(candidate.document, sort_keys=True).encode()
    return version_record.metrics_document(
        candidate.task, candidate.metrics, candidate.slices
    ).encode()


def _find(clients: Clients, version: Version) -> str | None:
    """The ARN of the same version, if it is registered and was not rejected."""
    pages = clients.sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=version.group, SortBy="CreationTime", SortOrder="Descending"
    )
    mark = version_record.marker(version)
    for page in pages:
        for summary in page["ModelPackageSummaryList"]:
            description = str(summary.get("ModelPackageDescription", ""))
            if description.endswith(mark) and summary.get("ModelPackageStatus") != "Failed":
                return str(summary["ModelPackageArn"])
    return None


def _require_datasets(clients: Clients, version: Version) -> None:
    bucket, _ = _place("record_uri", version.run.uri)
    trained = datasets.of_record(clients, version.run.record, bucket)
    wrong = [found.problem for found in trained if found.problem]
    if wrong:
        raise Refused("The version can't be registered:\n" + "\n".join(wrong))


def _require_model(clients: Clients, model: str) -> None:
    bucket, key = _place("model", model)
    if model.endswith("/"):
        there = (
            clients.s3.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1).get("KeyCount", 0) > 0
        )
    else:
        try:
            there = bool(clients.s3.head_object(Bucket=bucket, Key=key))
        except ClientError as error:
            if not aws.is_missing(error):
                raise
            there = False
    if not there:
        raise Refused(f"There is no model at {model}. Fix: give where the run wrote it")


def _read(clients: Clients, key: str, uri: str) -> bytes:
    bucket, name = _place(key, uri)
    try:
        found: bytes = clients.s3.get_object(Bucket=bucket, Key=name)["Body"].read()
    except ClientError as error:
        if aws.is_missing(error):
            raise Refused(f"{key}: there is nothing at {uri}. Fix: give the file's URI") from None
        raise
    return found


def _write(clients: Clients, file: StoredFile, content: bytes) -> None:
    bucket, key = _place("metrics", file.uri)
    clients.s3.put_object(Bucket=bucket, Key=key, Body=content, ContentType=version_record.JSON)


def _place(key: str, uri: str) -> tuple[str, str]:
    match = FILE.fullmatch(uri)
    if match is None:
        raise Refused(f'{key} is "{uri}". Allowed: a URI in S3, s3://BUCKET/...')
    return match[1], match[2]
