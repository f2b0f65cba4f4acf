"""Which component a cost belongs to: by the tags that the plan's resources have."""

from collections.abc import Mapping
from typing import Any

from groundplan.cost.spending.bill import COMPONENT
from groundplan.manifest.model import Manifest, Resource

NOT_OWN = ("groundplan:", "aws:", "kubernetes.io/", "eks:")


def tags_of(resource: Resource) -> Mapping[str, str]:
    """Returns the tags of a resource that the plan knows, by key."""
    found = resource.inputs.get("tags")
    if isinstance(found, Mapping):
        return {str(k): v for k, v in found.items() if isinstance(v, str) and "${" not in v}
    return {}


def components_by_tag(manifest: Manifest) -> dict[str, str]:
    """Value of the tag `groundplan:component` -> the top-level component that it is
    part of: the key of a bucket has a name of its own."""
    found: dict[str, str] = {}
    for resource in sorted(manifest, key=lambda each: each.urn):
        value = tags_of(resource).get(COMPONENT)
        if value:
            found.setdefault(value, top(resource, manifest).name)
    return found


def component(urn: str, own: str, manifest: Manifest, tops: Mapping[str, str]) -> str:
    """Returns the component that a charge is compared under: that of its tag, as it is
    billed, else its `own` one in the plan."""
    resource = manifest.by_urn.get(urn)
    tag = tags_of(resource).get(COMPONENT, "") if resource else ""
    return tops.get(tag, own)


def top(resource: Resource, manifest: Manifest) -> Resource:
    """Returns the topmost component that a resource is part of, or the resource
    itself."""
    seen = {resource.urn}
    while resource.parent and resource.parent not in seen:
        parent = manifest.by_urn.get(resource.parent)
        if parent is None or parent.type == "pulumi:pulumi:Stack":
            break
        resource = parent
        seen.add(resource.urn)
    return resource


def environment_tags(manifest: Manifest) -> dict[str, str]:
    """Returns the environment's own tags: those that all tagged resources share."""
    shared: dict[str, str] | None = None
    for resource in manifest:
        tags = tags_of(resource)
        if not resource.custom or COMPONENT not in tags:
            continue
        own = {k: v for k, v in tags.items() if k != "Name" and not k.startswith(NOT_OWN)}
        shared = own if shared is None else {k: v for k, v in shared.items() if own.get(k) == v}
    return shared or {}


def tagged(manifest: Manifest, value: str) -> list[Resource]:
    """Returns the resources whose tag `groundplan:component` is `value`."""
    return [
        resource
        for resource in sorted(manifest, key=lambda each: each.urn)
        if tags_of(resource).get(COMPONENT) == value
    ]


def untagged_charges(manifest: Manifest, charged: Mapping[str, Any]) -> list[str]:
    """Returns the names of what the estimate has a charge for (by URN) and the plan no
    tag: AWS bills it without a component."""
    return sorted(
        manifest.by_urn[urn].name
        for urn in charged
        if urn in manifest.by_urn and COMPONENT not in tags_of(manifest.by_urn[urn])
    )
