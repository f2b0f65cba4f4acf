"""Jobs of a run on a cluster: created once, by their names, and read as the API server
has them."""

import datetime
import urllib.error
from collections.abc import Mapping
from typing import Any

from groundplan.kubernetes import job_phases
from groundplan.kubernetes.job_phases import ObservedJob
from groundplan.model_monitoring.analysis.kubernetes_api import Cluster

FORBIDDEN, INVALID = 403, 422
COLLECTIONS = {
    "Job": "/apis/batch/v1/namespaces/{}/jobs",
    "RayJob": "/apis/ray.io/v1/namespaces/{}/rayjobs",
}


class JobRefused(Exception):
    """The API server does not create a job: a person has to change something."""


def start(cluster: Cluster, manifest: Mapping[str, Any]) -> None:
    """Creates a job; one of this name is the same job."""
    collection = COLLECTIONS[manifest["kind"]].format(manifest["metadata"]["namespace"])
    try:
        cluster.create(collection, manifest)
    except urllib.error.HTTPError as error:
        if error.code not in (FORBIDDEN, INVALID):
            raise
        words = error.read().decode("utf-8", "replace")[:500] or str(error)
        raise JobRefused(f"The API server refuses {manifest['kind']}: {words}") from error


def look(cluster: Cluster, manifest: Mapping[str, Any]) -> ObservedJob:
    """Returns where a job is."""
    found = cluster.get(_path(manifest))
    of_ray = manifest["kind"] == "RayJob"
    return job_phases.of_ray_job(found) if of_ray else job_phases.of_job(found)


def stop(cluster: Cluster, manifest: Mapping[str, Any]) -> None:
    """Deletes a job; one that is gone is no error."""
    cluster.delete(_path(manifest))


def waited_for_too_long(since: str, now: datetime.datetime, seconds: int) -> bool:
    """Whether a job that was created at a time has waited longer than it may."""
    return now - datetime.datetime.fromisoformat(since) > datetime.timedelta(seconds=seconds)


def _path(manifest: Mapping[str, Any]) -> str:
    metadata = manifest["metadata"]
    collection = COLLECTIONS[manifest["kind"]].format(metadata["namespace"])
    return f"{collection}/{metadata['name']}"
