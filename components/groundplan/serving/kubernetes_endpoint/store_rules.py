"""Validates the bucket of an endpoint's models in another store than Amazon S3."""

from groundplan.problems import MISSING, Problem
from groundplan.serving.kubernetes_endpoint import resolution
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.kubernetes_endpoint.choices import EndpointEngine
from groundplan.storage import object_store

OTHERS = {
    EndpointEngine.KSERVE: "its storage initializer has the store of its own secret",
    EndpointEngine.VLLM: "its streamer has settings of its own for other stores",
}


def problems(args: KubernetesEndpointArgs) -> list[Problem]:
    """Returns the problems of `object_store`."""
    if "object_store" not in args:
        return []
    found = object_store.problems("object_store", dict(args["object_store"]))
    engine = resolution.engine(args)
    if engine in OTHERS:
        allowed = f"nothing with {engine.value}: {OTHERS[engine]}"
        found.append(Problem("object_store", "set", allowed, "remove it, or use container"))
    if "artifacts" in args:
        allowed = "one of artifacts and object_store"
        found.append(Problem("object_store", "both", allowed, "remove one of them"))
    if "model_data" not in args and "model_data" not in args.get("canary", {}):
        allowed = "nothing without model_data, which is in it"
        found.append(Problem("object_store", "set", allowed, "set model_data, or remove it"))
    if "namespace" not in args:
        allowed = "an existing namespace, which has the secret of object_store"
        found.append(Problem("namespace", MISSING, allowed, "create both, and set it"))
    return found
