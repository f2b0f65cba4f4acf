"""The publication of a run: what the job wrote becomes a version, and the tag moves.

Of a run that was checked, only what Spark reads is published: names that begin with a
dot or an underscore are hidden from it (`HadoopFSUtils.shouldFilterOutPathName` of
Spark), so that no rule was evaluated for them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundplan.data.pipeline.engine.settings import PipelineSettings
from groundplan.data.quality.result import RESULT, STATISTICS, QualityResult
from groundplan.data.versions import documents, sources
from groundplan.data.versions.bucket import Bucket
from groundplan.data.versions.commit import Options, commit
from groundplan.data.versions.contents import Stored
from groundplan.data.versions.errors import Damaged
from groundplan.data.versions.keys import DatasetKeys
from groundplan.data.versions.sources import SourceObject

FOLDER_MARKER = "_$folder$"
"""The end of the empty objects that EMR's file system writes for folders."""


def publish(
    s3: Any,
    settings: PipelineSettings,
    *,
    run: str,
    by: str,
    parents: Sequence[str] = (),
    quality: Mapping[str, Any] | None = None,
    inputs: str = "",
) -> str:
    """Returns the reference of the version of a run. Publishing a run again returns the
    same version. `inputs`: the URI of the list of raw objects that it read, where there
    is one."""
    bucket, folder = Bucket(s3, settings.bucket), f"{settings.folder}{run}/"
    committed = commit(
        bucket,
        settings.dataset,
        _checked(bucket, settings, folder) if settings.results else Stored(folder),
        Options(
            by=by,
            reason=f"run {run} of {settings.pipeline}",
            tags=(settings.tag,),
            created_by={
                "pipeline": settings.pipeline,
                "run": run,
                "script": f"sha256:{settings.script}",
                **({"inputs": inputs} if inputs else {}),
            },
            quality=quality or {},
            parents=tuple(parents),
            describe=lambda _objects: _described(bucket, settings, run),
        ),
    )
    return committed.version.reference


def _described(
    bucket: Bucket, settings: PipelineSettings, run: str
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Returns schema and statistics of a run, as its check counted them; empty without
    a check."""
    if not settings.results:
        return {}, {}
    folder = f"{settings.results}{run}/"
    stored = bucket.get(folder + RESULT)
    result = QualityResult.read(stored.content.decode()) if stored else None
    if result is None or not result.statistics:
        return (result.schema if result else {}), {}
    counted = bucket.get(folder + STATISTICS)
    if counted is None or documents.digest(counted.content) != result.statistics:
        raise Damaged(
            f"{bucket.uri(folder + STATISTICS)} is not what the check of {run} counted. Fix: "
            "begin the run again"
        )
    return result.schema, json.loads(counted.content)


def _checked(bucket: Bucket, settings: PipelineSettings, folder: str) -> Stored:
    def objects() -> Iterator[SourceObject]:
        for item in sources.prefix(bucket, DatasetKeys(settings.dataset), folder):
            if not any(map(_is_hidden, item.path.split("/"))):
                yield item

    return Stored(folder, objects=objects)


def _is_hidden(name: str) -> bool:
    # `_day=1` is a partition.
    private = name.startswith("_") and "=" not in name
    return private or name.startswith(".") or name.endswith(FOLDER_MARKER)
