"""Validates the job of a pipeline on a cluster, and what it may cost."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.arguments import with_defaults
from groundplan.data.pipeline import cost_limits
from groundplan.data.pipeline.args import (
    ContainerJobArgs,
    DataPipelineArgs,
    PipelineLimitsArgs,
    RayPipelineArgs,
)
from groundplan.data.pipeline.script_rules import script_problems
from groundplan.eventbridge import schedule_expressions
from groundplan.kubernetes import image_references, namespaces, object_names
from groundplan.problems import Problem, whole_number

RESERVED = frozenset({"run", "output", "database"})
RESERVED_PREFIXES = ("input-", "version-")
"""Arguments that the component passes itself."""
VERSION = re.compile(r"\d+\.\d+\.\d+")
RANGES = {
    "cpu": (1, 192, "cores"),
    "memory_gib": (1, 2048, "GiB"),
    "volume_size_gb": (1, 4096, "GB"),
    "timeout_minutes": (cost_limits.LEAST_MINUTES, 10_080, "minutes"),
    "retries": (0, 5, ""),
    "max_wait_hours": (1, 672, "hours"),
    "look_minutes": (1, 30, "minutes"),
}


def problems(job: ContainerJobArgs) -> list[Problem]:
    """Returns the problems of a job."""
    return list(_job(job))


def _job(job: ContainerJobArgs) -> Iterator[Problem]:
    values: Mapping[str, Any] = {**job}
    for key, (low, high, unit) in RANGES.items():
        yield from whole_number(key, values.get(key), low, high, unit)
    yield from image_references.problems("image", job.get("image"))
    yield from namespaces.problems("namespace", job.get("namespace"))
    yield from object_names.problems("queue", job.get("queue"), "localqueue")
    yield from object_names.problems("priority", job.get("priority"), "workloadpriorityclass")
    yield from object_names.problems("pool", job.get("pool"), "pool")
    yield from script_problems(values)
    for name, value in job.get("arguments", {}).items():
        if name in RESERVED or name.startswith(RESERVED_PREFIXES):
            allowed = "a name that the component does not use"
            yield Problem(f"arguments.{name}", value, allowed, "rename the argument")


def limit_problems(args: DataPipelineArgs) -> list[Problem]:
    """Returns the problems of the limits, of the Ray cluster, and of a schedule that
    the driver can't follow."""
    return [*_ray(args.get("ray")), *_schedule(args), *_limits(args)]


def _ray(ray: RayPipelineArgs | None) -> Iterator[Problem]:
    if ray is None:
        return
    yield from whole_number("ray.nodes", ray.get("nodes"), 1, 1000, "pods")
    if "version" in ray and not VERSION.fullmatch(ray["version"]):
        yield Problem("ray.version", ray["version"], "a version of Ray: 2.60.0")


def _schedule(args: DataPipelineArgs) -> Iterator[Problem]:
    expression = args.get("triggers", {}).get("schedule_expression")
    if not expression or schedule_expressions.problems("", expression):
        return
    if schedule_expressions.gaps(expression) is None:
        allowed = "an expression without L, W, # and years: the CronJob evaluates it"
        fix = "write it as cron(30 0 * * ? *) or rate(1 day)"
        yield Problem("triggers.schedule_expression", expression, allowed, fix)


def _limits(args: DataPipelineArgs) -> Iterator[Problem]:
    limits: Mapping[str, Any] = with_defaults(PipelineLimitsArgs, args.get("limits", {}))
    of_run, of_month = limits["vcpu_hours_per_run"], limits["vcpu_hours_per_month"]
    wrong = [
        Problem(f"limits.{key}", limits[key], "a number above 0")
        for key in ("vcpu_hours_per_run", "vcpu_hours_per_month")
        if not 0 < limits[key] < float("inf")
    ]
    yield from wrong
    job: Mapping[str, Any] = with_defaults(ContainerJobArgs, args["container"])
    cpu, timeout = job["cpu"], job["timeout_minutes"]
    ray = args.get("ray")
    workers = with_defaults(RayPipelineArgs, ray)["nodes"] if ray else 0
    known = all(isinstance(n, int) and n > 0 for n in (cpu, timeout, workers + 1))
    if wrong or not known:
        return
    minutes = cost_limits.container_minutes(cpu, workers, timeout, of_run)
    vcpus = cost_limits.vcpus(cpu, workers)
    if minutes < min(cost_limits.LEAST_MINUTES, timeout):
        allowed = f"vCPU hours for {cost_limits.LEAST_MINUTES} minutes of {vcpus} cores"
        yield Problem("limits.vcpu_hours_per_run", of_run, allowed, "raise it, or lower cpu")
        return
    check = cost_limits.CHECK_CPU if "quality" in args else 0
    most = (vcpus + check) * minutes / 60
    if most > of_month:
        allowed = f"at least {most:g}, what one run with its check may take"
        fix = "raise it, or lower container.timeout_minutes or limits.vcpu_hours_per_run"
        yield Problem("limits.vcpu_hours_per_month", of_month, allowed, fix)
