"""The list of the raw objects that a pipeline's run read: JSON lines, compressed by
gzip, with `key` and `version`. The version that the run published names it in
`created_by`.
"""

import gzip
import io
import json
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.data.versions.bucket import Bucket
from groundplan.data.versions.manifest import DatasetVersion

INPUTS = "inputs"
"""The field of `created_by` with the list's URI."""


def of_version(bucket: Bucket, version: DatasetVersion) -> Iterator[Mapping[str, Any]]:
    """Yields the raw objects of the run that published a version; none if no list is
    known, or if it is in another bucket or gone."""
    uri, own = str(version.created_by.get(INPUTS, "")), f"s3://{bucket.name}/"
    stored = bucket.get(uri.removeprefix(own)) if uri.startswith(own) else None
    if stored is None:
        return
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(stored.content)) as lines:
            yield from map(json.loads, lines)
    except (OSError, EOFError, ValueError, zlib.error):
        return
