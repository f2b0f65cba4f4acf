"""Entry of a CronJob whose checks run on Ray: it creates a RayJob, which a queue
admits, and waits for its end.

    python -m groundplan.model_monitoring.analysis.ray_job RAYJOB.json

The RayJob has the name of this pod's Job, which says the hours that are checked: a pod
that starts again finds the one that runs, and creates no second one.
"""

import json
import os
import pathlib
import sys
import time
import urllib.error
from collections.abc import Callable, Sequence
from typing import Any

from groundplan.kubernetes import ray_jobs
from groundplan.model_monitoring.analysis.kubernetes_api import Cluster
from groundplan.model_monitoring.analysis.names import JOB_NAME, JOB_VARIABLE

LOOK_SECONDS = 20


def manifest(template: str, job: str) -> dict[str, Any]:
    """Returns the RayJob of a Job."""
    found: dict[str, Any] = json.loads(template.replace(JOB_NAME, job))
    return found


def run(
    cluster: Cluster, wanted: dict[str, Any], sleep: Callable[[float], None] = time.sleep
) -> str:
    """Creates a RayJob, unless it exists, and waits for its end. Returns why it failed,
    empty if it succeeded."""
    namespace, name = wanted["metadata"]["namespace"], wanted["metadata"]["name"]
    collection = f"/apis/ray.io/v1/namespaces/{namespace}/rayjobs"
    cluster.create(collection, wanted)
    while True:
        try:
            found = cluster.get(f"{collection}/{name}")
        except (urllib.error.URLError, TimeoutError) as error:
            sys.stderr.write(f"the API server does not answer: {error}\n")
            found = {}
        if found is None:
            return f"RayJob {name} was deleted"
        ended, why = ray_jobs.end(found.get("status") or {})
        if ended:
            return why
        sleep(LOOK_SECONDS)


def main(arguments: Sequence[str]) -> int:
    """Runs the check of this pod's Job. Returns 1 if it failed."""
    template = pathlib.Path(arguments[0]).read_text(encoding="utf-8")
    why = run(Cluster(), manifest(template, os.environ[JOB_VARIABLE]))
    if why:
        sys.stderr.write(f"{why}\n")
    return int(bool(why))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
