"""The raw objects that were in the inputs when a run began, so that lineage leads from
a model back to them. What arrives while the job starts may be read, and is in the list
of the next run.

    pipelines/<pipeline>/runs/<run>/inputs.json.gz
"""

import gzip
import io
import json

from groundplan.data.pipeline.engine.cluster import inputs
from groundplan.data.pipeline.engine.settings import PipelineSettings
from groundplan.data.versions.bucket import Bucket

MOST = 1_000_000
"""Objects of a run that are listed, in about three minutes; of more, lineage knows the
folders only."""


def current(bucket: Bucket, settings: PipelineSettings) -> bytes:
    """Returns the list of the objects that there are now; empty if they are too
    many. Equal objects, equal bytes."""
    written, count = io.BytesIO(), 0
    with gzip.GzipFile(fileobj=written, mode="wb", mtime=0) as stream:
        for name, folder in sorted(settings.inputs.items()):
            for item in inputs.of_folder(bucket.s3, bucket.name, name, folder):
                count += 1
                if count > MOST:
                    return b""
                stream.write(json.dumps(vars(item), sort_keys=True).encode() + b"\n")
    return written.getvalue()


def record(
    bucket: Bucket, settings: PipelineSettings, run: str, objects: bytes | None = None
) -> None:
    """Writes the list of a run's objects, once: a second try of the step keeps it.
    `objects`: what `current` returned; else it is asked for."""
    if bucket.get(key(settings, run)) is not None:
        return
    content = current(bucket, settings) if objects is None else objects
    if content:
        bucket.create(key(settings, run), content, ContentType="application/gzip")


def recorded(bucket: Bucket, settings: PipelineSettings, run: str) -> str:
    """Returns the URI of the list; empty if there is none."""
    there = bucket.get(key(settings, run)) is not None
    return bucket.uri(key(settings, run)) if there else ""


def key(settings: PipelineSettings, run: str) -> str:
    """Returns the key of the list of a run."""
    return f"pipelines/{settings.pipeline}/runs/{run}/inputs.json.gz"
