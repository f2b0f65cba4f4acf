"""What the architecture promises of every resource that an environment registers."""

from collections.abc import Iterator
from typing import Any

from groundplan.manifest.model import Manifest, Resource

OWN = "groundplan:index:"

WITHOUT_TAGS = frozenset({
    # Named apart because AWS, or the provider, has no tags on them.
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
})  # fmt: skip


def broken(manifest: Manifest) -> Iterator[str]:
    """Returns a text for each promise that a manifest does not hold."""
    by_urn = {resource.urn: resource for resource in manifest.resources}
    seen: set[tuple[str, str]] = set()
    for resource in manifest.resources:
        key = (resource.type, resource.name)
        if key in seen:
            yield f"{resource.type} {resource.name} is registered twice"
        seen.add(key)
        parent = by_urn.get(resource.parent or "")
        yield from _of_child(resource, parent)
        if resource.custom:
            yield from _of_tags(resource)


def _of_child(resource: Resource, parent: Resource | None) -> Iterator[str]:
    if not resource.custom or resource.type.startswith("pulumi:"):
        return
    if parent is None or parent.type.startswith("pulumi:pulumi:Stack"):
        yield f"{resource.type} {resource.name} is no child of a component"
        return
    component = parent
    if component.type.startswith(OWN) and not resource.name.startswith(f"{component.name}-"):
        yield f"{resource.name} is not named after its component {component.name}"


def _of_tags(resource: Resource) -> Iterator[str]:
    tags: Any = resource.inputs.get("tags")
    if not resource.type.startswith("aws:") or not isinstance(tags, dict):
        return
    if resource.type not in WITHOUT_TAGS and "groundplan:component" not in tags:
        yield f"{resource.type} {resource.name} has no tag with its component"
    if len(tags) > 50:
        yield f"{resource.type} {resource.name} has {len(tags)} tags"
