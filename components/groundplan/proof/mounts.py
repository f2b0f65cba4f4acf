"""What pods mount: the directories of file systems in a plan."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan import catalog
from groundplan.manifest.model import Manifest, Resource
from groundplan.proof.teams import Home, home, is_unknown, listed, metadata, of_kind, spec

WORKLOADS = (
    "Pod",
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "Job",
    "CronJob",
)


@dataclass(frozen=True)
class Mount:
    """A directory that pods of a namespace mount."""

    home: Home | None
    """`None` for a volume that any namespace may claim."""
    store: str
    """The file system."""
    directory: str
    """`/` for its root."""
    read_only: bool
    resource: Resource
    shown: str
    is_known: bool = True
    """Whether the plan has what is mounted."""

    def overlaps(self, other: "Mount") -> bool:
        """Returns whether one of the directories is in the other."""
        if self.store != other.store:
            return False
        mine, theirs = folder(self.directory), folder(other.directory)
        return mine.startswith(theirs) or theirs.startswith(mine)

    def deeper(self, other: "Mount") -> str:
        """Returns the directory of both."""
        return max(folder(self.directory), folder(other.directory), key=len)


def mounts_of(manifest: Manifest) -> Iterator[Mount]:
    """Yields what the pods of each namespace mount."""
    yield from _volumes(manifest)
    yield from _inline(manifest)


def _volumes(manifest: Manifest) -> Iterator[Mount]:
    """Yields the mounts of PersistentVolumes, by the namespace that they are reserved
    for, or whose claim names them."""
    claims: dict[tuple[str, str], list[Resource]] = {}
    for claim in of_kind(manifest, "PersistentVolumeClaim"):
        key = (home(claim).cluster, str(spec(claim).get("volumeName")))
        claims.setdefault(key, []).append(claim)
    for volume in of_kind(manifest, "PersistentVolume"):
        cluster = home(volume).cluster
        reserved = spec(volume).get("claimRef")
        name = str(metadata(volume).get("name") or volume.name)
        if isinstance(reserved, Mapping) and reserved.get("namespace"):
            homes: list[Home | None] = [Home(str(reserved["namespace"]), cluster)]
        else:
            homes = [home(claim) for claim in claims.get((cluster, name), ())] or [None]
        for where in homes:
            if not isinstance(volume.inputs.get("spec"), Mapping):
                yield Mount(None, "volume", "/", False, volume, volume.name, is_known=False)
                continue
            mount = _mount(manifest, volume, where)
            if mount is not None:
                yield mount


def _inline(manifest: Manifest) -> Iterator[Mount]:
    """Yields the volumes that workloads of the plan define themselves."""
    for workload in of_kind(manifest, *WORKLOADS):
        for volume in _pod_volumes(spec(workload)):
            mount = _of_node(workload, volume)
            if mount is not None:
                yield mount


def _pod_volumes(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yields the `volumes` of the pod template that is somewhere in a workload's
    spec."""
    if isinstance(value, Mapping):
        volumes = value.get("volumes")
        if isinstance(volumes, list) and "containers" in value:
            yield from (v for v in volumes if isinstance(v, Mapping))
        for item in value.values():
            yield from _pod_volumes(item)


def _mount(manifest: Manifest, volume: Resource, where: Home | None) -> Mount | None:
    """Returns the directory of a PersistentVolume; `None` for one that a role decides
    on.

    Read-only is what is mounted so. Access modes and `readOnly` of a volume don't
    protect from writing: pods choose, and drivers that attach nothing never learn of it
    (kubernetes/kubernetes, pkg/volume/csi/csi_plugin.go, getReadOnlyFromSpec).
    """
    source = spec(volume)
    read_only = bool({"ro", "read-only"} & {str(o) for o in listed(source.get("mountOptions"))})
    for kind in ("hostPath", "local", "nfs", "csi"):
        found = source.get(kind)
        if found is None:
            continue
        if not isinstance(found, Mapping):
            return Mount(where, kind, "/", False, volume, kind, is_known=False)
        if kind == "csi":
            return _driver(manifest, volume, found, where, read_only)
        store = f"nfs {found.get('server')}" if kind == "nfs" else "node"
        return Mount(where, store, str(found.get("path") or "/"), read_only, volume, store)
    return None


def _of_node(workload: Resource, source: Mapping[str, Any]) -> Mount | None:
    """Returns the directory of a volume that a workload defines itself."""
    for kind in ("hostPath", "nfs"):
        found = source.get(kind)
        if isinstance(found, Mapping):
            store = f"nfs {found.get('server')}" if kind == "nfs" else "node"
            path = str(found.get("path") or "/")
            return Mount(home(workload), store, path, False, workload, store)
    return None


def _driver(
    manifest: Manifest,
    volume: Resource,
    csi: Mapping[str, Any],
    where: Home | None,
    read_only: bool,
) -> Mount | None:
    attributes = csi.get("volumeAttributes")
    attributes = attributes if isinstance(attributes, Mapping) else {}
    options = [str(o) for o in listed(spec(volume).get("mountOptions"))]
    handle, driver = str(csi.get("volumeHandle")), str(csi.get("driver"))
    if driver == "s3.csi.aws.com":
        if attributes.get("authenticationSource") == "pod":
            return None  # by the pod's own role: the claims on objects
        prefix = next((o[7:].strip("= ") for o in options if o.startswith("prefix")), "")
        store = f"s3 {attributes.get('bucketName')}"
        return Mount(where, store, f"/{prefix}", read_only, volume, store)
    if driver == "fsx.csi.aws.com":
        # `mountname` may go on with a directory of the file system.
        _, slash, directory = str(attributes.get("mountname") or "").partition("/")
        fileset = next((o.partition("=")[2] for o in options if o.startswith("fileset=")), "")
        path = fileset or slash + directory or "/"
        name = handle.partition("::")[0]
        store = file_system(str(attributes.get("dnsname") or name))
        known = not is_unknown(path) and handle != "None"
        return Mount(where, store, path, read_only, volume, f"Lustre {name}:", known)
    if driver == "efs.csi.aws.com":
        system, _, rest = handle.partition(":")
        path, _, access_point = rest.partition(":")
        root = _access_point(manifest, access_point) if access_point else path or "/"
        store = file_system(system)
        known = root is not None and handle != "None"
        return Mount(where, store, root or "/", read_only, volume, f"EFS {system}:", known)
    return Mount(where, f"{driver} {handle}", "/", read_only, volume, f"{driver} {handle}")


def file_system(text: str) -> str:
    """A file system as it compares: the resource that a symbol names, or the ID with
    which a DNS name begins."""
    symbol = re.fullmatch(r"\$\{(.*)\.\w+\}", text)
    return symbol[1] if symbol else text.partition(".")[0]


def _access_point(manifest: Manifest, access_point: str) -> str | None:
    """Returns the root directory of an EFS access point; `None` where the plan doesn't
    have it."""
    name = file_system(access_point)
    for resource in manifest:
        if catalog.key(resource.type) == "efs.AccessPoint" and resource.name == name:
            root = resource.inputs.get("rootDirectory")
            path = root.get("path") if isinstance(root, Mapping) else "/"
            return path if isinstance(path, str) and "${" not in path else None
    return None


def folder(path: str) -> str:
    """A path as it compares: `/a/b/`."""
    return "/".join(["", *(part for part in path.split("/") if part), ""])
