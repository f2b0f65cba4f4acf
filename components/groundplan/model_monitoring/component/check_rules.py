"""Validates what all scheduled checks have: folders, hours, limits."""

import re
from collections.abc import Mapping
from typing import Any

from groundplan.arguments import with_defaults
from groundplan.model_monitoring.analysis import names
from groundplan.model_monitoring.analysis.limits import SHARES
from groundplan.model_monitoring.component.args import MonitoringLimitsArgs
from groundplan.problems import Problem, whole_number
from groundplan.storage.prefixes import prefix_problems

METRICS = ("accuracy", "auc", "brier", "f1", "mae", "miscalibration", "rmse")
KEY = re.compile(r"(?!/)[^*?]*[^/*?]")


def problems(args: Mapping[str, Any], filled: Mapping[str, Any]) -> list[Problem]:
    """Returns the problems of arguments; `filled` has their defaults too."""
    found = whole_number("window_hours", args.get("window_hours"), 1, names.MOST_HOURS, "hours")
    found += whole_number("label_delay_hours", args.get("label_delay_hours"), 0, 8760, "hours")
    found += _prefixes(args, filled)
    found += _limits(args.get("limits", {}))
    if args.get("label_delay_hours") and "label_prefix" not in args:
        fix = "set label_prefix, or remove the delay"
        allowed = "a delay of labels that are collected"
        found.append(Problem("label_delay_hours", args["label_delay_hours"], allowed, fix))
    return found


def _prefixes(args: Mapping[str, Any], filled: Mapping[str, Any]) -> list[Problem]:
    found: list[Problem] = []
    for key in ("capture_prefix", "label_prefix", "result_prefix"):
        if key not in filled:
            continue
        found += prefix_problems(key, filled[key])
        if not filled[key]:
            allowed = "a folder: checks would reach the whole bucket"
            found.append(Problem(key, "", allowed, "name the folder"))
    if "baseline_key" in args and not KEY.fullmatch(args["baseline_key"]):
        fix = "write it as baselines/fraud.json"
        found.append(Problem("baseline_key", args["baseline_key"], "the key of an object", fix))
    variant = filled["variant"]
    if not re.fullmatch(r"[A-Za-z0-9](-*[A-Za-z0-9]){0,62}", variant):
        allowed = "the name of a variant: 1 to 63 letters, digits and hyphens"
        found.append(Problem("variant", variant, allowed))
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
