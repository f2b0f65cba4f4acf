"""What a run may cost: DPU hours in AWS Glue, vCPU hours on a cluster. Pure."""

import math

from groundplan.data.pipeline.choices import DPU, WorkerType

LEAST_MINUTES = 5
"""A shorter run would spend its time on starting Spark."""

CHECK_WORKERS, CHECK_MINUTES = 2, 60
"""Workers of 1 DPU that check what a run wrote, and the longest that they take."""


def timeout_minutes(
    worker_type: WorkerType, workers: int, timeout: int, dpu_hours_per_run: float
) -> int:
    """Returns the minutes after which Glue stops a try: the timeout, or less if the try
    could take more DPU hours than it may."""
    allowed = dpu_hours_per_run * 60 / (DPU[worker_type] * workers)
    return min(timeout, math.floor(allowed + 1e-9))


def most_dpu_hours(worker_type: WorkerType, workers: int, timeout: int, retries: int) -> float:
    """Returns the most DPU hours that a run takes with all its tries."""
    return DPU[worker_type] * workers * timeout / 60 * (1 + retries)


def check_dpu_hours(retries: int) -> float:
    """Returns the most DPU hours that the check of a run takes with all its tries."""
    return most_dpu_hours(WorkerType.G_1X, CHECK_WORKERS, CHECK_MINUTES, retries)


CHECK_CPU = 1
"""Cores of the job that checks what a run wrote, on a cluster."""


def vcpus(cpu: int, ray_nodes: int) -> int:
    """Returns the cores of all pods of a job: with Ray, a head beside its nodes."""
    return cpu * (1 + ray_nodes)


def container_minutes(cpu: int, ray_nodes: int, timeout: int, vcpu_hours_per_run: float) -> int:
    """Returns the minutes after which a job is ended, with its retries: the timeout, or
    less if it could take more vCPU hours than it may."""
    allowed = vcpu_hours_per_run * 60 / vcpus(cpu, ray_nodes)
    return min(timeout, math.floor(allowed + 1e-9))
