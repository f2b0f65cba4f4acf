"""The CronJob of a driver: a pod that looks at what is under way, takes the steps that
can be taken, and ends. What is true is elsewhere, so a pod that dies loses nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan.kubernetes import pod_security

FOLDER, FILE = "/etc/groundplan", "settings.json"
"""Where the settings are, of the ConfigMap that has the component's name."""
TMP = "/tmp"  # noqa: S108 (the container's own)
USER = 65532
DEADLINE_SECONDS = 1800
"""Of one look: it waits for nothing, but reads and writes many objects."""
START_SECONDS = 300


@dataclass(frozen=True)
class Driver:
    """What the pod runs."""

    image: pulumi.Input[str]
    module: str
    """The Python module."""
    settings: str
    """Name of the ConfigMap."""
    request_memory: str
    limit_memory: str
    args: Sequence[str] = ()
    environment: Sequence[Mapping[str, Any]] = ()


def spec(
    driver: Driver,
    *,
    schedule: pulumi.Input[str],
    labels: Mapping[str, str],
    account: pulumi.Input[str],
    digest: pulumi.Input[str],
) -> dict[str, Any]:
    """Returns the spec of the CronJob. `digest`: of the settings, so that a look has
    those of its time."""
    metadata = {"labels": dict(labels), "annotations": {"groundplan/settings": digest}}
    return {
        "schedule": schedule,
        "timeZone": "Etc/UTC",
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": START_SECONDS,
        "successfulJobsHistoryLimit": 1,
        "failedJobsHistoryLimit": 3,
        "jobTemplate": {
            "metadata": {"labels": dict(labels)},
            "spec": {
                "backoffLimit": 0,  # the next look takes the same steps
                "activeDeadlineSeconds": DEADLINE_SECONDS,
                "template": {"metadata": metadata, "spec": _pod(driver, account)},
            },
        },
    }


def _pod(driver: Driver, account: pulumi.Input[str]) -> dict[str, Any]:
    container: dict[str, Any] = {
        "name": "driver",
        "image": driver.image,
        "command": ["python", "-m", driver.module],
        "env": [{"name": "HOME", "value": TMP}, *driver.environment],
        "resources": {
            "requests": {"cpu": "100m", "memory": driver.request_memory},
            "limits": {"memory": driver.limit_memory},
        },
        "securityContext": dict(pod_security.CONTAINER),
        "volumeMounts": [
            {"name": "settings", "mountPath": FOLDER, "readOnly": True},
            {"name": "tmp", "mountPath": TMP},
        ],
    }
    if driver.args:
        container["args"] = list(driver.args)
    return {
        "serviceAccountName": account,
        "automountServiceAccountToken": True,  # it creates and reads jobs
        "enableServiceLinks": False,
        "restartPolicy": "Never",
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [
            {"name": "settings", "configMap": {"name": driver.settings}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}},
        ],
    }
