"""Finds the container images that a resource names by tag."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.locks.image_reference import is_moving
from groundplan.locks.model import Kind, Lock, Reference
from groundplan.manifest.model import Manifest, Resource

KEYS = frozenset({"image", "imageuri", "trainingimage"})
"""Keys of images, in lower case: Kubernetes' and SageMaker's, also in the JSON of state
machines and of settings that a ConfigMap holds."""


def of(resource: Resource, _manifest: Manifest, lock: Lock) -> Iterator[Reference]:
    """Yields the images that move, or that the lock has resolved."""
    for image in named(resource.inputs):
        if is_moving(image):
            yield Reference(Kind.IMAGE, image)
        else:
            yield from lock.written_as.get((Kind.IMAGE, image), ())


def named(value: Any) -> Iterator[str]:
    """Yields the images in inputs, at any depth and in JSON texts."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if str(key).lower() in KEYS:
                yield from _image(item)
            yield from named(item)
    elif isinstance(value, list):
        for item in value:
            yield from named(item)
    elif isinstance(value, str) and value[:1] in ("{", "["):
        try:
            data = json.loads(value)
        except (ValueError, RecursionError):
            return
        yield from named(data)


def _image(value: Any) -> Iterator[str]:
    """Yields the image of a key: itself, or that of a volume (`image: {reference:
    ...}`)."""
    if isinstance(value, Mapping):
        value = value.get("reference")
    if isinstance(value, str) and "${" not in value:
        yield value
