"""What a candidate can't be."""

from groundplan.problems import MISSING, Problem, under, whole_number
from groundplan.serving.kubernetes_endpoint import engine_rules, images, workload
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.kubernetes_endpoint.choices import EndpointEngine
from groundplan.serving.model_endpoint import model_data

MAX_PERCENT = 50
"""As of a `ModelEndpoint`: what gets most of the requests is no candidate."""
TOLERANCE = 5
"""Points by which numbers of pods may miss the share."""


def problems(args: KubernetesEndpointArgs) -> list[Problem]:
    """What is wrong with `canary`. With KServe there is none, which `engine_rules`
    says."""
    if "canary" not in args or workload.engine(args) is EndpointEngine.KSERVE:
        return []
    found = under("canary", _own(args))
    return found or _share(args)


def _own(args: KubernetesEndpointArgs) -> list[Problem]:
    given = args["canary"]
    found = whole_number("percent", given.get("percent"), 0, MAX_PERCENT, "percent of the requests")
    found += whole_number("replicas", given.get("replicas"), 1, 1000, "pods")
    found += images.problems("image", given.get("image"))
    found += model_data.problems("model_data", given.get("model_data"))
    if set(given) <= {"percent", "replicas"}:
        allowed = "what is new: one of image, model_data, model, revision, environment, arguments"
        found.append(
            Problem("", dict(given), allowed, "say what the candidate is, or remove canary")
        )
    data = given.get("model_data")
    if data is not None and "artifacts" not in args:
        found.append(
            Problem(
                "model_data", data, "nothing without artifacts", "give artifacts and cluster_name"
            )
        )
    if data is not None and "model" in given:
        found.append(
            Problem("model", given["model"], "model_data or model, not both", "remove one of them")
        )
    if workload.is_vllm(args):
        if data is not None and not data.endswith("/"):
            allowed = "a folder with vllm, which ends in /: vLLM streams safetensors files and unpacks nothing"
            found.append(
                Problem(
                    "model_data", data, allowed, "upload the unpacked model and give its folder"
                )
            )
        if "model" in given and "revision" not in given:
            allowed = "a commit of the candidate on the hub"
            found.append(Problem("revision", MISSING, allowed, "give the commit"))
        return found + engine_rules.flag_problems("arguments", given.get("arguments", ()))
    hubs = {key: value for key, value in given.items() if key in ("model", "revision")}
    allowed = "nothing without vllm: the hub's models are vLLM's"
    return found + [
        Problem(key, value, allowed, "use image or model_data") for key, value in hubs.items()
    ]


def _share(args: KubernetesEndpointArgs) -> list[Problem]:
    """Whether the numbers of pods can be the share, where nothing knows weights."""
    given, replicas = args["canary"], workload.replicas(args)
    percent = given.get("percent", 0)
    if "ingress" in args:
        return []
    found = []
    if "replicas" in given:
        allowed = "nothing without ingress: the numbers of pods are the share, and percent says it"
        found.append(Problem("canary.replicas", given["replicas"], allowed, "remove it"))
    if percent and workload.scales(args):
        allowed = "0 without ingress and with scaling: the numbers of pods are the share, and autoscaling changes them"
        found.append(
            Problem("canary.percent", percent, allowed, "give ingress, or remove scaling meanwhile")
        )
    pods = workload.canary_replicas(args)
    real = round(100 * pods / (pods + replicas))
    if percent and abs(real - percent) > TOLERANCE:
        allowed = f"about {real} without ingress: {pods} of {pods + replicas} pods get it, whatever percent says"
        found.append(
            Problem(
                "canary.percent",
                percent,
                allowed,
                f"use {real}, or more replicas, or ingress, which knows weights",
            )
        )
    return found
