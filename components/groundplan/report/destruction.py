"""What `pulumi destroy` would delete, refuse and leave: the risks of a change to
nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from groundplan import catalog
from groundplan.diff.comparison import compare
from groundplan.manifest.model import Manifest, Resource
from groundplan.risk import analysis
from groundplan.risk.data_loss import DATA_LOSS
from groundplan.risk.risk import Level, Risk

KEY = "kms.Key"
CLUSTER = "eks.Cluster"


@dataclass(frozen=True)
class Destruction:
    """What a destroy of a stack comes to."""

    stack: str
    refused: tuple[Resource, ...]
    """Protected resources: the engine deletes nothing while there are any."""
    lost: tuple[Risk, ...]
    """Data that is deleted, worst first; with protected resources, only if the engine
    begins all the same (`--skip-preview`)."""
    left: tuple[Resource, ...]
    """Resources that are retained: they stay in the account, at their price."""
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
        return not (self.refused or self.lost or self.left)


def destruction(manifest: Manifest) -> Destruction:
    """Returns what a destroy of all resources comes to."""
    nothing = replace(manifest, resources=(), outputs={})
    risks = analysis.analyze(compare(manifest, nothing, "destroy"), manifest, nothing)
    left = tuple(r for r in manifest if r.custom and r.option("retainOnDelete"))
    refused = tuple(r for r in manifest if r.custom and r.option("protect"))
    stays = {resource.urn for resource in (*left, *refused)}
    return Destruction(
        manifest.stack,
        refused,
        tuple(
            r
            for r in risks
            if r.kind == DATA_LOSS and r.level is not Level.LOW and r.urn not in stays
        ),
        left,
        tuple(_unreadable(manifest, left)),
        tuple(r for r in manifest if catalog.key(r.type) == CLUSTER),
        tuple(r for r in risks if r.kind == "downtime" and r.level is not Level.LOW),
    )


def _unreadable(
    manifest: Manifest, left: tuple[Resource, ...]
) -> Iterator[tuple[Resource, Resource]]:
    deleted = {
        r.urn: r
        for r in manifest
        if catalog.key(r.type) == KEY and not r.option("retainOnDelete") and not r.option("protect")
    }
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
