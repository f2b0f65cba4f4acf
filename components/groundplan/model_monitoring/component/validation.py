"""Validates the arguments of a ModelMonitoring."""

import re
from collections.abc import Mapping
from typing import Any

from groundplan import runbooks
from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.facts import log_retention
from groundplan.lambda_functions import schedule_expressions
from groundplan.model_monitoring.analysis import names
from groundplan.model_monitoring.analysis.limits import SHARES
from groundplan.model_monitoring.component.args import (
    ModelMonitoringArgs,
    MonitoringLimitsArgs,
)
from groundplan.problems import Problem, whole_number
from groundplan.storage import arns
from groundplan.storage.prefixes import prefix_problems

MAX_LAYERS = 5
"""Layers of a function (Lambda quotas)."""
METRICS = ("accuracy", "auc", "brier", "f1", "mae", "miscalibration", "rmse")
KEY = re.compile(r"(?!/)[^*?]*[^/*?]")
MAX_NAME = 42
"""Characters of the component's name: a role has 64 (IAM quotas), of which
`-schedule-role` and Pulumi's suffix take 22."""


def validate(args: ModelMonitoringArgs, context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    found = []
    if len(context.name) > MAX_NAME:
        allowed = f"at most {MAX_NAME} characters: its roles are named after it"
        found.append(Problem("name", context.name, allowed, "rename the component"))
    found += log_retention.problems("log_retention_days", args.get("log_retention_days"))
    found += arns.key_problems("kms_key_arn", args.get("kms_key_arn"))
    found += runbooks.problems("runbooks_url", args.get("runbooks_url"))
    found += whole_number("window_hours", args.get("window_hours"), 1, names.MOST_HOURS, "hours")
    found += whole_number("label_delay_hours", args.get("label_delay_hours"), 0, 8760, "hours")
    # Lambda quotas: function memory.
    found += whole_number("memory_mb", args.get("memory_mb"), 512, 10240, "MB")
    found += _prefixes(args)
    found += _layers(args)
    found += _limits(args.get("limits", {}))
    schedule = with_defaults(ModelMonitoringArgs, args)["schedule_expression"]
    found += schedule_expressions.problems("schedule_expression", schedule)
    if args.get("label_delay_hours") and "label_prefix" not in args:
        fix = "set label_prefix, or remove the delay"
        allowed = "a delay of labels that are collected"
        found.append(Problem("label_delay_hours", args["label_delay_hours"], allowed, fix))
    return found


def _prefixes(args: ModelMonitoringArgs) -> list[Problem]:
    filled: Mapping[str, Any] = with_defaults(ModelMonitoringArgs, args)
    found: list[Problem] = []
    for key in ("capture_prefix", "label_prefix", "result_prefix"):
        if key not in filled:
            continue
        found += prefix_problems(key, filled[key])
        if not filled[key]:
            allowed = "a folder: the function would reach the whole bucket"
            found.append(Problem(key, "", allowed, "name the folder"))
    if "baseline_key" in args and not KEY.fullmatch(args["baseline_key"]):
        fix = "write it as baselines/fraud.json"
        found.append(Problem("baseline_key", args["baseline_key"], "the key of an object", fix))
    variant = filled["variant"]
    if not re.fullmatch(r"[A-Za-z0-9](-*[A-Za-z0-9]){0,62}", variant):
        allowed = "the name of a variant: 1 to 63 letters, digits and hyphens"
        found.append(Problem("variant", variant, allowed))
    return found


def _layers(args: ModelMonitoringArgs) -> list[Problem]:
    layers = args.get("layer_arns", ())
    found = [
        problem
        for place, arn in enumerate(layers)
        for problem in arns.of_service(f"layer_arns[{place}]", arn, "lambda", "layer:")
    ]
    if "layer_arns" in args and not 1 <= len(layers) <= MAX_LAYERS:
        fix = "publish the layer that `make layer` builds, and give its ARN"
        found.append(Problem("layer_arns", list(layers), f"1 to {MAX_LAYERS} layers", fix))
    return found


def _limits(limits: Mapping[str, Any]) -> list[Problem]:
    found = [
        Problem(f"limits.{key}", limits[key], "a number between 0 and 1")
        for key in SHARES
        if key in limits and not 0 < limits[key] < 1
    ]
    for key in ("minimum_rows", "minimum_labels"):
        found += whole_number(f"limits.{key}", limits.get(key), 1, 10**9)
    filled = with_defaults(MonitoringLimitsArgs, limits)
    if not found and filled["largest_undetected"] < filled["smallest_drift"]:
        allowed = f"at least smallest_drift, {filled['smallest_drift']:g}"
        fix = "raise it, or lower limits.smallest_drift"
        found.append(
            Problem("limits.largest_undetected", filled["largest_undetected"], allowed, fix)
        )
    found += [
        Problem(f"limits.worst_quality.{name}", value, f"one of {', '.join(METRICS)}")
        for name, value in limits.get("worst_quality", {}).items()
        if name not in METRICS
    ]
    return found
