"""Finds the machine images of EKS' managed node groups: without a release, EKS takes
the newest when it creates or updates a group."""

from collections.abc import Iterator

from groundplan.locks import kubernetes_version
from groundplan.locks.model import Kind, Lock, Reference
from groundplan.manifest.model import Manifest, Resource

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"


def reference(kubernetes: str, ami_type: str) -> Reference:
    """Returns the reference to the newest image of a type for a version of
    Kubernetes."""
    return Reference(Kind.NODE_IMAGE, f"{kubernetes}/{ami_type}")


def of(resource: Resource, manifest: Manifest, lock: Lock) -> Iterator[Reference]:
    """Yields the image of a node group that has no release, or the one of the lock."""
    if resource.type != NODE_GROUP:
        return
    ami_type, release = resource.inputs.get("amiType"), resource.inputs.get("releaseVersion")
    kubernetes = _kubernetes(resource, manifest)
    # CUSTOM: the launch template names the image.
    if not kubernetes or not isinstance(ami_type, str) or ami_type == "CUSTOM":
        return
    found = reference(kubernetes, ami_type)
    entry = lock.by_reference.get(found)
    if release is None or (entry is not None and entry.resolved == release):
        yield found


def _kubernetes(group: Resource, manifest: Manifest) -> str:
    """Returns the minor version of Kubernetes: the group's own, else its cluster's."""
    own = group.inputs.get("version")
    if isinstance(own, str) and "${" not in own:
        return own
    return kubernetes_version.of(group, manifest)
