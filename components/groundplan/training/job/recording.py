"""Writes the record of a run to another store than Amazon S3, before the run begins: an
init container of its job, with the identity of the job.

The machine that runs `pulumi up` needs no way to the store, which may be in the
cluster, and no credentials of it, which would be in Pulumi's state.
"""

from typing import Any

from groundplan.kubernetes import pod_security
from groundplan.storage.object_store import ObjectStore
from groundplan.training.job.record_writer import FOLDER, NAME, URI

FILE = NAME
CONTAINER = "record"


def add(
    manifest: dict[str, Any], store: ObjectStore, image: Any, uri: Any, config_map: Any
) -> None:
    """Adds the container to a job's manifest. `config_map` has the record."""
    pod = manifest["spec"]["template"]["spec"]
    pod["initContainers"] = [
        {
            "name": CONTAINER,
            "image": image,
            "command": ["python", "-m", "groundplan.training.job.record_writer"],
            "env": [{"name": URI, "value": uri}, *store.environment()],
            # The least that Python and boto3 need; a pod's request is the larger of its
            # init containers' and its containers'.
            "resources": {
                "requests": {"cpu": "100m", "memory": "128Mi"},
                "limits": {"memory": "256Mi"},
            },
            "securityContext": dict(pod_security.CONTAINER),
            "terminationMessagePolicy": "FallbackToLogsOnError",
            "volumeMounts": [{"name": CONTAINER, "mountPath": FOLDER, "readOnly": True}],
        }
    ]
    pod["volumes"].append({"name": CONTAINER, "configMap": {"name": config_map}})
