"""What `pulumi destroy` would delete, refuse and leave: the risks of a change to
nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from groundplan import catalog
from groundplan.catalog.resource_type import DataStore, Service
from groundplan.diff.comparison import compare
from groundplan.manifest.model import Manifest, Resource
from groundplan.risk import analysis
from groundplan.risk.context import at, flag
from groundplan.risk.data_loss import DATA_LOSS
from groundplan.risk.risk import Level, Risk

KEYS = ("kms.Key", "kms.ReplicaKey", "kms.ExternalKey", "kms.ReplicaExternalKey")
ALIAS = "kms.Alias"
CLUSTER = "eks.Cluster"


@dataclass(frozen=True)
class Destruction:
    """What a destroy of a stack comes to."""

    stack: str
    refused: tuple[Resource, ...]
    """Protected resources: the engine deletes nothing while there are any."""
    stuck: tuple[Resource, ...]
    """What AWS refuses to delete, by a deletion protection of its own or while it is
    not empty: a destroy begins, and stops there."""
    lost: tuple[Risk, ...]
    """Data that is deleted, worst first; with protected resources, only if the engine
    begins all the same (`--skip-preview`)."""
    left: tuple[Resource, ...]
    """Resources that are retained: they stay in the account, at their price."""
    snapshots: tuple[Resource, ...]
    """Data stores of which a last snapshot or backup stays, at its price."""
    unreadable: tuple[tuple[Resource, Resource], ...]
    """Retained data, and the key that encrypts it and is deleted."""
    clusters: tuple[Resource, ...]
    """Clusters, whose controllers create volumes and load balancers that no stack
    has."""
    stopped: tuple[Risk, ...]
    """What others rely on, and is deleted."""

    @property
    def is_harmless(self) -> bool:
        """Whether it is not refused, and neither loses nor leaves anything."""
        return not (self.refused or self.stuck or self.lost or self.left or self.snapshots)


def destruction(manifest: Manifest) -> Destruction:
    """Returns what a destroy of all resources comes to."""
    nothing = replace(manifest, resources=(), outputs={})
    risks = analysis.analyze(compare(manifest, nothing, "destroy"), manifest, nothing)
    left = tuple(r for r in manifest if r.custom and _is_retained(r))
    refused = tuple(r for r in manifest if r.custom and r.option("protect"))
    stays = {resource.urn for resource in (*left, *refused)}
    deleted = [r for r in manifest if r.custom and r.urn not in stays]
    return Destruction(
        manifest.stack,
        refused,
        tuple(filter(_is_stuck, deleted)),
        tuple(
            r
            for r in risks
            if r.kind == DATA_LOSS and r.level is not Level.LOW and r.urn not in stays
        ),
        left,
        tuple(filter(_leaves_snapshot, deleted)),
        tuple(_unreadable(manifest, left)),
        tuple(r for r in manifest if catalog.key(r.type) == CLUSTER),
        tuple(r for r in risks if r.kind == "downtime" and r.level is not Level.LOW),
    )


def _is_retained(resource: Resource) -> bool:
    """Returns whether it leaves the state only: by Pulumi's option, or by an input of
    its own (`skipDestroy`)."""
    if resource.option("retainOnDelete"):
        return True
    entry = catalog.find(resource.type)
    parts: list[DataStore | Service | None] = [entry.data, entry.service] if entry else []
    inputs = {"skipDestroy", *(part.retained_if for part in parts if part and part.retained_if)}
    return any(flag(at(resource.inputs, name)) for name in inputs)


def _is_stuck(resource: Resource) -> bool:
    """Returns whether AWS refuses its deletion."""
    entry = catalog.find(resource.type)
    if entry is None:
        return False
    data = entry.data
    parts: list[DataStore | Service | None] = [data, entry.service]
    guards = {part.deletion_protection for part in parts if part}
    if any(flag(at(resource.inputs, guard)) for guard in guards if guard):
        return True
    contents = data.deletes_contents_if if data else ""
    return bool(contents) and not flag(at(resource.inputs, contents))


def _leaves_snapshot(resource: Resource) -> bool:
    """Returns whether its deletion takes a last snapshot, or retains its backups."""
    if flag(at(resource.inputs, "deleteAutomatedBackups")) is False:
        return True
    entry = catalog.find(resource.type)
    store = entry.data if entry else None
    if store is None or not store.skips_snapshot_if:
        return False
    path, start = store.never_snapshots_if
    if path and str(at(resource.inputs, path)).startswith(start):
        return False
    skips = flag(at(resource.inputs, store.skips_snapshot_if))
    return not (store.skips_snapshot_default if skips is None else skips)


def _deleted_keys(manifest: Manifest) -> dict[str, Resource]:
    """Returns the URN of each key that is deleted, and of each alias of one -> the
    key."""
    keys = {
        r.urn: r
        for r in manifest
        if catalog.key(r.type) in KEYS and not _is_retained(r) and not r.option("protect")
    }
    aliases = {
        alias.urn: keys[urn]
        for alias in manifest
        if catalog.key(alias.type) == ALIAS
        for urns in alias.property_dependencies.values()
        for urn in urns
        if urn in keys
    }
    return {**keys, **aliases}


def _unreadable(
    manifest: Manifest, left: tuple[Resource, ...]
) -> Iterator[tuple[Resource, Resource]]:
    deleted = _deleted_keys(manifest)
    settings: dict[str, list[Resource]] = {}
    for resource in manifest:  # the encryption of a bucket is a resource beside it
        for urns in resource.property_dependencies.values():
            for urn in urns:
                settings.setdefault(urn, []).append(resource)
    for resource in left:
        entry = catalog.find(resource.type)
        if entry is None or entry.data is None:
            continue
        beside = [r for r in settings.get(resource.urn, ()) if "ncryption" in r.type]
        for user in (resource, *beside):
            for urns in user.property_dependencies.values():
                yield from ((resource, deleted[urn]) for urn in urns if urn in deleted)
