"""What asks for a run where no event bus brings it: the last result of the checks, and
the dataset's tag, as they are in the bucket.

A trigger's name is derived from what it reports (`engine.triggers`): to look again is
to see the same trigger, and nothing is lost between two looks.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from groundplan import s3_uris
from groundplan.model_monitoring.analysis import names as monitoring
from groundplan.retraining.engine import datasets
from groundplan.retraining.engine.services import Refused
from groundplan.retraining.engine.settings import RetrainingSettings

log = logging.getLogger(__name__)


def events(s3: Any, settings: RetrainingSettings, results: str = "") -> Iterator[dict[str, Any]]:
    """Yields the events that EventBridge would have brought. `results`: the URI of the
    checks' results, `s3://bucket/monitoring/churn`; empty without checks. What can't be
    read asks for nothing: the open run goes on."""
    if results and (found := _checked(s3, results)) is not None:
        yield {"source": monitoring.SOURCE, "detail": found}
    with suppress(Refused):  # without its tag; a decision says so
        tag = datasets.resolve(s3, settings.bucket, settings.dataset)
        moved = {"bucket": {"name": settings.bucket}, "object": {"key": tag.key}}
        yield {"source": "aws.s3", "detail": moved}


def _checked(s3: Any, results: str) -> dict[str, Any] | None:
    """Returns what the last result's event says; None if there is none that can be
    read."""
    try:
        found = _last(s3, results)
        return None if found is None else detail(found)
    except (ValueError, LookupError, TypeError) as error:
        log.error("The last result below %s can't be read: %r", results, error)
        return None


def _last(s3: Any, results: str) -> Mapping[str, Any] | None:
    """Returns the last result, None if there is none yet."""
    bucket, folder = s3_uris.split(results)
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=f"{folder.rstrip('/')}/"
    )
    keys = [item["Key"] for page in pages for item in page.get("Contents", ())]
    ended = [key for key in keys if key.endswith(f"/{monitoring.RESULT_FILE}")]
    if not ended:
        return None
    found: Mapping[str, Any] = json.loads(
        s3.get_object(Bucket=bucket, Key=max(ended))["Body"].read()
    )
    return found


def detail(result: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what a result's event says of it (`analysis.published.event`)."""
    alarms = [verdict for verdict in result["verdicts"] if verdict["status"] == "alarm"]
    return {
        "monitor": result["monitor"],
        "status": result["status"],
        "statuses": result["statuses"],
        "start": result["window"]["start"],
        "end": result["window"]["end"],
        "digest": result["digest"],
        "baseline": result["baseline"],
        "alarms": alarms[: monitoring.MOST_ALARMS],
        "alarm_count": len(alarms),
    }
