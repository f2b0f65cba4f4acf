"""Claims on volumes: directories of file systems, and the node's own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan import catalog
from groundplan.manifest.model import Resource
from groundplan.proof.buckets import Bucket
from groundplan.proof.model import Counterexample, Layer, Result, Verdict
from groundplan.proof.plan import Plan
from groundplan.proof.teams import (
    Home,
    Team,
    home,
    is_unknown,
    listed,
    metadata,
    of_kind,
    spec,
)

LEVELS = ("baseline", "restricted")
"""Pod Security Standards that refuse `hostPath` volumes and the host's namespaces."""
ENFORCE = "pod-security.kubernetes.io/enforce"
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
        """Whether one of the directories is in the other."""
        if self.store != other.store:
            return False
        mine, theirs = _folder(self.directory), _folder(other.directory)
        return mine.startswith(theirs) or theirs.startswith(mine)

    def deeper(self, other: "Mount") -> str:
        """The directory of both."""
        return max(_folder(self.directory), _folder(other.directory), key=len)


def volume_claims(plan: Plan, buckets: tuple[Bucket, ...]) -> Iterator[Result]:
    """The verdicts on all claims."""
    mounts = [*_volumes(plan), *_inline(plan)]
    for team in plan.teams:
        for owner in plan.teams:
            if owner.name != team.name and team.homes and owner.homes:
                yield _shared(team, owner, mounts)
        yield from _linked(plan, team, mounts, buckets)
        if team.homes:
            yield _nodes(plan, team)


def _shared(team: Team, owner: Team, mounts: list[Mount]) -> Result:
    """No directory that one team writes and the other mounts."""
    claim = f"{team.name} mounts no directory that {owner.name} writes, and writes none it mounts"
    for mine in (m for m in mounts if _is_of(m, team)):
        for theirs in (m for m in mounts if _is_of(m, owner)):
            both_read = mine.read_only and theirs.read_only
            is_known = mine.is_known and theirs.is_known
            if not is_known or not mine.overlaps(theirs) or both_read:
                continue
            return Result(
                claim,
                Layer.VOLUMES,
                team.name,
                owner.name,
                Verdict.REFUTED,
                Counterexample(
                    f"pods of namespace {(mine.home or team.homes[0]).namespace}",
                    "read" if mine.read_only else "read and write",
                    f"{mine.shown}{mine.deeper(theirs)}",
                    _statement(mine),
                    mine.resource.name,
                    mine.resource.source,
                    path=(f"{owner.name}: {_statement(theirs)} ({theirs.resource.name})",),
                ),
            )
    open_ = [m for m in mounts if not m.is_known and (_is_of(m, team) or _is_of(m, owner))]
    if open_:
        reason = f"the plan doesn't have what {open_[0].resource.name} mounts"
        return Result(claim, Layer.VOLUMES, team.name, owner.name, Verdict.UNKNOWN, reason=reason)
    return Result(claim, Layer.VOLUMES, team.name, owner.name, Verdict.PROVED)


def _linked(
    plan: Plan, team: Team, mounts: list[Mount], buckets: tuple[Bucket, ...]
) -> Iterator[Result]:
    """Of a directory that is linked with a bucket: no other team's folder, and of a
    collection single entries only."""
    for resource in plan.manifest:
        if catalog.key(resource.type) != "fsx.DataRepositoryAssociation":
            continue
        store = str(resource.inputs.get("fileSystemId"))
        linked = _folder(str(resource.inputs.get("fileSystemPath") or "/"))
        path = plan.names.text(str(resource.inputs.get("dataRepositoryPath")))
        name, _, prefix = path.removeprefix("s3://").partition("/")
        bucket = next((b for b in buckets if b.name == name), None)
        if bucket is None:
            continue
        claim = f"{team.name} mounts of {linked} ({bucket.shown}/{prefix}) single entries only"
        found = None
        for mount in mounts:
            if not _is_of(mount, team) or mount.store != store:
                continue
            key = _key(mount, linked, prefix)
            reached = None if key is None else _reached(key, bucket, team)
            if reached is not None:
                found = Counterexample(
                    f"pods of namespace {(mount.home or team.homes[0]).namespace}",
                    "read" if mount.read_only else "read and write",
                    f"{mount.shown}{linked} (s3://{bucket.shown}/{reached})",
                    _statement(mount),
                    mount.resource.name,
                    mount.resource.source,
                    path=(f"linked by {resource.name}",),
                )
                break
        verdict = Verdict.REFUTED if found else Verdict.PROVED
        yield Result(claim, Layer.VOLUMES, team.name, "", verdict, found)


def _key(mount: Mount, linked: str, prefix: str) -> str | None:
    """The keys of the bucket that a mount shows, by what they begin with."""
    directory = _folder(mount.directory)
    if linked.startswith(directory):
        return prefix
    if directory.startswith(linked):
        return prefix + directory.removeprefix(linked)
    return None


def _reached(key: str, bucket: Bucket, team: Team) -> str | None:
    """What the team must not reach of the keys that begin with `key`."""
    for collection in bucket.collections:
        if collection.startswith(key):
            return collection
    for owner, folders in bucket.folders.items():
        for folder in folders if owner != team.name else ():
            if folder.startswith(key) or key.startswith(folder):
                return folder
    return None


def _nodes(plan: Plan, team: Team) -> Result:
    """No way to the node, and with it to the volumes of all pods on it."""
    claim = f"{team.name} does not mount the file system of nodes"
    levels = {
        h: (_labels(r).get(ENFORCE), r)
        for h in team.homes
        for r in of_kind(plan.manifest, "Namespace")
        if metadata(r).get("name") == h.namespace and home(r).cluster == h.cluster
    }
    for here in team.homes:
        level, resource = levels.get(here, (None, None))
        if resource is None:
            reason = f"namespace {here.namespace} is not in the plan"
            return Result(claim, Layer.VOLUMES, team.name, "", Verdict.UNKNOWN, reason=reason)
        if level in LEVELS:
            continue
        return Result(
            claim,
            Layer.VOLUMES,
            team.name,
            "",
            Verdict.REFUTED,
            Counterexample(
                f"pods of namespace {here.namespace}",
                "read and write",
                "hostPath /var/lib/kubelet/pods (the volumes of all pods on the node)",
                f"label {ENFORCE}: {level or 'absent, which is privileged'}",
                resource.name,
                resource.source,
            ),
        )
    return Result(claim, Layer.VOLUMES, team.name, "", Verdict.PROVED)


def _is_of(mount: Mount, team: Team) -> bool:
    return bool(team.homes) and (mount.home is None or mount.home in team.homes)


def _statement(mount: Mount) -> str:
    kind = mount.resource.type.rpartition(":")[2]
    return f"{kind}, {'read-only' if mount.read_only else 'read-write'}"


def _volumes(plan: Plan) -> Iterator[Mount]:
    """The mounts of PersistentVolumes, by the namespace that they are reserved for, or
    whose claim names them."""
    claims: dict[tuple[str, str], list[Resource]] = {}
    for claim in of_kind(plan.manifest, "PersistentVolumeClaim"):
        key = (home(claim).cluster, str(spec(claim).get("volumeName")))
        claims.setdefault(key, []).append(claim)
    for volume in of_kind(plan.manifest, "PersistentVolume"):
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
            mount = _mount(volume, spec(volume), where)
            if mount is not None:
                yield mount


def _inline(plan: Plan) -> Iterator[Mount]:
    """The volumes that workloads of the plan define themselves."""
    for workload in of_kind(plan.manifest, *WORKLOADS):
        for volume in _pod_volumes(spec(workload)):
            mount = _mount(workload, volume, home(workload))
            if mount is not None:
                yield mount


def _pod_volumes(value: Any) -> Iterator[Mapping[str, Any]]:
    """The `volumes` of the pod template that is somewhere in a workload's spec."""
    if isinstance(value, Mapping):
        volumes = value.get("volumes")
        if isinstance(volumes, list) and "containers" in value:
            yield from (v for v in volumes if isinstance(v, Mapping))
        for item in value.values():
            yield from _pod_volumes(item)


def _mount(resource: Resource, source: Mapping[str, Any], where: Home | None) -> Mount | None:
    """The directory of a volume's source; `None` for one that is nobody else's."""
    modes = source.get("accessModes")
    read_only = isinstance(modes, list) and set(modes) == {"ReadOnlyMany"}
    for kind in ("hostPath", "local", "nfs", "csi"):
        found = source.get(kind)
        if found is not None and not isinstance(found, Mapping):
            return Mount(where, kind, "/", False, resource, kind, is_known=False)
        if found is None:
            continue
        read_only = read_only or found.get("readOnly") is True
        if kind == "csi":
            return _driver(resource, source, found, where, read_only)
        server = "" if kind != "nfs" else str(found.get("server"))
        store = f"nfs {server}" if server else "node"
        path = str(found.get("path") or "/")
        return Mount(where, store, path, read_only, resource, store)
    return None


def _driver(
    resource: Resource,
    source: Mapping[str, Any],
    csi: Mapping[str, Any],
    where: Home | None,
    read_only: bool,
) -> Mount | None:
    attributes = csi.get("volumeAttributes")
    attributes = attributes if isinstance(attributes, Mapping) else {}
    options = [str(o) for o in listed(source.get("mountOptions"))]
    read_only = read_only or bool({"ro", "read-only"} & set(options))
    handle = str(csi.get("volumeHandle"))
    driver = str(csi.get("driver"))
    if driver == "s3.csi.aws.com":
        if attributes.get("authenticationSource") == "pod":
            return None  # by the pod's own role: the claims on objects
        prefix = next((o[7:].strip("= ") for o in options if o.startswith("prefix")), "")
        store = f"s3 {attributes.get('bucketName')}"
        return Mount(where, store, f"/{prefix}", read_only, resource, store)
    if driver == "fsx.csi.aws.com":
        store, _, _ = handle.partition("::")
        # `mountname` may go on with a directory of the file system.
        _, slash, directory = str(attributes.get("mountname") or "").partition("/")
        fileset = next((o.partition("=")[2] for o in options if o.startswith("fileset=")), "")
        path = fileset or slash + directory or "/"
        return Mount(
            where,
            store,
            path,
            read_only,
            resource,
            f"Lustre {store}:",
            is_known=not is_unknown(path) and handle != "None",
        )
    if driver == "efs.csi.aws.com":
        system, _, rest = handle.partition(":")
        path, _, access_point = rest.partition(":")
        path = f"/access points/{access_point}" if access_point else path or "/"
        return Mount(where, system, path, read_only, resource, f"EFS {system}:")
    return Mount(where, f"{driver} {handle}", "/", read_only, resource, f"{driver} {handle}")


def _labels(resource: Resource) -> Mapping[str, Any]:
    labels = metadata(resource).get("labels")
    return labels if isinstance(labels, Mapping) else {}


def _folder(path: str) -> str:
    """A path as it compares: `/a/b/`."""
    return "/".join(["", *(part for part in path.split("/") if part), ""])
