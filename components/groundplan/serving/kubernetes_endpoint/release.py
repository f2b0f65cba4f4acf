"""How models of an endpoint are released: by the program (`declared`), or by a driver
from the registry in the artifact bucket (`registry`).

With `registry` the pods name their model by annotations, which the driver changes and
Pulumi ignores (`release.cluster.workloads` says why by those). Containers read them as
environment variables.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan.arguments import known, with_defaults
from groundplan.kubernetes import prometheus
from groundplan.problems import MISSING, Problem, under, whole_number
from groundplan.release.cluster.workloads import KEY, OBJECT_VERSION
from groundplan.release.engine import gate_spec
from groundplan.serving.kubernetes_endpoint import resolution
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.kubernetes_endpoint.canary_args import KubernetesCanaryArgs
from groundplan.serving.kubernetes_endpoint.choices import EndpointEngine
from groundplan.serving.model_endpoint.choices import ReleaseMode
from groundplan.serving.model_endpoint.model_data import ARCHIVE, versions_prefix
from groundplan.storage.prefixes import prefix_problems

PERCENT = 10
"""Of a candidate, unless `canary` says otherwise: as a `ModelEndpoint` has it."""
OF_CANARY = ("percent", "bake_minutes")
OF_REGISTRY = ("gates", "prometheus_url", "model_prefix")
VARIABLES = {
    "GROUNDPLAN_MODEL_KEY": KEY,
    "GROUNDPLAN_MODEL_OBJECT_VERSION": OBJECT_VERSION,
}
"""Environment variables -> the annotations that they have the values of."""
IGNORED = "spec.template.metadata.annotations"


@dataclass(frozen=True)
class Release:
    """How models are released from the registry."""

    models: str
    """Folder of the bucket whose models the pods may read."""
    archive: bool
    percent: int
    bake_minutes: int
    gates: Mapping[str, Any]
    prometheus_url: pulumi.Input[str]


def is_registry(args: KubernetesEndpointArgs) -> bool:
    """Returns whether models are released from the registry."""
    return resolution.argument(args, "release") is ReleaseMode.REGISTRY


def resolve(args: KubernetesEndpointArgs) -> Release | None:
    """Returns how models are released; None where the program does."""
    if not is_registry(args):
        return None
    canary = with_defaults(KubernetesCanaryArgs, args.get("canary"))
    data = args["model_data"]
    candidate = resolution.engine(args) is not EndpointEngine.KSERVE
    return Release(
        models=args.get("model_prefix", versions_prefix(data)),
        archive=data.endswith(ARCHIVE),
        percent=canary.get("percent", PERCENT) if candidate else 0,
        bake_minutes=canary["bake_minutes"],
        gates=dict(args.get("gates", {})),
        prometheus_url=args.get("prometheus_url", prometheus.URL),
    )


def variables(archive: bool) -> list[dict[str, Any]]:
    """Returns the environment variables of a container that loads the model: the values
    of the pod's annotations."""
    return [
        {"name": name, "valueFrom": {"fieldRef": {"fieldPath": f"metadata.annotations['{key}']"}}}
        for name, key in VARIABLES.items()
        if archive or key == KEY
    ]


def problems(args: KubernetesEndpointArgs) -> list[Problem]:
    """Returns the problems of how models are released."""
    if not is_registry(args):
        return [*_declared(args)]
    found = [*_needed(args), *_canary(args), *_folder(args)]
    return found + under("gates", gate_spec.problems(dict(args.get("gates", {}))))


def _declared(args: KubernetesEndpointArgs) -> Iterator[Problem]:
    allowed, fix = "nothing, unless release is registry", "remove it, or set release to registry"
    for key, value in args.items():
        if key in OF_REGISTRY:
            shown = value if isinstance(value, str) else "set"
            yield Problem(key, shown, allowed, fix)
    if "bake_minutes" in args.get("canary", {}):
        minutes = args["canary"]["bake_minutes"]
        yield Problem("canary.bake_minutes", minutes, allowed, fix)


def _needed(args: KubernetesEndpointArgs) -> Iterator[Problem]:
    engine, data = resolution.engine(args), args.get("model_data")
    if data is None:
        allowed = "the model that serves until the first release, in the bucket of the others"
        yield Problem("model_data", MISSING, allowed, "set it, and register that model first")
    elif data.endswith(ARCHIVE) and "model_version_id" not in args:
        allowed = "the S3 version of the archive: releases name each by its version"
        fix = "use the object's VersionId, or null in a bucket without versions"
        if engine is EndpointEngine.CONTAINER:
            yield Problem("model_version_id", MISSING, allowed, fix)
    image = args.get("image")
    if engine is EndpointEngine.CONTAINER and known(image) and image and "@" not in str(image):
        allowed = "an image by its digest: a version is released only to the image that serves it"
        yield Problem("image", image, allowed, "add @sha256:..., its digest")
    if not resolution.argument(args, "prometheus"):
        allowed = "true with release registry: its alerts end a bad release"
        yield Problem("prometheus", False, allowed, "install MonitoringStack, and remove it")
    if "managed_prometheus" in args and "prometheus_url" not in args:
        allowed = "the URL of the workspace, which evaluates the alerts"
        fix = "set it to MonitoringStack.prometheus_endpoint"
        yield Problem("prometheus_url", MISSING, allowed, fix)


def _canary(args: KubernetesEndpointArgs) -> Iterator[Problem]:
    canary: Mapping[str, Any] = dict(args.get("canary", {}))
    for key in canary:
        if key not in OF_CANARY:
            allowed = "nothing with release registry: the candidate is a version of it"
            yield Problem(f"canary.{key}", "set", allowed, "remove it")
    minutes = canary.get("bake_minutes")
    # The longest that CodeDeploy and SageMaker have for the like is two days.
    yield from whole_number("canary.bake_minutes", minutes, 0, 2880, "minutes")


def _folder(args: KubernetesEndpointArgs) -> Iterator[Problem]:
    prefix, data = args.get("model_prefix"), args.get("model_data", "")
    if prefix is None:
        return
    found = prefix_problems("model_prefix", prefix)
    if not prefix:
        allowed = "a folder: the pods could read the whole bucket"
        found = [Problem("model_prefix", "", allowed, "name the folder")]
    elif not found and data and not data.startswith(prefix):
        allowed = f"a folder that contains model_data, {data}"
        found = [Problem("model_prefix", prefix, allowed, "name the folder of both")]
    yield from found
