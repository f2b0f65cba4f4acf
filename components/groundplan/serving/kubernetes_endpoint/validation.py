"""Validates the arguments of a `KubernetesEndpoint`."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.arguments import known
from groundplan.context import Context
from groundplan.kubernetes import (
    cluster_provider,
    image_references,
    namespaces,
    node_labels,
    object_names,
)
from groundplan.kubernetes.device_resources import EXTENDED_RESOURCE
from groundplan.problems import MISSING, Problem, whole_number
from groundplan.serving.kubernetes_endpoint import (
    alarm_rules,
    canary_rules,
    capture_rules,
    engine_rules,
    environment_rules,
    folder_rules,
    ingress_rules,
    model_version,
    objective_rules,
    release,
    resolution,
    scaling_rules,
    store_rules,
)
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.model_endpoint import model_data
from groundplan.web_addresses import url_path_problems

MAX_ENDPOINT = 50
"""Names of Services are DNS labels of 63 characters (Kubernetes documentation, "Object
Names and IDs"); what the endpoint and KServe append needs the rest."""
MAX_WITH_ROLE = 64 - len("-access-1234567")
"""What Pulumi's name of the IAM role of an endpoint with a model in the bucket leaves
for the component's own (IAM quotas)."""
MAX_ACCELERATORS = 16
"""Of one node: those of trn1.32xlarge and trn2.48xlarge."""
MAX_TIMEOUT_SECONDS = 86_400

MAY_BE_EMPTY = ("environment", "arguments", "node_labels", "taints", "tags")
"""Groups whose values Kubernetes accepts when they are empty."""


def validate(args: KubernetesEndpointArgs, context: Context) -> list[Problem]:
    """Returns the problems of an endpoint's arguments."""
    problems = [
        *cluster_provider.problems(context),
        *_names(args, context),
        *engine_rules.problems(args),
        *_model(args),
        *_size(args),
        *_placement(args),
        *_container(args),
        *_rollout(args),
        *scaling_rules.problems(args),
        *canary_rules.problems(args),
        *release.problems(args),
        *capture_rules.problems(args),
        *store_rules.problems(args),
        *ingress_rules.problems(args),
        *alarm_rules.problems(args),
        *objective_rules.problems(args),
    ]
    reported = {problem.key for problem in problems}
    return problems + [problem for problem in _empty(args) if problem.key not in reported]


def _names(args: KubernetesEndpointArgs, context: Context) -> list[Problem]:
    problems = []
    endpoint = args.get("endpoint_name", context.name)
    if not object_names.SERVICE.fullmatch(endpoint) or len(endpoint) > MAX_ENDPOINT:
        allowed = (
            f"at most {MAX_ENDPOINT} lower-case letters, digits and hyphens, with a letter first "
            "and no hyphen at the end"
        )
        problems.append(Problem("endpoint_name", endpoint, allowed, "use such an endpoint_name"))
    if "artifacts" in args and len(context.name) > MAX_WITH_ROLE:
        allowed = f"at most {MAX_WITH_ROLE} characters with a model in the artifact bucket"
        problems.append(Problem("name", context.name, allowed, "rename the component"))
    problems += namespaces.problems("namespace", args.get("namespace"))
    for index, name in enumerate(args.get("reached_from", ())):
        problems += namespaces.problems(f"reached_from[{index}]", name)
    if "service_account" in args and "namespace" not in args:
        allowed = "a service account of an existing namespace"
        fix = "set namespace too, or remove it"
        problems.append(Problem("service_account", args["service_account"], allowed, fix))
    account = args.get("service_account")
    problems += object_names.problems("service_account", account, "serviceaccount")
    return problems


def _model(args: KubernetesEndpointArgs) -> list[Problem]:
    problems = image_references.problems("image", args.get("image"))
    problems += model_data.problems("model_data", args.get("model_data"))
    if "model_data" in args and not resolution.has_bucket(args):
        fix = "set ArtifactBucket.access"
        problems.append(Problem("artifacts", MISSING, "the bucket of model_data", fix))
    problems += model_version.problems(args.get("model_version_id"), args.get("model_data"), args)
    without_model = "model_data" not in args and "model_data" not in args.get("canary", {})
    if "artifacts" in args and without_model and "capture" not in args:
        allowed = "the key of the model that the pods may read"
        fix = "set it, or remove artifacts and cluster_name"
        problems.append(Problem("model_data", MISSING, allowed, fix))
    for key, other in (("artifacts", "cluster_name"), ("cluster_name", "artifacts")):
        if key in args and other not in args:
            allowed = f"required with {key}: the pods read the bucket by the cluster's pod identity"
            problems.append(Problem(other, MISSING, allowed, f"set {other}, or remove {key}"))
    first = {problem.key: problem for problem in reversed(problems)}
    return [problem for problem in problems if first[problem.key] is problem]


def _size(args: KubernetesEndpointArgs) -> list[Problem]:
    problems = whole_number("replicas", args.get("replicas"), 1, 1000, "pods")
    problems += whole_number("accelerators", args.get("accelerators"), 0, MAX_ACCELERATORS)
    problems += whole_number("memory_gib", args.get("memory_gib"), 1, 64 * 1024, "GiB")
    problems += whole_number("volume_size_gb", args.get("volume_size_gb"), 1, 16_384, "GB")
    startup = args.get("health_check_timeout_seconds")
    problems += whole_number("health_check_timeout_seconds", startup, 60, 7200, "seconds")
    # A load balancer closes idle connections after at most 4000 seconds.
    request = args.get("request_timeout_seconds")
    problems += whole_number("request_timeout_seconds", request, 1, 3600, "seconds")
    cores = args.get("cpu")
    if cores is not None and not 0 < cores <= 1000:
        allowed = "a number of cores above 0 and up to 1000"
        problems.append(Problem("cpu", cores, allowed, "use 0.5 or more"))
    memory, shared = resolution.memory_gib(args), args.get("shared_memory_gib")
    if shared is not None and not 0 <= shared < memory:
        allowed = f"a whole number from 0 to less than memory_gib ({memory}), which includes it"
        fix = "use 0" if memory <= 1 or shared < 0 else f"use {memory - 1}, or raise memory_gib"
        problems.append(Problem("shared_memory_gib", shared, allowed, fix))
    return problems + _accelerator(args)


def _accelerator(args: KubernetesEndpointArgs) -> list[Problem]:
    key, resource = "accelerator", args.get("accelerator")
    if resource is None:
        return []
    if not EXTENDED_RESOURCE.fullmatch(resource):
        allowed = "an extended resource with its vendor's domain, such as nvidia.com/gpu"
        return [Problem(key, resource, allowed, "use the name that `kubectl describe node` shows")]
    if not resolution.accelerators(args):
        allowed = "nothing without accelerators"
        return [Problem(key, resource, allowed, "set accelerators, or remove it")]
    return []


def _placement(args: KubernetesEndpointArgs) -> list[Problem]:
    key = "priority_class"
    problems = object_names.problems(key, args.get("priority_class"), "priorityclass")
    if "pool" in args and "node_labels" in args:
        allowed = "pool or node_labels, not both"
        labels = dict(args["node_labels"])
        problems.append(Problem("node_labels", labels, allowed, "remove one of them"))
    if "pool" in args and not node_labels.VALUE.fullmatch(args["pool"]):
        fix = "use the name of one of TrainingCluster's pools"
        problems.append(Problem("pool", args["pool"], "the name of a pool", fix))
    return problems + node_labels.selector_problems(
        args.get("node_labels", {}), args.get("taints", ())
    )


def _container(args: KubernetesEndpointArgs) -> list[Problem]:
    problems = whole_number("port", args.get("port"), 1024, 65_535)
    problems += whole_number("run_as_user", args.get("run_as_user"), 0, 2**31 - 1)
    problems += url_path_problems("health_path", args.get("health_path"))
    problems += folder_rules.problems(args)
    return problems + environment_rules.problems(args)


def _rollout(args: KubernetesEndpointArgs) -> list[Problem]:
    rollout = args.get("rollout", {})
    problems = whole_number("rollout.max_surge", rollout.get("max_surge"), 0, 100, "pods")
    unavailable = rollout.get("max_unavailable")
    problems += whole_number("rollout.max_unavailable", unavailable, 0, 100, "pods")
    ready = rollout.get("min_ready_seconds")
    problems += whole_number("rollout.min_ready_seconds", ready, 0, 3600, "seconds")
    timeout = rollout.get("timeout_seconds")
    problems += whole_number("rollout.timeout_seconds", timeout, 1, MAX_TIMEOUT_SECONDS, "seconds")
    return problems or [*_steps(args), *_progress(args)]


def _steps(args: KubernetesEndpointArgs) -> Iterator[Problem]:
    rollout = resolution.rollout(args)
    surge, unavailable = rollout["max_surge"], rollout["max_unavailable"]
    fewest = min(resolution.replicas(args), resolution.limits(args)[0])
    if surge == 0 and unavailable == 0:
        allowed = "at least 1 where max_unavailable is 0: no pod could be replaced"
        fix = "use 1, or set max_unavailable to 1" if fewest > 1 else "use 1"
        yield Problem("rollout.max_surge", surge, allowed, fix)
    if unavailable >= fewest > 0 and unavailable > 0:
        allowed = f"less than {fewest}, the minimum pods: a rollout would leave none that serves"
        fix = f"use {fewest - 1}" if fewest > 1 else "use 0, with max_surge 1"
        yield Problem("rollout.max_unavailable", unavailable, allowed, fix)


def _progress(args: KubernetesEndpointArgs) -> Iterator[Problem]:
    rollout = resolution.rollout(args)
    least = resolution.startup_seconds(args) + rollout["min_ready_seconds"]
    if rollout["timeout_seconds"] <= least:
        allowed = (
            f"more than {least}: it includes health_check_timeout_seconds and min_ready_seconds"
        )
        fix = f"use {least + resolution.START_SECONDS}"
        yield Problem("rollout.timeout_seconds", rollout["timeout_seconds"], allowed, fix)


def _empty(value: Any, path: str = "") -> Iterator[Problem]:
    """Yields a problem for each empty string."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key not in MAY_BE_EMPTY:
                yield from _empty(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _empty(item, f"{path}[{index}]")
    elif known(value) and value == "":
        yield Problem(path, "", "a text that is not empty", "set it, or remove it")
