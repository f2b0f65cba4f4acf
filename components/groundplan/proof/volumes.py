"""Claims on volumes: directories of file systems, and the node's own."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundplan import catalog, s3_uris
from groundplan.manifest.model import Resource
from groundplan.proof.buckets import Bucket
from groundplan.proof.model import Counterexample, Layer, Result, Verdict
from groundplan.proof.mounts import Mount, file_system, folder, mounts_of
from groundplan.proof.plan import Plan
from groundplan.proof.teams import (
    Team,
    home,
    metadata,
    of_kind,
)

LEVELS = ("baseline", "restricted")
"""Pod Security Standards that refuse `hostPath` volumes and the host's namespaces."""
ENFORCE = "pod-security.kubernetes.io/enforce"


def volume_claims(plan: Plan, buckets: tuple[Bucket, ...]) -> Iterator[Result]:
    """Yields the verdicts on all claims."""
    mounts = tuple(mounts_of(plan.manifest))
    for team in plan.teams:
        for owner in plan.teams:
            if owner.name != team.name and team.homes and owner.homes:
                yield _shared(team, owner, mounts)
        yield from _linked(plan, team, mounts, buckets)
        yield from _of_buckets(plan, team, mounts, buckets)
        if team.homes:
            yield _nodes(plan, team)


def _shared(team: Team, owner: Team, mounts: Sequence[Mount]) -> Result:
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
                _counterexample(
                    mine,
                    team,
                    f"{mine.shown}{mine.deeper(theirs)}",
                    (f"{owner.name}: {_statement(theirs)} ({theirs.resource.name})",),
                ),
            )
    open_ = [m for m in mounts if not m.is_known and (_is_of(m, team) or _is_of(m, owner))]
    if open_:
        reason = f"the plan doesn't have what {open_[0].resource.name} mounts"
        return Result(claim, Layer.VOLUMES, team.name, owner.name, Verdict.UNKNOWN, reason=reason)
    return Result(claim, Layer.VOLUMES, team.name, owner.name, Verdict.PROVED)


def _linked(
    plan: Plan, team: Team, mounts: Sequence[Mount], buckets: tuple[Bucket, ...]
) -> Iterator[Result]:
    """Of a directory that is linked with a bucket: no other team's folder, and of a
    collection single entries only."""
    for resource in plan.manifest:
        if catalog.key(resource.type) != "fsx.DataRepositoryAssociation":
            continue
        store = file_system(str(resource.inputs.get("fileSystemId")))
        linked = folder(str(resource.inputs.get("fileSystemPath") or "/"))
        path = plan.names.text(str(resource.inputs.get("dataRepositoryPath")))
        name, prefix = s3_uris.split(path)
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
                shown = f"{mount.shown}{linked} (s3://{bucket.shown}/{reached})"
                found = _counterexample(mount, team, shown, (f"linked by {resource.name}",))
                break
        verdict = Verdict.REFUTED if found else Verdict.PROVED
        yield Result(claim, Layer.VOLUMES, team.name, "", verdict, found)


def _counterexample(
    mount: Mount, team: Team, shown: str, path: tuple[str, ...] = ()
) -> Counterexample:
    """Returns what a team's pods do with data that a mount shows them."""
    return Counterexample(
        f"pods of namespace {(mount.home or team.homes[0]).namespace}",
        "read" if mount.read_only else "read and write",
        shown,
        _statement(mount),
        mount.resource.name,
        mount.resource.source,
        path=path,
    )


def _of_buckets(
    plan: Plan, team: Team, mounts: Sequence[Mount], buckets: tuple[Bucket, ...]
) -> Iterator[Result]:
    """Of a bucket that the driver mounts by a role of its own: as of a linked
    directory."""
    for bucket in buckets:
        own = [
            mount
            for mount in mounts
            if _is_of(mount, team)
            and mount.store.startswith("s3 ")
            and plan.names.text(mount.store.removeprefix("s3 ")) == bucket.name
        ]
        found = None
        for mount in own:
            reached = _reached(folder(mount.directory).lstrip("/"), bucket, team)
            if reached is not None:
                found = _counterexample(mount, team, f"s3://{bucket.shown}/{reached}")
                break
        if own:
            claim = f"{team.name} mounts single entries of {bucket.shown} only"
            verdict = Verdict.REFUTED if found else Verdict.PROVED
            yield Result(claim, Layer.VOLUMES, team.name, "", verdict, found)


def _key(mount: Mount, linked: str, prefix: str) -> str | None:
    """Returns the keys of the bucket that a mount shows, by what they begin with."""
    directory = folder(mount.directory)
    if linked.startswith(directory):
        return prefix
    if directory.startswith(linked):
        return prefix + directory.removeprefix(linked)
    return None


def _reached(key: str, bucket: Bucket, team: Team) -> str | None:
    """Returns what the team must not reach of the keys that begin with `key`."""
    for collection in bucket.collections:
        if collection.startswith(key):
            return collection
    for owner, folders in bucket.folders.items():
        for other in folders if owner != team.name else ():
            if other.startswith(key) or key.startswith(other):
                return other
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


def _labels(resource: Resource) -> Mapping[str, Any]:
    labels = metadata(resource).get("labels")
    return labels if isinstance(labels, Mapping) else {}
