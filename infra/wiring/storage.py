"""The network, the artifact bucket, the images and the models."""

from collections.abc import Iterator
from typing import Any

from description import Component
from groundplan.release.component.args import RELEASE_RUNTIME_DEFAULTS
from settings import Settings

from wiring import releases
from wiring.components import component

APART = ["checkpoints/", "models/", "quarantine/", "runs/", "teams/", "training/"]
"""Folders whose noncurrent versions S3 removes where there are datasets, whose versions
refer to noncurrent objects of other folders."""
AUDIT_PREFIX = RELEASE_RUNTIME_DEFAULTS["audit_prefix"]


def network(settings: Settings) -> Iterator[Component]:
    yield component(settings, "Network", "network", settings.get("network", {}))


def artifacts(settings: Settings) -> Iterator[Component]:
    systems = settings.get("training", {}).get("file_systems", {})
    linked = any(system.get("links") for system in systems.values())
    filled: dict[str, Any] = {"file_systems": True} if linked else {}
    args = {**filled, **settings.get("artifacts", {})}
    if releases.released(settings):
        audit = settings.get("releases", {}).get("audit_prefix", AUDIT_PREFIX)
        once = args.get("write_once_prefixes", ())
        args["write_once_prefixes"] = [*once, *([] if audit in once else [audit])]
    if names := list(settings.get("datasets", {}).get("sets", {})):
        args["datasets"] = names
        args["lifecycle"] = {"noncurrent_prefixes": APART, **args.get("lifecycle", {})}
    yield component(settings, "ArtifactBucket", "artifacts", args)


def images(settings: Settings) -> Iterator[Component]:
    if "images" in settings:
        yield component(settings, "ContainerRegistry", "images", settings["images"])
    if "models" in settings:
        yield component(settings, "ModelRegistry", "models", settings["models"])
