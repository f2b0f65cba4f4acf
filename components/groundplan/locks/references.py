"""Finds the moving references of a manifest."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.locks.image_reference import is_moving
from groundplan.locks.model import Kind, Lock, Reference
from groundplan.manifest.model import Manifest, Resource

IMAGE_KEYS = frozenset({"image", "imageuri", "trainingimage"})
"""Keys of images, in lower case: Kubernetes' and SageMaker's, also in the JSON of state
machines and of settings that a ConfigMap holds."""


def of(manifest: Manifest, lock: Lock) -> dict[Reference, str]:
    """The references that move, or that the lock has resolved, by their names in the
    order of names; and the name of the first resource that has each."""
    found: dict[Reference, str] = {}
    for resource in manifest:
        for reference in _of_resource(resource, lock):
            found.setdefault(reference, resource.name)
    return dict(sorted(found.items()))


def _of_resource(resource: Resource, lock: Lock) -> Iterator[Reference]:
    for image in images(resource.inputs):
        if is_moving(image):
            yield Reference(Kind.IMAGE, image)
        else:
            yield from lock.written_as.get((Kind.IMAGE, image), ())


def images(value: Any) -> Iterator[str]:
    """The images in inputs, at any depth and in JSON texts."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if str(key).lower() in IMAGE_KEYS:
                yield from _named(item)
            yield from images(item)
    elif isinstance(value, list):
        for item in value:
            yield from images(item)
    elif isinstance(value, str) and value[:1] in ("{", "["):
        try:
            data = json.loads(value)
        except (ValueError, RecursionError):
            return
        yield from images(data) if not isinstance(data, str) else ()


def _named(value: Any) -> Iterator[str]:
    """The image of a key: itself, or that of a volume (`image: {reference: ...}`)."""
    if isinstance(value, Mapping):
        value = value.get("reference")
    if isinstance(value, str) and "${" not in value:
        yield value
