"""Whether the dataset versions that a model was trained on are committed.

A training record names them by digest (`clicks@sha256:...`); what another text names,
nobody can verify, so that it does not count as committed. They are in the bucket that
has the record.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws, s3_uris
from groundplan.data.reference import PINNED
from groundplan.data.versions.errors import Damaged, NotCommitted
from groundplan.data.versions.reading import read
from groundplan.release.engine.clients import Clients

DATASET, RECORD = "groundplan:dataset:", "groundplan:run-record"
"""Properties of a version (`groundplan.release.engine.version_record`)."""


@dataclass(frozen=True)
class TrainedOn:
    """A dataset version that a model was trained on."""

    name: str
    """What the run calls it."""
    reference: str
    """`<dataset>@sha256:<digest>`, or the text that the run has in its place."""
    problem: str = ""
    """Why a release is refused; empty if it is committed."""

    def as_dict(self) -> dict[str, Any]:
        """Returns plain data."""
        return dict(vars(self))


def trained_on(clients: Clients, properties: Mapping[str, str], bucket: str) -> list[TrainedOn]:
    """Returns the dataset versions that the properties of a model's version name.
    `bucket` has them unless the record of its run is in another."""
    place = s3_uris.split(properties.get(RECORD, ""))[0] or bucket
    names = {
        key.removeprefix(DATASET): text
        for key, text in sorted(properties.items())
        if key.startswith(DATASET)
    }
    return [TrainedOn(name, text, problem(clients, place, text)) for name, text in names.items()]


def of_record(clients: Clients, record: Mapping[str, Any], bucket: str) -> Iterator[TrainedOn]:
    """Yields the dataset versions that the record of a run names."""
    datasets = record.get("datasets")
    for name, data in sorted(datasets.items()) if isinstance(datasets, Mapping) else ():
        text = str(data.get("version", "")) if isinstance(data, Mapping) else ""
        yield TrainedOn(name, text, problem(clients, bucket, text))


def problem(clients: Clients, bucket: str, reference: str) -> str:
    """Returns why a dataset version does not count as committed; empty if it is."""
    if not PINNED.fullmatch(reference):
        return (
            f"{reference!r} names no committed dataset version. Fix: commit the data by "
            "`groundplan dataset commit`, and train on DATASET@sha256:..."
        )
    try:
        read(clients.s3, bucket, reference)
    except (NotCommitted, Damaged) as error:
        return str(error)
    except ClientError as error:
        if aws.is_transient(error):
            raise
        return (
            f"{reference} can't be read in {bucket}: {aws.words(error)}. Fix: allow s3:GetObject "
            "on datasets/*/versions/*"
        )
    return ""
