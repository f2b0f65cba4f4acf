"""Finds the EKS add-ons of a stack. A version can't move: the lock has it so that an
upgrade of the program's own pins is a diff with release notes."""

from collections.abc import Iterator

from groundplan.locks import kubernetes_version
from groundplan.locks.model import Kind, Lock, Reference
from groundplan.manifest.model import Manifest, Resource

ADDON = "aws:eks/addon:Addon"


def of(resource: Resource, manifest: Manifest, _lock: Lock) -> Iterator[Reference]:
    """Yields the add-on, with the version of Kubernetes that it is for."""
    if resource.type != ADDON:
        return
    name, version = (resource.inputs.get(key) for key in ("addonName", "addonVersion"))
    kubernetes = kubernetes_version.of(resource, manifest)
    if kubernetes and isinstance(name, str) and "${" not in f"{name}{version}":
        yield Reference(Kind.ADDON, f"{kubernetes}/{name}" + (f":{version}" if version else ""))
