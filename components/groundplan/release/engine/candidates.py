"""A model that a run trained, with all that says where it comes from: what becomes a
version of a registry, SageMaker's or one in a bucket. It reads S3 only.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.release.engine import datasets, version_record
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import Refused
from groundplan.release.engine.version_record import ModelTask, Run, StoredFile, Version

FILE = re.compile(r"s3://([^/]+)/(.+)")
MAX_BYTES = 64 * 1024 * 1024
"""Of a record, a manifest or an evaluation: manifests have some megabytes. Who names a
model in their place would fill the memory of the API's function."""


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


def complete(clients: Clients, candidate: Candidate) -> Version:
    """The version, with what only AWS knows."""
    digest = version_record.digest(metrics(candidate))
    folder = candidate.record_uri.rpartition("/")[0]
    return Version(
        group=candidate.group,
        run=Run(
            candidate.record_uri,
            read(clients, "record_uri", candidate.record_uri).decode(errors="replace"),
        ),
        model=candidate.model,
        image=candidate.image,
        metrics=candidate.metrics,
        metrics_file=StoredFile(
            f"{folder}/metrics/{digest.removeprefix('sha256:')[:16]}.json", digest
        ),
        manifest=StoredFile(
            candidate.manifest_uri,
            version_record.digest(read(clients, "manifest_uri", candidate.manifest_uri)),
        ),
        registered_by=clients.caller(),
        description=candidate.description,
        environment=candidate.environment,
        content_types=candidate.content_types,
        response_types=candidate.response_types,
    )


def metrics(candidate: Candidate) -> bytes:
    if candidate.document is not None:
        return json.dumps(candidate.document, sort_keys=True).encode()
    return version_record.metrics_document(
        candidate.task, candidate.metrics, candidate.slices
    ).encode()


def require_datasets(clients: Clients, version: Version) -> None:
    bucket, _ = place("record_uri", version.run.uri)
    trained = datasets.of_record(clients, version.run.record, bucket)
    wrong = [found.problem for found in trained if found.problem]
    if wrong:
        raise Refused("The version can't be registered:\n" + "\n".join(wrong))


def require_model(clients: Clients, model: str) -> None:
    bucket, key = place("model", model)
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


def contents(clients: Clients, model: str) -> dict[str, Any]:
    """Returns what a model consists of now, to compare with later: the version and the
    ETag of an archive, or the digest of a folder's keys with their ETags."""
    bucket, key = place("model", model)
    if not model.endswith("/"):
        found = clients.s3.head_object(Bucket=bucket, Key=key)
        # An object of a bucket without versions has the version `null` (Amazon S3 User
        # Guide, "How S3 Versioning works").
        version = str(found.get("VersionId") or "null")
        return {"version_id": version, "etag": str(found.get("ETag", ""))}
    pages = clients.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
    items = [item for page in pages for item in page.get("Contents", ())]
    lines = sorted(f"{item['Key']} {item.get('ETag', '')}" for item in items)
    return {"count": len(lines), "digest": version_record.digest("\n".join(lines).encode())}


def read(clients: Clients, key: str, uri: str) -> bytes:
    bucket, name = place(key, uri)
    try:
        found = clients.s3.get_object(Bucket=bucket, Key=name)
    except ClientError as error:
        if aws.is_missing(error):
            raise Refused(f"{key}: there is nothing at {uri}. Fix: give the file's URI") from None
        raise
    size = int(found.get("ContentLength", 0))
    if size > MAX_BYTES:
        raise Refused(f"{key}: {uri} has {size} bytes, over {MAX_BYTES}. Fix: give the file's URI")
    content: bytes = found["Body"].read()
    return content


def evaluation(clients: Clients, uri: str) -> Mapping[str, Any]:
    """Returns the document of an evaluation in S3, for `Candidate.document`. Raises
    `Refused` if it is none, or if it can't be read."""
    try:
        found = json.loads(read(clients, "evaluation_uri", uri))
    except (ValueError, RecursionError):
        found = None
    except ClientError as error:
        if aws.is_transient(error):
            raise
        raise Refused(f"evaluation_uri: {aws.words(error)}") from error
    if not isinstance(found, Mapping):
        raise Refused(f"evaluation_uri: {uri} is no JSON object. Fix: give an evaluation")
    return found


def write(clients: Clients, file: StoredFile, content: bytes) -> None:
    bucket, key = place("metrics", file.uri)
    clients.s3.put_object(Bucket=bucket, Key=key, Body=content, ContentType=version_record.JSON)


def place(key: str, uri: str) -> tuple[str, str]:
    match = FILE.fullmatch(uri)
    if match is None:
        raise Refused(f'{key} is "{uri}". Allowed: a URI in S3, s3://BUCKET/...')
    return match[1], match[2]
