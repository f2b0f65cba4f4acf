"""Where a Job, or a RayJob of KubeRay, is: read off its status. Pure."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from groundplan.kubernetes import ray_jobs


class JobPhase(str, Enum):
    """Where a job is."""

    ABSENT = "absent"
    WAITING = "waiting"
    """The queue has not admitted it."""
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True)
class ObservedJob:
    """A job as the API server has it."""

    phase: JobPhase
    reason: str = ""
    """Why it failed."""
    hours: float | None = None
    """How long it ran; None if its status doesn't say."""


def of_job(found: Mapping[str, Any] | None) -> ObservedJob:
    """Returns where a Job is; None is one that does not exist."""
    if found is None:
        return ObservedJob(JobPhase.ABSENT)
    status: Mapping[str, Any] = found.get("status") or {}
    conditions = {c["type"]: c for c in status.get("conditions", ()) if c.get("status") == "True"}
    first = status.get("startTime")
    if complete := conditions.get("Complete"):
        last = status.get("completionTime") or complete.get("lastTransitionTime")
        return ObservedJob(JobPhase.SUCCEEDED, hours=_hours(first, last))
    if failed := conditions.get("Failed"):
        reason = ": ".join(filter(None, (failed.get("reason"), failed.get("message"))))
        hours = _hours(first, failed.get("lastTransitionTime"))
        return ObservedJob(JobPhase.FAILED, reason or "it failed", hours)
    return _open(found)


def of_ray_job(found: Mapping[str, Any] | None) -> ObservedJob:
    """Returns where a RayJob is; None is one that does not exist."""
    if found is None:
        return ObservedJob(JobPhase.ABSENT)
    status: Mapping[str, Any] = found.get("status") or {}
    ended, why = ray_jobs.end(status)
    if not ended:
        return _open(found)
    hours = _hours(status.get("startTime"), status.get("endTime"))
    return ObservedJob(JobPhase.FAILED if why else JobPhase.SUCCEEDED, why, hours)


def _open(found: Mapping[str, Any]) -> ObservedJob:
    suspended = (found.get("spec") or {}).get("suspend")
    return ObservedJob(JobPhase.WAITING if suspended else JobPhase.RUNNING)


def _hours(first: Any, last: Any) -> float | None:
    if not first or not last:
        return None
    begun, ended = (
        datetime.datetime.fromisoformat(str(text).replace("Z", "+00:00")) for text in (first, last)
    )
    return max(0.0, (ended - begun).total_seconds()) / 3600
