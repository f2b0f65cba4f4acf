"""The judgement of a run: the result of its check becomes metrics, a page and history;
what did not pass is moved to the quarantine."""

import datetime
from collections.abc import Iterator
from typing import Any

from groundplan.data.pipeline.engine.names import (
    DATASET,
    FAILED_RULES,
    NAMESPACE,
    PIPELINE,
    ROWS,
)
from groundplan.data.pipeline.engine.settings import PipelineSettings
from groundplan.data.quality import report
from groundplan.data.quality.result import REPORT, RESULT, QualityResult

HISTORY = 30
"""Former results that a page shows."""


def judge(s3: Any, cloudwatch: Any, settings: PipelineSettings, run: str) -> QualityResult:
    """Returns the result of a run. Judging it again changes nothing: what is in the
    quarantine already stays there."""
    result = _read(s3, settings.bucket, f"{settings.results}{run}/{RESULT}")
    if not result.passed:
        quarantine(s3, settings, run)
    cloudwatch.put_metric_data(
        Namespace=NAMESPACE,
        MetricData=[
            {
                "MetricName": name,
                "Dimensions": [
                    {"Name": DATASET, "Value": settings.dataset},
                    {"Name": PIPELINE, "Value": settings.pipeline},
                ],
                "Value": float(value),
            }
            for name, value in ((FAILED_RULES, len(result.failed)), (ROWS, result.rows))
        ],
    )
    content = report.page(result, list(_history(s3, settings, run))).encode()
    s3.put_object(
        Bucket=settings.bucket,
        Key=f"{settings.results}{run}/{REPORT}",
        Body=content,
        ContentType="text/html; charset=utf-8",
    )
    return result


def summary(settings: PipelineSettings, run: str, result: QualityResult) -> dict[str, Any]:
    """Returns what the version of a run says of its check."""
    return {
        "passed": result.passed,
        "rules": len(result.rules),
        "report": f"s3://{settings.bucket}/{settings.results}{run}/{REPORT}",
    }


def quarantine(s3: Any, settings: PipelineSettings, run: str) -> None:
    """Moves what a run wrote, and copies the result beside it."""
    source, target = f"{settings.folder}{run}/", f"{settings.quarantine}{run}/"
    for key in list(_keys(s3, settings.bucket, source)):
        place = {"Bucket": settings.bucket, "Key": key}
        # Large objects are copied in parts, none through this machine.
        s3.copy(place, settings.bucket, f"{target}{key.removeprefix(source)}")
        s3.delete_object(Bucket=settings.bucket, Key=key)
    result = {"Bucket": settings.bucket, "Key": f"{settings.results}{run}/{RESULT}"}
    s3.copy(result, settings.bucket, f"{target}quality-result.json")


def _history(s3: Any, settings: PipelineSettings, run: str) -> Iterator[QualityResult]:
    """Yields the results before that of a run, the newest first."""
    found: list[tuple[datetime.datetime, str]] = []
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=settings.bucket, Prefix=settings.results
    )
    for page in pages:
        found += [
            (item["LastModified"], item["Key"])
            for item in page.get("Contents", ())
            if item["Key"].endswith(f"/{RESULT}") and f"/{run}/" not in item["Key"]
        ]
    for _written, key in sorted(found, reverse=True)[:HISTORY]:
        yield _read(s3, settings.bucket, key)


def _keys(s3: Any, bucket: str, prefix: str) -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", ()):
            yield item["Key"]


def _read(s3: Any, bucket: str, key: str) -> QualityResult:
    with s3.get_object(Bucket=bucket, Key=key)["Body"] as body:
        return QualityResult.read(body.read().decode())
