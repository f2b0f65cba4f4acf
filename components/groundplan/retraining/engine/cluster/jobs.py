"""Jobs of a cluster, through its queue. A name that exists is the job: the API server
refuses a second one, and nothing is started twice."""

import datetime
import urllib.error
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from groundplan import s3_uris
from groundplan.model_monitoring.analysis.kubernetes_api import Cluster
from groundplan.retraining.engine.cluster import manifests
from groundplan.retraining.engine.services import (
    Evaluation,
    JobState,
    JobStatus,
    Refused,
    TrainingRun,
)
from groundplan.retraining.engine.settings import RetrainingSettings

HOUR = 3600.0
ARCHIVE = "model.tar.gz"
FORBIDDEN, INVALID = 403, 422
COLLECTIONS = {
    "Job": "/apis/batch/v1/namespaces/{}/jobs",
    "Service": "/api/v1/namespaces/{}/services",
}


class ClusterJobs:
    """Training jobs and evaluations as Jobs that Kueue admits.

    `champion` returns the record of the version that serves, whose queue and user
    evaluations have.
    """

    def __init__(
        self,
        cluster: Cluster,
        s3: Any,
        settings: RetrainingSettings,
        champion: Callable[[], Mapping[str, Any]],
    ) -> None:
        self._cluster, self._s3, self._settings = cluster, s3, settings
        self._champion = cache(champion)

    def start_training(self, run: TrainingRun) -> None:
        for manifest in manifests.training(run):
            self._create(manifest)

    def training(self, run: TrainingRun) -> JobState:
        known = manifests.RecordedRun.of(run.record)
        found = self._cluster.get(self._path(known.cluster.namespace, run.name))
        state = job_state(found, known.nodes)
        if state.status is not JobStatus.SUCCEEDED:
            return state
        return JobState(state.status, model_uri=self._model(run), node_hours=state.node_hours)

    def stop_training(self, run: TrainingRun) -> None:
        known = manifests.RecordedRun.of(run.record)
        self._cluster.delete(self._path(known.cluster.namespace, run.name))

    def start_evaluation(self, job: Evaluation) -> None:
        own = self._settings.evaluation
        seconds, account = own.max_runtime_seconds, own.service_account
        self._create(manifests.evaluation(job, self._champion(), seconds, account))

    def evaluation(self, job: Evaluation) -> JobState:
        known = manifests.RecordedRun.of(self._champion())
        return job_state(self._cluster.get(self._path(known.cluster.namespace, job.name)), 1)

    def _create(self, manifest: Mapping[str, Any]) -> None:
        collection = COLLECTIONS[manifest["kind"]].format(manifest["metadata"]["namespace"])
        try:
            self._cluster.create(collection, manifest)
        except urllib.error.HTTPError as error:
            if error.code not in (FORBIDDEN, INVALID):
                raise
            raise Refused(f"The API server refuses {manifest['kind']}: {_words(error)}") from error

    @staticmethod
    def _path(namespace: str, name: str) -> str:
        return f"{COLLECTIONS['Job'].format(namespace)}/{name}"

    def _model(self, run: TrainingRun) -> str:
        """Returns the archive that a run wrote, else its folder; empty if it wrote
        nothing."""
        folder = manifests.output_uri(run)
        bucket, prefix = s3_uris.split(folder)
        answer = self._s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1000)
        keys = [item["Key"] for item in answer.get("Contents", ())]
        if f"{prefix}{ARCHIVE}" in keys:
            return f"{folder}{ARCHIVE}"
        return folder if keys else ""


def job_state(found: Mapping[str, Any] | None, nodes: int) -> JobState:
    """Returns where a Job is."""
    if found is None:
        return JobState(JobStatus.ABSENT)
    status = found.get("status", {})
    conditions = {c["type"]: c for c in status.get("conditions", ()) if c.get("status") == "True"}
    if "Complete" in conditions:
        return JobState(JobStatus.SUCCEEDED, node_hours=_hours(status, "completionTime", nodes))
    if failed := conditions.get("Failed"):
        reason = ": ".join(filter(None, (failed.get("reason"), failed.get("message"))))
        return JobState(JobStatus.FAILED, reason)
    if found.get("spec", {}).get("suspend"):
        return JobState(JobStatus.RUNNING, "waits in the queue")
    return JobState(JobStatus.RUNNING, "running")


def _hours(status: Mapping[str, Any], end: str, nodes: int) -> float | None:
    if "startTime" not in status or end not in status:
        return None
    first, last = (
        datetime.datetime.fromisoformat(status[key].replace("Z", "+00:00"))
        for key in ("startTime", end)
    )
    return (last - first).total_seconds() * nodes / HOUR


def _words(error: urllib.error.HTTPError) -> str:
    return error.read().decode("utf-8", "replace")[:500] or str(error)
