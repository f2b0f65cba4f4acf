"""Finds the machine images of EKS' managed node groups: without a release, EKS takes
the newest when it creates or updates a group."""

import re
from collections.abc import Iterator

from groundplan.locks.model import Kind, Lock, Reference
from groundplan.manifest.model import Manifest, Resource

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
CLUSTER = "aws:eks/cluster:Cluster"
SYMBOL = re.compile(r"\$\{([^}]+)\.[^.}]+\}")


def reference(kubernetes: str, ami_type: str) -> Reference:
    """The reference to the newest image of a type for a version of Kubernetes."""
    return Reference(Kind.NODE_IMAGE, f"{kubernetes}/{ami_type}")


def of(resource: Resource, manifest: Manifest, lock: Lock) -> Iterator[Reference]:
    """The image of a node group that has no release, or the one of the lock."""
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
    """The minor version of Kubernetes: the group's own, else its cluster's."""
    own = group.inputs.get("version")
    if isinstance(own, str) and "${" not in own:
        return own
    match = SYMBOL.fullmatch(str(group.inputs.get("clusterName")))
    clusters = [c for c in manifest.of_type(CLUSTER) if match and c.name == match[1]]
    version = clusters[0].inputs.get("version") if clusters else None
    return version if isinstance(version, str) and "${" not in version else ""
