"""What each engine of a pipeline reads: its own arguments are refused with another."""

from collections.abc import Iterator
from typing import Any

from groundplan.context import Context
from groundplan.data.pipeline.args import DataPipelineArgs
from groundplan.data.pipeline.choices import PipelineEngine
from groundplan.kubernetes import cluster_provider
from groundplan.problems import MISSING, Problem

GLUE, CONTAINER, RAY = PipelineEngine.GLUE, PipelineEngine.CONTAINER, PipelineEngine.RAY
CLUSTER = frozenset({CONTAINER, RAY})
READ_BY = {
    "glue": frozenset({GLUE}),
    "kms_key_arn": frozenset({GLUE}),
    "log_retention_days": frozenset({GLUE}),
    "tracing": frozenset({GLUE}),
    "container": CLUSTER,
    "ray": frozenset({RAY}),
}
LIMITS_READ_BY = {
    "dpu_hours_per_run": frozenset({GLUE}),
    "dpu_hours_per_month": frozenset({GLUE}),
    "vcpu_hours_per_run": CLUSTER,
    "vcpu_hours_per_month": CLUSTER,
}
REQUIRED = {
    GLUE: {"glue": ("the Spark job, which the engine glue requires", "set glue.script")},
    CONTAINER: {
        "container": (
            "the job, which the engine container requires",
            "set container.script, container.image and container.namespace",
        )
    },
    RAY: {
        "container": (
            "what the pods of Ray are, which the engine ray requires",
            "set container.script, container.image and container.namespace",
        ),
        "ray": ("the version of Ray, which the engine ray requires", "set ray.version"),
    },
}
MAX_NAME = {CONTAINER: 35, RAY: 27}
"""Of the 63 characters of a pod's host name, those of a RayJob are 47
(ray-project/kuberay v1.7.0, ray-operator/controllers/ray/utils/constant.go); a run's
name takes 20 and a check's 6."""


def engine_of(args: DataPipelineArgs) -> PipelineEngine:
    """Returns the engine of arguments."""
    return PipelineEngine(args.get("engine", GLUE))


def problems(args: DataPipelineArgs, context: Context) -> list[Problem]:
    """Returns what does not fit to the engine."""
    return list(_problems(args, context))


def _problems(args: DataPipelineArgs, context: Context) -> Iterator[Problem]:
    engine = engine_of(args)
    values: dict[str, Any] = {**args}
    for key, engines in READ_BY.items():
        if key in values and engine not in engines:
            yield _unread(key, values[key], engine, engines)
    limits: dict[str, Any] = {**args.get("limits", {})}
    for key, engines in LIMITS_READ_BY.items():
        if key in limits and engine not in engines:
            yield _unread(f"limits.{key}", limits[key], engine, engines)
    for key, (allowed, fix) in REQUIRED[engine].items():
        if key not in values:
            yield Problem(key, MISSING, allowed, fix)
    if engine is GLUE:
        return
    yield from cluster_provider.problems(context)
    if len(context.name) > MAX_NAME[engine]:
        allowed = f"at most {MAX_NAME[engine]} characters with the engine {engine.value}"
        yield Problem("name", context.name, allowed, "rename the component")


def _unread(
    key: str, value: Any, engine: PipelineEngine, engines: frozenset[PipelineEngine]
) -> Problem:
    names = " or ".join(sorted(e.value for e in engines))
    allowed = f"nothing with the engine {engine.value}: only {names} reads it"
    return Problem(key, value, allowed, f"remove it, or set engine to {names}")
