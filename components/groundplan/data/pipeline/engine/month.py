"""The DPU hours of a calendar month, and whether a run fits into what is left."""

import datetime
from collections.abc import Iterable
from typing import Any

from groundplan.data.pipeline.engine.names import OverLimit
from groundplan.data.pipeline.engine.settings import PipelineSettings


def require_room(glue: Any, settings: PipelineSettings, now: datetime.datetime) -> float:
    """Returns the DPU hours of the month of `now`, in UTC, so far. Raises `OverLimit`
    if a run with all its retries could exceed those of a month."""
    used = sum(_dpu_hours(run) for job in settings.jobs for run in _of_month(glue, job, now))
    if used + settings.most_dpu_hours > settings.dpu_hours_per_month:
        raise OverLimit(
            f"{used:.2f} DPU hours of this month are used, a run may take "
            f"{settings.most_dpu_hours:.2f}, and the limit is {settings.dpu_hours_per_month:.2f}. "
            "Fix: raise limits.dpu_hours_per_month, or wait for the next month"
        )
    return used


def _of_month(glue: Any, job: str, now: datetime.datetime) -> Iterable[Any]:
    """Runs of the job that started in the month, the latest first, as Glue lists
    them."""
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for page in glue.get_paginator("get_job_runs").paginate(JobName=job):
        for run in page["JobRuns"]:
            if run["StartedOn"] < first:
                return
            yield run


def _dpu_hours(run: Any) -> float:
    """DPU hours of a run. With auto scaling Glue counts them (AWS Glue API, `JobRun`:
    `DPUSeconds`); else all workers were there all the time."""
    if "DPUSeconds" in run:
        return float(run["DPUSeconds"]) / 3600
    return float(run.get("MaxCapacity", 0)) * float(run.get("ExecutionTime", 0)) / 3600
