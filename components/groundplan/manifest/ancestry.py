"""The resource that contains another one."""

from collections.abc import Mapping

from groundplan.manifest.model import Resource


def outermost(resource: Resource, by_urn: Mapping[str, Resource]) -> Resource:
    """Returns the outermost known resource that a resource belongs to: itself without a
    known parent."""
    seen = {resource.urn}
    while resource.parent and resource.parent in by_urn and resource.parent not in seen:
        seen.add(resource.parent)
        resource = by_urn[resource.parent]
    return resource
