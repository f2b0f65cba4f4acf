"""Validates captured requests and responses of an endpoint."""

from groundplan.kubernetes import image_references
from groundplan.problems import MISSING, Problem, under, whole_number
from groundplan.serving.kubernetes_endpoint import capture, resolution
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.kubernetes_endpoint.choices import EndpointEngine
from groundplan.storage import object_store
from groundplan.storage.prefixes import prefix_problems

TAKEN_PORTS = (capture.AGENT_PORT, capture.COLLECTOR_PORT)
OTHERS = {
    EndpointEngine.KSERVE: "an InferenceService has a `logger` of its own",
    EndpointEngine.VLLM: "texts have no columns that could drift",
}


def problems(args: KubernetesEndpointArgs) -> list[Problem]:
    """Returns the problems of `capture`."""
    if "capture" not in args:
        return []
    own, engine = args["capture"], resolution.engine(args)
    found = []
    if engine in OTHERS:
        allowed = f"nothing with {engine.value}: {OTHERS[engine]}"
        found.append(Problem("capture", "set", allowed, "remove it"))
    problems = image_references.problems("image", own.get("image"))
    problems += whole_number("percent", own.get("percent"), 1, 100, "percent")
    problems += prefix_problems("prefix", own.get("prefix", "capture/"))
    if own.get("prefix") == "":
        allowed = "a folder: the endpoint could write the whole bucket"
        problems.append(Problem("prefix", "", allowed, "name the folder"))
    if "object_store" in own:
        problems += object_store.problems("object_store", dict(own["object_store"]))
    found += under("capture", problems)
    if "object_store" in own and "namespace" not in args:
        allowed = "an existing namespace, which has the secret of capture.object_store"
        found.append(Problem("namespace", MISSING, allowed, "create both, and set it"))
    if "object_store" not in own and "artifacts" not in args:
        allowed = "the bucket of captures: artifacts, or capture.object_store"
        found.append(Problem("artifacts", MISSING, allowed, "set ArtifactBucket.access"))
    port = args.get("port")
    if port in TAKEN_PORTS:
        allowed = f"a port other than {TAKEN_PORTS[0]} and {TAKEN_PORTS[1]}, which capture takes"
        found.append(Problem("port", port, allowed, "use another one"))
    return found
