"""Where services, their checks and their retraining run, and the bucket that they have:
the training cluster with the artifact bucket, or, without AWS, an existing cluster with
an object store."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from description import Reference
from groundplan.kubernetes import namespaces
from groundplan.training.namespace_folders import TEAMLESS
from references import ACCESS, CLUSTER_NAME, KUBERNETES
from settings import Settings

SERVICES = Reference("services")
"""The provider of services on the training cluster."""
EXISTING = Reference("platform", "kubernetes_provider")


def is_without_aws(settings: Settings) -> bool:
    """Returns whether an existing cluster is the whole environment."""
    return "platform" in settings and "region" not in settings


def has_cluster(settings: Settings) -> bool:
    """Returns whether the environment has a cluster for services and jobs."""
    return is_without_aws(settings) or ("region" in settings and "training" in settings)


def provider(settings: Settings) -> Reference:
    """Returns the provider of services and their checks."""
    return EXISTING if is_without_aws(settings) else SERVICES


def provider_of_jobs(settings: Settings) -> Reference:
    """Returns the provider of what starts jobs."""
    return EXISTING if is_without_aws(settings) else KUBERNETES


def bucket(settings: Settings, key: str = "artifacts") -> dict[str, Any]:
    """Returns the arguments on the bucket. `key`: the argument of the artifact bucket.
    Empty without AWS and an object store, which the rules report."""
    if not is_without_aws(settings):
        return {key: ACCESS, "cluster_name": CLUSTER_NAME}
    return {"object_store": settings["object_store"]} if "object_store" in settings else {}


def teams(settings: Settings) -> list[str]:
    """Returns the teams of that cluster."""
    named = "platform" if is_without_aws(settings) else "training"
    section: Mapping[str, Any] = dict(settings).get(named) or {}  # type: ignore[assignment]
    return list(section.get("teams", {}))


def platform(settings: Settings) -> dict[str, Any]:
    """Returns the arguments of the existing cluster: namespaces whose models are
    retrained reach an object store that is in the cluster."""
    args: dict[str, Any] = {**settings["platform"]}
    space = _namespace_of_store(settings)
    if space is None or not is_without_aws(settings):
        return args
    known: Mapping[str, Mapping[str, Any]] = args.get("teams", {})
    spaces = {own.get("namespace") for own in settings.get("queue_retraining", {}).values()}
    if TEAMLESS in spaces:
        args["connections"] = _reaching(args.get("connections", {}), space)
    if spaces & known.keys():
        args["teams"] = {
            name: _reaching(team, space) if name in spaces else team for name, team in known.items()
        }
    return args


def _namespace_of_store(settings: Settings) -> str | None:
    """Returns the namespace of the store, where it is in the cluster: that of
    `http://minio.minio.svc:9000` (Kubernetes documentation, "DNS for Services and
    Pods")."""
    url = settings.get("object_store", {}).get("endpoint_url")
    try:
        labels = (urlsplit(str(url)).hostname or "").split(".")
    except ValueError:
        return None  # no URL, which its component reports
    if len(labels) < 3 or labels[2] != "svc" or namespaces.problems("", labels[1]):
        return None
    return labels[1]


def _reaching(connections: Mapping[str, Any], space: str) -> dict[str, Any]:
    reaches = dict.fromkeys([*connections.get("reaches", ()), space])
    return {**connections, "reaches": list(reaches)}
