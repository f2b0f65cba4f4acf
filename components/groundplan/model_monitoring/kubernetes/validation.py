"""Validates the arguments of a KubernetesModelMonitoring."""

import re
from collections.abc import Mapping
from typing import Any

from groundplan import runbooks
from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.kubernetes import (
    cluster_provider,
    cron,
    image_references,
    managed_prometheus,
    namespaces,
    node_labels,
    object_names,
)
from groundplan.model_monitoring.component import check_rules
from groundplan.model_monitoring.kubernetes.args import KubernetesModelMonitoringArgs
from groundplan.model_monitoring.kubernetes.choices import CheckEngine
from groundplan.model_monitoring.kubernetes.spec import late_after_hours
from groundplan.problems import MISSING, Problem, under, whole_number
from groundplan.storage import object_store

MAX_NAME = 43
"""A CronJob has 52 characters (Kubernetes documentation, "CronJob"); what the objects'
names append needs the rest."""
MAX_RAY_NAME = 38
"""A RayJob has 47 (ray-project/kuberay v1.7.0, ray-operator/controllers/ray/utils,
`MaxRayJobNameLength`), of which the scheduled time takes 9."""
VERSION = re.compile(r"\d+\.\d+\.\d+")
MAX_LATE_HOURS = 2232
"""Three times the longest window."""
WHOLE = (
    ("late_after_hours", 1, MAX_LATE_HOURS, "hours"),
    ("workers", 1, 64, "processes"),
    ("memory_gib", 1, 1024, "GiB"),
    ("volume_size_gb", 1, 1024, "GB"),
    ("timeout_seconds", 60, 86_400, "seconds"),
)


def validate(args: KubernetesModelMonitoringArgs, context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    known: Mapping[str, Any] = dict(args)
    found = [*cluster_provider.problems(context), *_name(context)]
    found += check_rules.problems(known, with_defaults(KubernetesModelMonitoringArgs, args))
    for key, low, high, unit in WHOLE:
        found += whole_number(key, known.get(key), low, high, unit)
    found += image_references.problems("image", args.get("image"))
    found += namespaces.problems("namespace", args.get("namespace"))
    found += cron.problems("schedule", args.get("schedule"))
    found += runbooks.problems("runbooks_url", args.get("runbooks_url"))
    found += node_labels.selector_problems(known.get("node_labels", {}), known.get("taints", ()))
    workspace = managed_prometheus.problems(args.get("managed_prometheus", {}))
    found += under("managed_prometheus", workspace)
    found += [
        *_ray(args, context),
        *_size(args),
        *_late(args, found),
        *_store(args),
        *_unwatched(args),
    ]
    return found


def _name(context: Context) -> list[Problem]:
    if object_names.SERVICE.fullmatch(context.name) and len(context.name) <= MAX_NAME:
        return []
    allowed = (
        f"at most {MAX_NAME} lower-case letters, digits and hyphens, with a letter first and no "
        "hyphen at the end: objects are named after it"
    )
    return [Problem("name", context.name, allowed, "rename the component")]


def _ray(args: KubernetesModelMonitoringArgs, context: Context) -> list[Problem]:
    engine = with_defaults(KubernetesModelMonitoringArgs, args)["engine"]
    if engine is not CheckEngine.RAY:
        if "ray" not in args:
            return []
        fix = "set engine to ray, or remove it"
        return [Problem("ray", dict(args["ray"]), "nothing with the engine container", fix)]
    found = []
    if "ray" not in args:
        allowed = "the queue and the version of Ray, which the engine ray requires"
        found.append(Problem("ray", MISSING, allowed, "set ray.queue and ray.version"))
    own = args.get("ray", {})
    found += whole_number("ray.nodes", own.get("nodes"), 1, 1000, "pods")
    found += object_names.problems("ray.queue", own.get("queue"), "localqueue")
    if "version" in own and not VERSION.fullmatch(own["version"]):
        found.append(Problem("ray.version", own["version"], "a version of Ray: 2.60.0"))
    if "workers" in args:
        allowed = "nothing with the engine ray, whose workers are pods"
        found.append(Problem("workers", args["workers"], allowed, "set ray.nodes"))
    if "namespace" not in args and "object_store" not in args:
        allowed = "an existing namespace with a queue: a team's"
        found.append(Problem("namespace", MISSING, allowed, "set it"))
    if len(context.name) > MAX_RAY_NAME:
        allowed = f"at most {MAX_RAY_NAME} characters with the engine ray"
        found.append(Problem("name", context.name, allowed, "rename the component"))
    return found


def _size(args: KubernetesModelMonitoringArgs) -> list[Problem]:
    cpu = args.get("cpu")
    if cpu is None or 0 < cpu <= 64:
        return []
    return [Problem("cpu", cpu, "a number above 0 and up to 64 (cores)", "use 1")]


def _late(args: KubernetesModelMonitoringArgs, found: list[Problem]) -> list[Problem]:
    window = with_defaults(KubernetesModelMonitoringArgs, args)["window_hours"]
    if found or late_after_hours(args) > window:
        return []
    allowed = f"more than window_hours, {window}: a result is that old before the next one"
    return [Problem("late_after_hours", args.get("late_after_hours"), allowed, "raise it")]


def _store(args: KubernetesModelMonitoringArgs) -> list[Problem]:
    found = []
    if ("bucket" in args) == ("object_store" in args):
        key = "object_store" if "bucket" in args else "bucket"
        fix = "set bucket and cluster_name on EKS, or object_store elsewhere"
        value = "both" if "bucket" in args else MISSING
        found.append(Problem(key, value, "one of bucket and object_store", fix))
    for key, other in (("bucket", "cluster_name"), ("cluster_name", "bucket")):
        if key in args and other not in args:
            allowed = f"required with {key}: the pods read the bucket by the cluster's pod identity"
            found.append(Problem(other, MISSING, allowed, f"set {other}, or remove {key}"))
    if "object_store" in args:
        found += object_store.problems("object_store", dict(args["object_store"]))
        if "namespace" not in args:
            allowed = "an existing namespace, which has the secret of object_store"
            found.append(Problem("namespace", MISSING, allowed, "create both, and set it"))
    return found


def _unwatched(args: KubernetesModelMonitoringArgs) -> list[Problem]:
    if with_defaults(KubernetesModelMonitoringArgs, args)["prometheus"]:
        return []
    fix = "remove it, or install MonitoringStack"
    return [
        Problem(key, value, "nothing where prometheus is false: there are no alerts", fix)
        for key, value in dict(args).items()
        if key in ("owner", "runbooks_url", "late_after_hours", "managed_prometheus")
    ]
