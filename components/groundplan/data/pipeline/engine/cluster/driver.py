"""Carries the runs of a pipeline from a CronJob of the cluster that has its jobs.

    python -m groundplan.data.pipeline.engine.cluster.driver SETTINGS.json

Each look goes on with the open run, or begins the next one if something asks for it.
Two drivers at once do nothing twice.
"""

import datetime
import json
import logging
import pathlib
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from groundplan.data.pipeline.engine.cluster import beginning, carrying
from groundplan.data.pipeline.engine.cluster.beginning import LastRun
from groundplan.data.pipeline.engine.cluster.carrying import Carrier
from groundplan.data.pipeline.engine.cluster.journal import Journal
from groundplan.data.pipeline.engine.cluster.settings import ClusterSettings
from groundplan.data.pipeline.engine.names import (
    BUCKET,
    DEAD_LETTERS,
    FAILED_RUNS,
    HOURS_SINCE_PUBLISHED,
    LOOKS,
    OVER_LIMIT,
    PIPELINE,
    RUNS_NAMESPACE,
    OverLimit,
)
from groundplan.data.versions.bucket import Bucket
from groundplan.model_monitoring.analysis.kubernetes_api import Cluster

log = logging.getLogger(__name__)


def advance(
    settings: ClusterSettings,
    s3: Any,
    cloudwatch: Any,
    cluster: Cluster,
    now: datetime.datetime,
) -> dict[str, Any] | None:
    """Takes all steps that can be taken now, and publishes the metrics of this look.
    Returns how a run ended; `None` if none did."""
    journal = Journal(Bucket(s3, settings.pipeline.bucket), settings.folder)
    carrier = Carrier(settings, journal, cluster, cloudwatch, now)
    ended, over = None, False
    last = LastRun.of(journal)
    try:
        number = last.number if last.is_open else beginning.begin(settings, journal, last, now)
    except OverLimit as error:
        log.error("%s", error)
        number, over = None, True
    if number is not None:
        ended = carrier.carry(number)
    _measure(settings, cloudwatch, _values(settings, journal, last, ended, now, over=over))
    return ended


def _values(
    settings: ClusterSettings,
    journal: Journal,
    last: LastRun,
    ended: Mapping[str, Any] | None,
    now: datetime.datetime,
    *,
    over: bool,
) -> dict[str, float]:
    """Returns the metrics of a look. What holds for longer is measured again by each
    look, so that none of it is lost with one."""
    known = ended or last.ended or last.begun or {}
    outcome = ended["outcome"] if ended else ""
    values = {
        LOOKS: 1.0,
        DEAD_LETTERS: float(_unanswered(settings, journal, known)),
        OVER_LIMIT: float(over),
        FAILED_RUNS: float(outcome == carrying.FAILED),
    }
    if published := known.get("published_at"):
        since = now - datetime.datetime.fromisoformat(published)
        values[HOURS_SINCE_PUBLISHED] = since.total_seconds() / 3600
    return values


def _unanswered(settings: ClusterSettings, journal: Journal, known: Mapping[str, Any]) -> int:
    """Returns the number of dead letters. Without bookmarks a run reads all objects,
    and one that is published answers for those that failed before."""
    letters = [letter["at"] for letter in journal.dead_letters()]
    published = known.get("published_at")
    if settings.bookmarks or not published:
        return len(letters)
    since = datetime.datetime.fromisoformat(published)
    return sum(1 for at in letters if datetime.datetime.fromisoformat(at) > since)


def _measure(settings: ClusterSettings, cloudwatch: Any, values: Mapping[str, float]) -> None:
    dimensions = [
        {"Name": BUCKET, "Value": settings.pipeline.bucket},
        {"Name": PIPELINE, "Value": settings.pipeline.pipeline},
    ]
    cloudwatch.put_metric_data(
        Namespace=RUNS_NAMESPACE,
        MetricData=[
            {"MetricName": name, "Dimensions": dimensions, "Value": value}
            for name, value in values.items()
        ],
    )


def main(arguments: Sequence[str]) -> int:
    """Advances the pipeline of a settings file. A run that fails is a result: the next
    look goes on, and the alarms say so."""
    import boto3  # type: ignore[import-untyped]

    settings = ClusterSettings.read(pathlib.Path(arguments[0]).read_text(encoding="utf-8"))
    now = datetime.datetime.now(datetime.UTC)
    ended = advance(settings, boto3.client("s3"), boto3.client("cloudwatch"), Cluster(), now)
    sys.stdout.write(json.dumps(ended or {"outcome": "waits"}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
