"""Whether a run would repeat the last one. Of several new objects, the first begins a
run, and the second an execution that waits for it: where the run has read both, there
is nothing left to do, and a second version of the same data would begin what follows
publications again.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from groundplan.data.pipeline.engine import last_version
from groundplan.data.pipeline.engine.settings import PipelineSettings
from groundplan.data.versions.bucket import Bucket

OBJECT = {"source": "aws.s3", "detail-type": "Object Created"}
"""The events of new objects (Amazon S3 User Guide, "EventBridge event message
structure")."""


def is_one(
    bucket: Bucket,
    settings: PipelineSettings,
    began: Any,
    objects: bytes,
    parents: Sequence[str],
) -> bool:
    """Returns whether an execution that a new object began would read what the run of
    the last version has read: the same objects at the same versions, the same versions
    of other datasets, by the same script. `began` is the input of the execution; what
    people, schedules and publications begin is no repetition."""
    is_of_object = isinstance(began, Mapping) and OBJECT.items() <= began.items()
    if not objects or not is_of_object:
        return False
    last = last_version.read(bucket.s3, settings)
    if last is None or sorted(last.parents) != sorted(parents):
        return False
    known = {"pipeline": settings.pipeline, "script": f"sha256:{settings.script}"}
    if any(last.created_by.get(key) != value for key, value in known.items()):
        return False
    uri, own = str(last.created_by.get("inputs", "")), bucket.uri("")
    stored = bucket.get(uri.removeprefix(own)) if uri.startswith(own) else None
    return stored is not None and stored.content == objects
