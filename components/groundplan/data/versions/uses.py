"""Who refers to dataset versions: the records of training and retraining runs, of
releases and checks in the bucket, and the versions of models in the registry.

A record is read as text: wherever it names `<dataset>@sha256:<digest>`, it refers to
that version, whatever form the record has.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundplan.data.versions.bucket import Bucket
from groundplan.data.versions.reference import PINNED
from groundplan.data.versions.work import WORKERS, in_order

RECORDS = ("runs/", "retraining/", "releases/", "cluster-releases/", "monitoring/")
"""Folders of records: of `TrainingJob`, of retraining, of releases to SageMaker and to
a cluster (`release.cluster.target`), of checks."""

RECORD = re.compile(r'"record_uri": ?"s3://(?P<bucket>[^/"]+)/(?P<key>[^"]+)"')
"""Where a version of a model says which run trained it."""

ENDINGS = (".json", ".jsonl")

REGISTRY = "registry/"
"""Folder of the model registry that is kept in the bucket."""

MODEL = re.compile(r"s3://[^/]+/(?:.*/)?(?P<group>[^/]+)/versions/(?P<number>\d+)\.json")
"""A version in that registry."""

LARGEST = 32 << 20
"""Bytes of the largest record that is read: results of checks have some 100 KB."""

Uses = Mapping[str, Sequence[str]]
"""Reference by digest -> who refers to it."""


@dataclass(frozen=True)
class Use:
    """A reference to a dataset version."""

    reference: str
    user: str
    """A record's address, or a model package's ARN."""


def merged(found: Iterable[Use]) -> dict[str, list[str]]:
    """Returns the users of each version."""
    users: dict[str, set[str]] = defaultdict(set)
    for use in found:
        users[use.reference].add(use.user)
    return {reference: sorted(names) for reference, names in sorted(users.items())}


def of_records(
    bucket: Bucket, folders: Sequence[str] = RECORDS, workers: int = WORKERS
) -> Iterator[Use]:
    """Yields what the records of a bucket refer to."""

    def keys() -> Iterator[str]:
        for folder in folders:
            for item in bucket.keys(folder):
                if item["Key"].endswith(ENDINGS) and item["Size"] <= LARGEST:
                    yield item["Key"]

    def read(key: str) -> list[Use]:
        stored = bucket.get(key)
        text = "" if stored is None else stored.content.decode(errors="replace")
        return [Use(reference, bucket.uri(key)) for reference in references(text)]

    for found in in_order(read, keys(), workers):
        yield from found


def of_bucket_registry(
    bucket: Bucket, folder: str = REGISTRY, workers: int = WORKERS
) -> Iterator[Use]:
    """Yields what the versions of models in a registry of the bucket were trained on,
    as the records of their runs say."""

    def keys() -> Iterator[str]:
        for item in bucket.keys(folder):
            if MODEL.fullmatch(bucket.uri(item["Key"])):
                yield item["Key"]

    def read(key: str) -> list[Use]:
        stored = bucket.get(key)
        text = "" if stored is None else stored.content.decode(errors="replace")
        found = RECORD.search(text)
        record = bucket.get(found["key"]) if found and found["bucket"] == bucket.name else None
        run = "" if record is None else record.content.decode(errors="replace")
        return [Use(reference, bucket.uri(key)) for reference in references(f"{text}\n{run}")]

    for uses in in_order(read, keys(), workers):
        yield from uses


def of_registry(sagemaker: Any) -> Iterator[Use]:
    """Yields what the versions of all models of the registry refer to, whatever their
    approval."""
    for arn in _packages(sagemaker):
        package = sagemaker.describe_model_package(ModelPackageName=arn)
        properties = package.get("CustomerMetadataProperties", {})
        for reference in references("\n".join(map(str, properties.values()))):
            yield Use(reference, arn)


def model_of(user: str) -> str:
    """Returns the group and number of a model's version, `churn/7`; empty for another
    user."""
    if ":model-package/" in user:
        return user.partition(":model-package/")[2]
    found = MODEL.fullmatch(user)
    return f"{found['group']}/{int(found['number'])}" if found else ""


def references(text: str) -> list[str]:
    """Returns the references by digest in a text."""
    return sorted({match.group() for match in PINNED.finditer(text)})


def _packages(sagemaker: Any) -> Iterator[str]:
    groups = sagemaker.get_paginator("list_model_package_groups").paginate()
    for page in groups:
        for group in page["ModelPackageGroupSummaryList"]:
            pages = sagemaker.get_paginator("list_model_packages").paginate(
                ModelPackageGroupName=group["ModelPackageGroupName"]
            )
            for found in pages:
                for summary in found["ModelPackageSummaryList"]:
                    yield str(summary["ModelPackageArn"])
