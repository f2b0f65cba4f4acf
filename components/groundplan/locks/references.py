"""Finds the moving references of a manifest."""

from collections.abc import Callable, Iterator, Mapping

from groundplan.locks import addons, charts, images, node_images
from groundplan.locks.model import Kind, Lock, Reference
from groundplan.manifest.model import Manifest, Resource

FINDERS: tuple[Callable[[Resource, Manifest, Lock], Iterator[Reference]], ...] = (
    addons.of,
    charts.of,
    images.of,
    node_images.of,
)


def unapplied(manifest: Manifest, lock: Lock) -> frozenset[Reference]:
    """Returns the references that the lock has and that the program deploys as they are
    written."""
    written = of(manifest, Lock())
    moving = {each for each in written if each.kind in (Kind.IMAGE, Kind.NODE_IMAGE)}
    return frozenset((moving | set(charts.by_tag(manifest))) & set(lock.by_reference))


def of(manifest: Manifest, lock: Lock) -> Mapping[Reference, Resource]:
    """Returns the references that move, or that the lock has resolved, as they are
    written and in their order; and the first resource that has each."""
    found: dict[Reference, Resource] = {}
    for resource in manifest:
        for finder in FINDERS:
            for reference in finder(resource, manifest, lock):
                found.setdefault(reference, resource)
    return dict(sorted(found.items(), key=lambda pair: pair[0]))
