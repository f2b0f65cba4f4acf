"""Validates the arguments of a KubernetesRetraining."""

import re
from collections.abc import Mapping
from typing import Any

from groundplan import runbooks
from groundplan.context import Context
from groundplan.kubernetes import (
    cluster_provider,
    cron,
    image_references,
    managed_prometheus,
    namespaces,
    object_names,
)
from groundplan.problems import MISSING, Problem, under, whole_number
from groundplan.retraining.component.validation import (
    JOB,
    cluster_target_problems,
    data_problems,
    gate_problems,
    image_problems,
    target_problems,
)
from groundplan.retraining.kubernetes.args import KubernetesRetrainingArgs
from groundplan.storage import object_store
from groundplan.storage.prefixes import prefix_problems

DATASET = re.compile(r"[a-z0-9]([a-z0-9._/-]*[a-z0-9])?")
MAX_NAME = 42
"""A role has 64 characters (IAM quotas), of which `-access` and Pulumi's suffix take
15; a CronJob has 52."""


def validate(args: KubernetesRetrainingArgs, context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    found = cluster_provider.problems(context)
    if not object_names.SERVICE.fullmatch(context.name) or len(context.name) > MAX_NAME:
        allowed = (
            f"at most {MAX_NAME} lower-case letters, digits and hyphens, with a letter first and "
            "no hyphen at the end: objects are named after it"
        )
        found.append(Problem("name", context.name, allowed, "rename the component"))
    for key in ("namespace", "driver_namespace"):
        found += namespaces.problems(key, args.get(key))
    found += _namespaces(args)
    found += image_references.problems("image", args.get("image"))
    found += cron.problems("schedule", args.get("schedule"))
    found += whole_number("cool_down_hours", args.get("cool_down_hours"), 0, 8760, "hours")
    found += whole_number("watch_minutes", args.get("watch_minutes"), 5, 10_080, "minutes")
    for key in ("prefix", "manifest_prefix"):
        found += _folder(key, args)
    found += _targets(args)
    found += _store(args)
    found += data_problems(args)
    found += under("training", _training(args.get("training", {})))
    found += under("evaluation", _evaluation(args.get("evaluation", {})))
    found += whole_number("approval.days", args.get("approval", {}).get("days"), 1, 180, "days")
    found += runbooks.problems("runbooks_url", args.get("runbooks_url"))
    workspace = managed_prometheus.problems(args.get("managed_prometheus", {}))
    found += under("managed_prometheus", workspace)
    if args.get("prometheus") is False:
        fix = "remove it, or install MonitoringStack"
        found += [
            Problem(key, value, "nothing where prometheus is false: there is no alert", fix)
            for key, value in dict(args).items()
            if key in ("owner", "runbooks_url", "managed_prometheus")
        ]
    for key in ("budget_usd_per_month", "budget_usd_per_run"):
        found += _price(key, dict(args))
    return found + _budget(args)


def _namespaces(args: KubernetesRetrainingArgs) -> list[Problem]:
    found, own = [], args.get("driver_namespace")
    if own is not None and own == args.get("namespace"):
        allowed = "another namespace than that of jobs: their pods could have the driver's account"
        fix = "name another one, or remove it"
        found.append(Problem("driver_namespace", own, allowed, fix))
    if own is None and "object_store" in args:
        allowed = "an existing namespace, which has the secret of object_store"
        found.append(Problem("driver_namespace", MISSING, allowed, "create both, and set it"))
    further = args.get("further_datasets")
    if further is not None and "kubernetes_release_target" not in args:
        allowed = "nothing without kubernetes_release_target"
        found.append(Problem("further_datasets", list(further), allowed, "remove it"))
    for index, name in enumerate(further or ()):
        if not DATASET.fullmatch(name):
            allowed = "the name of a dataset"
            found.append(Problem(f"further_datasets[{index}]", name, allowed, "remove its tag"))
    return found


def _targets(args: KubernetesRetrainingArgs) -> list[Problem]:
    """Returns the problems of the release targets: there is one of the two."""
    own, other = "kubernetes_release_target", "release_target"
    if (own in args) == (other in args):
        allowed = f"one of {other}, on SageMaker, and {own}, on this cluster"
        value = "both" if own in args else MISSING
        return [Problem(other, value, allowed, "set the one of the endpoint that is retrained")]
    if other in args:
        return target_problems(args)
    target = args["kubernetes_release_target"]
    if not isinstance(target, Mapping):
        return []
    return [
        *cluster_target_problems(own, target, args.get("endpoint")),
        *gate_problems(args, target),
    ]


def _store(args: KubernetesRetrainingArgs) -> list[Problem]:
    found = []
    if ("artifacts" in args) == ("object_store" in args):
        key = "object_store" if "artifacts" in args else "artifacts"
        fix = "set artifacts and cluster_name on EKS, or object_store elsewhere"
        value = "both" if "artifacts" in args else MISSING
        found.append(Problem(key, value, "one of artifacts and object_store", fix))
    for key, needed in (
        ("artifacts", "cluster_name"),
        ("cluster_name", "artifacts"),
        ("artifacts", "notifications"),
    ):
        if key in args and needed not in args:
            fix = f"set {needed}, or remove {key}"
            found.append(Problem(needed, MISSING, f"required with {key}", fix))
    if "object_store" not in args:
        return found
    found += object_store.problems("object_store", dict(args["object_store"]))
    if "release_target" in args:
        allowed = "nothing with an endpoint on SageMaker, which reads models from Amazon S3"
        found.append(Problem("object_store", "set", allowed, "set artifacts in its place"))
    for key in ("notifications", "managed_prometheus"):
        if key in args:
            allowed = "nothing with object_store: the driver has no role in AWS"
            found.append(Problem(key, "set", allowed, "remove it, or set artifacts"))
    return found


def _budget(args: KubernetesRetrainingArgs) -> list[Problem]:
    of_run, of_month = args.get("budget_usd_per_run"), args.get("budget_usd_per_month")
    if of_run is None or of_month is None or of_month >= of_run:
        return []
    allowed = f"at least budget_usd_per_run, {of_run:g}: such a run could never begin"
    fix = "raise it, or lower budget_usd_per_run"
    return [Problem("budget_usd_per_month", of_month, allowed, fix)]


def _folder(key: str, args: Mapping[str, Any]) -> list[Problem]:
    if key not in args:
        return []
    if args[key] == "":
        allowed = "a folder: the role would reach the whole bucket"
        return [Problem(key, "", allowed, "name the folder")]
    return prefix_problems(key, args[key])


def _price(key: str, args: Mapping[str, Any]) -> list[Problem]:
    if key not in args or args[key] > 0:
        return []
    return [Problem(key, args[key], "a number above 0 (US dollars)")]


def _training(args: Mapping[str, Any]) -> list[Problem]:
    found = _price("usd_per_hour", args)
    found += whole_number("max_wait_hours", args.get("max_wait_hours"), 1, 672, "hours")
    if "job" in args and not JOB.fullmatch(args["job"]):
        found.append(Problem("job", args["job"], "the name of a TrainingJob"))
    return found + _folder("output_prefix", args)


def _evaluation(args: Mapping[str, Any]) -> list[Problem]:
    found = _price("usd_per_hour", args)
    seconds = args.get("max_runtime_seconds")
    found += whole_number("max_runtime_seconds", seconds, 60, 432_000, "seconds")
    return found + image_problems(args.get("image"))
