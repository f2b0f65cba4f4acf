"""What runs the tasks of a check, by the name that settings have."""

from importlib import import_module

from groundplan.model_monitoring.analysis.documents import InvalidDocument
from groundplan.model_monitoring.analysis.executors import (
    Executor,
    InProcess,
    Processes,
    Ray,
    Spark,
)
from groundplan.model_monitoring.analysis.names import PROCESS, RAY, SPARK


def executor(engine: str, workers: int = 1) -> Executor:
    """Returns the executor of an engine. Raises `InvalidDocument` if there is none of
    that name, or if its library is not installed."""
    try:
        if engine == RAY:
            ray = import_module("ray")
            # Of a RayJob, the cluster that submitted it (`RAY_ADDRESS`).
            ray.init(ignore_reinit_error=True, log_to_driver=False)
            return Ray(ray)
        if engine == SPARK:
            return Spark(import_module("pyspark").SparkContext.getOrCreate())
    except ImportError as error:
        raise InvalidDocument(f"engine {engine} needs {error.name}: not installed") from error
    if engine != PROCESS:
        raise InvalidDocument(f"engine: {engine!r}. Fix: {PROCESS}, {RAY} or {SPARK}")
    return InProcess() if workers == 1 else Processes(workers)


def is_distributed(engine: str) -> bool:
    """Returns whether tasks run on other machines, which share no folder."""
    return engine != PROCESS
