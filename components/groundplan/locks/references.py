"""Finds the moving references of a manifest."""

from collections.abc import Callable, Iterator, Mapping

from groundplan.locks import images, node_images
from groundplan.locks.model import Lock, Reference
from groundplan.manifest.model import Manifest, Resource

FINDERS: tuple[Callable[[Resource, Manifest, Lock], Iterator[Reference]], ...] = (
    images.of,
    node_images.of,
)


def of(manifest: Manifest, lock: Lock) -> Mapping[Reference, Resource]:
    """The references that move, or that the lock has resolved, as they are written and
    in their order; and the first resource that has each."""
    found: dict[Reference, Resource] = {}
    for resource in manifest:
        for finder in FINDERS:
            for reference in finder(resource, manifest, lock):
                found.setdefault(reference, resource)
    return dict(sorted(found.items(), key=lambda pair: pair[0]))
