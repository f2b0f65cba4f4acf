"""What a check compares with: the statistics of the version that a pipeline's tag
names."""

from typing import Any

from groundplan.data import versions
from groundplan.data.pipeline.engine.settings import PipelineSettings
from groundplan.data.versions.keys import DatasetKeys


def statistics(s3: Any, settings: PipelineSettings) -> str:
    """Returns the URI of the statistics; empty if there is no version, or none with
    statistics. They are written once, so that a run that waits compares with what was
    published when it began."""
    try:
        last = versions.read(s3, settings.bucket, f"{settings.dataset}:{settings.tag}")
    except versions.NotCommitted:
        return ""
    if not last.statistics_digest:
        return ""
    key = DatasetKeys(settings.dataset).statistics(last.statistics_digest)
    return f"s3://{settings.bucket}/{key}"
