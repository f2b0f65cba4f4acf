"""The specification of a ModelMonitoring: its arguments, with every default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan.arguments import with_defaults
from groundplan.lambda_functions import operation
from groundplan.model_monitoring.component.args import (
    MODEL_MONITORING_DEFAULTS,
    PYTHON_MODULES,
    ModelMonitoringArgs,
    MonitoringLimitsArgs,
    SparkCheckArgs,
)
from groundplan.model_monitoring.component.check_spec import CheckSpec
from groundplan.model_monitoring.component.choices import MonitoringEngine
from groundplan.storage.access import ArtifactAccessArgs


@dataclass(frozen=True)
class Spark:
    """The Glue job of a check."""

    workers: int
    worker_type: str
    timeout_minutes: int
    python_modules: Sequence[str]


@dataclass(frozen=True)
class ModelMonitoringSpec(CheckSpec, operation.FunctionOperation):
    """Scheduled checks of an endpoint, complete."""

    default_variant = MODEL_MONITORING_DEFAULTS["variant"]

    endpoint: pulumi.Input[str]
    bucket: ArtifactAccessArgs
    layer_arns: Sequence[pulumi.Input[str]]
    spark: Spark | None
    """None if the function checks."""
    schedule_expression: str
    memory_mb: int


def resolve(args: ModelMonitoringArgs) -> ModelMonitoringSpec:
    """Returns the specification of valid arguments."""
    filled: Mapping[str, Any] = with_defaults(ModelMonitoringArgs, args)
    return ModelMonitoringSpec(
        **operation.of(filled),
        endpoint=args["endpoint"],
        bucket=args["bucket"],
        baseline_key=args["baseline_key"],
        layer_arns=args["layer_arns"],
        spark=_spark(args),
        variant=filled["variant"],
        capture_prefix=filled["capture_prefix"],
        label_prefix=args.get("label_prefix", ""),
        label_delay_hours=filled["label_delay_hours"],
        result_prefix=filled["result_prefix"],
        schedule_expression=filled["schedule_expression"],
        window_hours=filled["window_hours"],
        limits=with_defaults(MonitoringLimitsArgs, args.get("limits", {})),
        memory_mb=filled["memory_mb"],
    )


def _spark(args: ModelMonitoringArgs) -> Spark | None:
    if with_defaults(ModelMonitoringArgs, args)["engine"] is not MonitoringEngine.SPARK:
        return None
    filled = with_defaults(SparkCheckArgs, args.get("spark"))
    return Spark(**{"python_modules": PYTHON_MODULES, **filled})
