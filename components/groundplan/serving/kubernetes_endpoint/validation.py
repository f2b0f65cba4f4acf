"""What of a `KubernetesEndpoint`'s arguments can't be built, or would be no endpoint to
rely on."""

import re
from collections.abc import Mapping
from typing import Any

from groundplan.context import Context
from groundplan.kubernetes import node_labels
from groundplan.kubernetes.device_resources import EXTENDED_RESOURCE
from groundplan.problems import MISSING, Problem, whole_number
from groundplan.serving.kubernetes_endpoint import (
    canary_rules,
    engine_rules,
    images,
    ingress_rules,
    objects,
    scaling_rules,
    server,
    workload,
)
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.model_endpoint import model_data

LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
MAX_ENDPOINT = 50
"""Names of Services are DNS labels of 63 characters (Kubernetes documentation, "Object
Names and IDs"); what the endpoint and KServe add to it needs the rest."""
NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
FOLDER = re.compile(r"/[\w.-]+(/[\w.-]+)*")
MAX_ACCELERATORS = 16
"""Of one node: those of trn1.32xlarge and trn2.48xlarge."""


def validate(args: KubernetesEndpointArgs, context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    return [
        *_reach(context.has_kubernetes_provider),
        *_names(args, args.get("endpoint_name", context.name)),
        *engine_rules.problems(args),
        *_model(args),
        *_size(args),
        *_placement(args),
        *_container(args),
        *_rollout(args),
        *scaling_rules.problems(args),
        *canary_rules.problems(args),
        *ingress_rules.problems(args),
        *_alarms(args),
    ]


def _reach(has_provider: bool) -> list[Problem]:
    if has_provider:
        return []
    fix = "give one: whatever kubeconfig the environment happens to have is none to rely on"
    return [
        Problem(
            "opts.provider",
            MISSING,
            "a Kubernetes provider in the options: TrainingCluster.kubernetes_provider",
            fix,
        )
    ]


def _names(args: KubernetesEndpointArgs, endpoint: str) -> list[Problem]:
    found = []
    if not LABEL.fullmatch(endpoint) or len(endpoint) > MAX_ENDPOINT:
        allowed = f"at most {MAX_ENDPOINT} lower-case letters, digits and hyphens, with a letter first and no hyphen at the end"
        found.append(Problem("endpoint_name", endpoint, allowed, "give an endpoint_name that fits"))
    spaces = [("namespace", args["namespace"])] if "namespace" in args else []
    spaces += [
        (f"reached_from[{index}]", name) for index, name in enumerate(args.get("reached_from", ()))
    ]
    for key, name in spaces:
        if not NAMESPACE.fullmatch(name):
            allowed = "a namespace: lower-case letters, digits and hyphens, at most 63 characters"
            found.append(Problem(key, name, allowed, "give the namespace's name"))
    if "service_account" in args and "namespace" not in args:
        allowed = "a service account in a namespace that is there already"
        found.append(
            Problem(
                "service_account",
                args["service_account"],
                allowed,
                "give namespace too, or remove it",
            )
        )
    return found


def _model(args: KubernetesEndpointArgs) -> list[Problem]:
    found = images.problems("image", args.get("image"))
    found += model_data.problems("model_data", args.get("model_data"))
    if "model_data" in args and "artifacts" not in args:
        fix = "give ArtifactBucket.access"
        found.append(Problem("artifacts", MISSING, "the bucket that model_data is about", fix))
    if (
        "artifacts" in args
        and "model_data" not in args
        and "model_data" not in args.get("canary", {})
    ):
        allowed = "the key of the model that the pods may read"
        found.append(Problem("model_data", MISSING, allowed, "give it, or remove artifacts"))
    for key, other in (("artifacts", "cluster_name"), ("cluster_name", "artifacts")):
        if key in args and other not in args:
            allowed = f"what {key} needs: the pods read the bucket by the cluster's pod identity"
            found.append(Problem(other, MISSING, allowed, f"give {other}, or remove {key}"))
    return [
        problem
        for number, problem in enumerate(found)
        if problem.key not in {p.key for p in found[:number]}
    ]


def _size(args: KubernetesEndpointArgs) -> list[Problem]:
    found = whole_number("replicas", args.get("replicas"), 1, 1000, "pods")
    found += whole_number("accelerators", args.get("accelerators"), 0, MAX_ACCELERATORS)
    found += whole_number("memory_gib", args.get("memory_gib"), 1, 64 * 1024, "GiB")
    found += whole_number("volume_size_gb", args.get("volume_size_gb"), 1, 16_384, "GB")
    found += whole_number(
        "health_check_timeout_seconds",
        args.get("health_check_timeout_seconds"),
        60,
        7200,
        "seconds",
    )
    # 4000 seconds are the most that a load balancer keeps an idle connection.
    found += whole_number(
        "request_timeout_seconds", args.get("request_timeout_seconds"), 1, 3600, "seconds"
    )
    cores = args.get("cpu")
    if cores is not None and not 0 < cores <= 1000:
        found.append(
            Problem("cpu", cores, "a number of cores above 0 and up to 1000", "use 0.5 or more")
        )
    memory, shared = workload.memory_gib(args), args.get("shared_memory_gib")
    if shared is not None and not 0 <= shared < memory:
        allowed = f"a whole number from 0 to less than memory_gib ({memory}), which it is a part of"
        found.append(Problem("shared_memory_gib", shared, allowed, "lower it, or raise memory_gib"))
    resource = args.get("accelerator")
    if resource is not None and not EXTENDED_RESOURCE.fullmatch(resource):
        allowed = (
            "the name of an extended resource with its vendor's domain, such as nvidia.com/gpu"
        )
        found.append(
            Problem(
                "accelerator", resource, allowed, "give the name that `kubectl describe node` shows"
            )
        )
    elif resource is not None and not workload.accelerators(args):
        found.append(
            Problem(
                "accelerator",
                resource,
                "nothing without accelerators",
                "give accelerators, or remove it",
            )
        )
    return found


def _placement(args: KubernetesEndpointArgs) -> list[Problem]:
    found = []
    if "pool" in args and "node_labels" in args:
        allowed = "pool or node_labels, not both"
        found.append(
            Problem("node_labels", dict(args["node_labels"]), allowed, "remove one of them")
        )
    if "pool" in args and not node_labels.VALUE.fullmatch(args["pool"]):
        found.append(
            Problem(
                "pool", args["pool"], "the name of a pool", "give it as TrainingCluster's pools do"
            )
        )
    allowed = "a Kubernetes label: up to 63 letters, digits, - _ . in key and value, the key after an optional prefix"
    places: list[tuple[str, str, str]] = [
        (f"node_labels.{k}", k, v) for k, v in args.get("node_labels", {}).items()
    ]
    taints = enumerate(args.get("taints", ()))
    places += [
        (f"taints[{index}]", taint.get("key", ""), taint.get("value", ""))
        for index, taint in taints
    ]
    for key, label, value in places:
        if not node_labels.KEY.fullmatch(label) or not node_labels.VALUE.fullmatch(value):
            found.append(
                Problem(key, value, allowed, "give it as `kubectl describe node` shows it")
            )
    return found


def _container(args: KubernetesEndpointArgs) -> list[Problem]:
    found = whole_number("port", args.get("port"), 1024, 65_535)
    found += whole_number("run_as_user", args.get("run_as_user"), 0, 2**31 - 1)
    path = args.get("health_path")
    if path is not None and not path.startswith("/"):
        found.append(Problem("health_path", path, "a path that begins with /", f"use /{path}"))
    for index, folder in enumerate(args.get("writable_paths", ())):
        if not FOLDER.fullmatch(folder) or folder == server.TMP or "/.." in folder:
            allowed = "a folder of the container, beside /tmp: /var/cache/app"
            found.append(
                Problem(
                    f"writable_paths[{index}]",
                    folder,
                    allowed,
                    "give its full path, without a slash at the end",
                )
            )
    given: Mapping[str, Any] = dict(args)
    variables: dict[str, Mapping[str, Any]] = {
        key: given.get(key, {}) for key in ("environment", "secrets")
    }
    for key, names in variables.items():
        found += [
            Problem(f"{key}.{name}", name, "a variable's name: letters, digits and _", "rename it")
            for name in names
            if not VARIABLE.fullmatch(name)
        ]
    for name in sorted(set(variables["environment"]) & set(variables["secrets"])):
        found.append(
            Problem(
                f"secrets.{name}",
                name,
                "a variable that environment doesn't set",
                "remove one of the two",
            )
        )
    return found


def _rollout(args: KubernetesEndpointArgs) -> list[Problem]:
    rollout, replicas = args.get("rollout", {}), workload.replicas(args)
    found = whole_number("rollout.max_surge", rollout.get("max_surge"), 0, 100, "pods")
    found += whole_number("rollout.max_unavailable", rollout.get("max_unavailable"), 0, 100, "pods")
    found += whole_number(
        "rollout.min_ready_seconds", rollout.get("min_ready_seconds"), 0, 3600, "seconds"
    )
    surge, missing = objects.steps(args)
    if surge == 0 and missing == 0:
        allowed = "at least 1 where max_unavailable is 0: no pod could be replaced"
        fix = "raise it by the accelerators that are free, or give max_unavailable 1"
        found.append(Problem("rollout.max_surge", surge, allowed, fix))
    fewest = min(replicas, workload.limits(args)[0])
    if missing >= fewest > 0 and missing > 0:
        allowed = f"less than {fewest}, the fewest pods: a rollout would leave none that serves"
        found.append(
            Problem("rollout.max_unavailable", missing, allowed, "lower it, or give more replicas")
        )
    if found:
        return found
    deadline, ready = (
        objects.progress_seconds(args),
        rollout.get("min_ready_seconds", objects.MIN_READY_SECONDS),
    )
    least = workload.startup_seconds(args) + ready
    if deadline <= least:
        allowed = (
            f"more than {least}: health_check_timeout_seconds and min_ready_seconds come in it"
        )
        found.append(
            Problem(
                "rollout.timeout_seconds", deadline, allowed, f"use {least + objects.START_SECONDS}"
            )
        )
    return found


def _alarms(args: KubernetesEndpointArgs) -> list[Problem]:
    given: Mapping[str, Any] = dict(args.get("alarms", {}))
    if not args.get("prometheus", True):
        unread: Mapping[str, Any] = {
            key: value for key, value in args.items() if key in ("alarms", "metrics")
        }
        fix = "remove it, or install MonitoringStack"
        return [
            Problem(key, value, "nothing where prometheus is false", fix)
            for key, value in unread.items()
        ]
    found = whole_number(
        "alarms.evaluation_minutes", given.get("evaluation_minutes"), 1, 60, "minutes"
    )
    found += whole_number(
        "alarms.max_waiting_requests", given.get("max_waiting_requests"), 1, 100_000
    )
    percent = given.get("max_error_percent")
    if percent is not None and not 0 <= percent <= 100:
        found.append(
            Problem(
                "alarms.max_error_percent", percent, "a number from 0 to 100 (percent)", "use 1"
            )
        )
    for key in ("max_latency_ms", "max_first_token_ms"):
        if key in given and given[key] <= 0:
            found.append(
                Problem(f"alarms.{key}", given[key], "a number above 0 (milliseconds)", "use 1000")
            )
    return found + _unmeasured(args, given)


def _unmeasured(args: KubernetesEndpointArgs, given: Mapping[str, Any]) -> list[Problem]:
    """Limits of what nobody counts."""
    if workload.is_vllm(args):
        return []
    allowed = dict.fromkeys(
        ("max_first_token_ms", "max_waiting_requests"), "nothing without vllm, whose metric it is"
    )
    if "metrics" not in args:
        why = "nothing without metrics: nobody knows what the container counts"
        allowed |= dict.fromkeys(("max_error_percent", "max_latency_ms"), why)
    fix = "remove it, or give metrics where the container has some"
    return [
        Problem(f"alarms.{key}", given[key], why, fix)
        for key, why in allowed.items()
        if key in given
    ]
