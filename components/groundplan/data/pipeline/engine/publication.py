"""The publication of a run: what the job wrote becomes a version, and the tag moves."""

from collections.abc import Mapping, Sequence
from typing import Any

from groundplan.data.pipeline.engine.settings import PipelineSettings
from groundplan.data.versions.bucket import Bucket
from groundplan.data.versions.commit import Options, commit
from groundplan.data.versions.contents import Stored


def publish(
    s3: Any,
    settings: PipelineSettings,
    *,
    run: str,
    by: str,
    parents: Sequence[str] = (),
    quality: Mapping[str, Any] | None = None,
) -> str:
    """Returns the reference of the version of a run. Publishing a run again returns the
    same version."""
    committed = commit(
        Bucket(s3, settings.bucket),
        settings.dataset,
        Stored(prefix=f"{settings.folder}{run}/"),
        Options(
            by=by,
            reason=f"run {run} of {settings.pipeline}",
            tags=(settings.tag,),
            created_by={
                "pipeline": settings.pipeline,
                "run": run,
                "script": f"sha256:{settings.script}",
            },
            quality=quality or {},
            parents=tuple(parents),
        ),
    )
    return committed.version.reference
