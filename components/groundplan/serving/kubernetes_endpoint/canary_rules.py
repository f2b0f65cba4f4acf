"""Validates the candidate of an endpoint."""

from collections.abc import Iterator

from groundplan.kubernetes import image_references
from groundplan.problems import MISSING, Problem, under, whole_number
from groundplan.serving.kubernetes_endpoint import engine_rules, model_version, release, resolution
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.kubernetes_endpoint.choices import EndpointEngine
from groundplan.serving.model_endpoint import model_data

MAX_PERCENT = 50
"""As of a `ModelEndpoint`: with more of the requests it is no candidate."""
TOLERANCE = 5
"""Points by which the numbers of pods may differ from the percent."""


def problems(args: KubernetesEndpointArgs) -> list[Problem]:
    """Returns the problems of `canary`; none with KServe, where `engine_rules` refuses
    it."""
    if "canary" not in args or resolution.engine(args) is EndpointEngine.KSERVE:
        return []
    if release.is_registry(args):  # which says what else a candidate may have
        return whole_number("canary.percent", args["canary"].get("percent"), 0, MAX_PERCENT)
    return under("canary", [*_candidate(args), *_model(args)]) or list(_share(args))


def _candidate(args: KubernetesEndpointArgs) -> list[Problem]:
    canary = args["canary"]
    unit = "percent of the requests"
    problems = whole_number("percent", canary.get("percent"), 0, MAX_PERCENT, unit)
    if "percent" not in canary:
        problems.append(Problem("percent", MISSING, "0 to 50, percent of the requests", "set it"))
    problems += whole_number("replicas", canary.get("replicas"), 1, 1000, "pods")
    problems += image_references.problems("image", canary.get("image"))
    problems += model_data.problems("model_data", canary.get("model_data"))
    if "model_version_id" in canary:
        data = canary.get("model_data", args.get("model_data"))
        problems += model_version.problems(canary["model_version_id"], data, args)
    if set(canary) <= {"percent", "replicas"}:
        allowed = (
            "what changes: one of image, model_data, model_version_id, model, revision, "
            "environment, arguments"
        )
        fix = "set one of them, or remove canary"
        problems.append(Problem("", dict(canary), allowed, fix))
    return problems


def _model(args: KubernetesEndpointArgs) -> Iterator[Problem]:
    canary = args["canary"]
    data = canary.get("model_data")
    if data is not None and not resolution.has_bucket(args):
        allowed, fix = "nothing without artifacts", "set artifacts and cluster_name"
        yield Problem("model_data", data, allowed, fix)
    if data is not None and "model" in canary:
        allowed = "model_data or model, not both"
        yield Problem("model", canary["model"], allowed, "remove one of them")
    if not resolution.is_vllm(args):
        for key, value in canary.items():
            if key in ("model", "revision"):
                allowed = "nothing without vllm, which loads models from the hub"
                yield Problem(key, value, allowed, "use image or model_data")
        return
    if data is not None and not data.endswith("/"):
        yield engine_rules.folder_problem("model_data", data)
    if "model" in canary and "revision" not in canary:
        allowed = "a commit of the candidate on the hub"
        yield Problem("revision", MISSING, allowed, "set it to the commit")
    yield from engine_rules.flag_problems("arguments", canary.get("arguments", ()))


def _share(args: KubernetesEndpointArgs) -> Iterator[Problem]:
    """Yields where the numbers of pods cannot be the share, without an ingress that
    weighs requests."""
    canary, replicas = args["canary"], resolution.replicas(args)
    percent = canary.get("percent", 0)
    if "ingress" in args:
        return
    if "replicas" in canary:
        allowed = "nothing without ingress: the numbers of pods are the share, which percent sets"
        yield Problem("canary.replicas", canary["replicas"], allowed, "remove it")
    if percent and resolution.scales(args):
        allowed = (
            "0 without ingress and with scaling: the numbers of pods are the share, and "
            "autoscaling changes them"
        )
        fix = "use 0, or set ingress, or remove scaling"
        yield Problem("canary.percent", percent, allowed, fix)
        return
    pods = resolution.candidate_replicas(args)
    actual = round(100 * pods / (pods + replicas))
    if percent and abs(actual - percent) > TOLERANCE:
        allowed = f"about {actual} without ingress: {pods} of {pods + replicas} pods are the share"
        fix = f"use {actual}, or more replicas, or set ingress, which weighs requests"
        yield Problem("canary.percent", percent, allowed, fix)
