"""The version that a pipeline's tag names, and what a check compares with: its
statistics."""

from typing import Any

from groundplan.data import versions
from groundplan.data.pipeline.engine.settings import PipelineSettings
from groundplan.data.versions.keys import DatasetKeys
from groundplan.data.versions.manifest import DatasetVersion


def read(s3: Any, settings: PipelineSettings) -> DatasetVersion | None:
    """Returns the version; None if there is none."""
    try:
        return versions.read(s3, settings.bucket, f"{settings.dataset}:{settings.tag}")
    except versions.NotCommitted:
        return None


def statistics(s3: Any, settings: PipelineSettings) -> str:
    """Returns the URI of the statistics; empty if there is no version, or none with
    statistics. They are written once, so that a run that waits compares with what was
    published when it began."""
    last = read(s3, settings)
    if last is None or not last.statistics_digest:
        return ""
    key = DatasetKeys(settings.dataset).statistics(last.statistics_digest)
    return f"s3://{settings.bucket}/{key}"
