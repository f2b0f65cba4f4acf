"""The changes that reach resources through their provider: another region, other
default tags.

The AWS provider writes its region and its default tags into each resource (`region` and
`tagsAll`, which are computed where the program doesn't set them), so that they change
with the provider (pulumi-aws#5656; terraform-provider-aws, Guide to Enhanced Region
Support).
"""

from collections.abc import Collection, Mapping
from typing import Any

from groundplan.diff.changes import ABSENT, PropertyChange
from groundplan.diff.pending_changes import PendingChange
from groundplan.manifest import documents
from groundplan.manifest.model import Resource
from groundplan.manifest.property_paths import key as path_of

REGION, TAGS_ALL = "region", "tagsAll"


def add(
    pending: PendingChange,
    old: Resource | None,
    new: Resource | None,
    tagged_types: Collection[str],
) -> None:
    """Adds what a change from the provider `old` to `new` means for a resource."""
    if old is None or new is None or not pending.after.type.startswith("aws:"):
        return
    _add_region(pending, old, new)
    if pending.after.type in tagged_types:
        _add_tags(pending, old, new)


def regions(pending: PendingChange, old: Resource, new: Resource) -> tuple[str, str] | None:
    """The region of a resource before and after; `None` where one isn't known."""
    before = _region(pending.before, old)
    after = _region(pending.after, new)
    return (before, after) if before and after else None


def _region(resource: Resource, provider: Resource) -> str:
    region = resource.inputs.get(REGION) or provider.inputs.get(REGION)
    return region if isinstance(region, str) and "${" not in region else ""


def _add_region(pending: PendingChange, old: Resource, new: Resource) -> None:
    known = regions(pending, old, new)
    is_regional = any(keys == (REGION,) for keys in pending.facts.properties)
    if known is None or not is_regional or _ignores(pending, REGION):
        return
    listed = [change for change in pending.properties if change.path == REGION]
    if not listed and known[0] == known[1]:
        return
    sides = (listed[0].old, listed[0].new) if listed else known
    change = PropertyChange(REGION, sides[0], sides[1], replaces=known[0] != known[1])
    others = [each for each in pending.properties if each.path != REGION]
    pending.properties = sorted([*others, change], key=lambda each: each.path)


def _add_tags(pending: PendingChange, old: Resource, new: Resource) -> None:
    before, after = _default_tags(old), _default_tags(new)
    if before == after or _ignores(pending, TAGS_ALL):
        return
    if before is None or after is None:
        whole = [side.inputs.get("defaultTags", ABSENT) for side in (old, new)]
        pending.properties.append(PropertyChange(TAGS_ALL, whole[0], whole[1], False))
        return
    for name in sorted({*before, *after}):
        sides = before.get(name, ABSENT), after.get(name, ABSENT)
        own = pending.before.inputs.get("tags"), pending.after.inputs.get("tags")
        is_own = any(isinstance(tags, Mapping) and name in tags for tags in own)
        if sides[0] != sides[1] and not is_own:
            pending.properties.append(PropertyChange(path_of(TAGS_ALL, name), *sides, False))


def _default_tags(provider: Resource) -> Mapping[str, Any] | None:
    """The default tags of a provider; `None` where they aren't known."""
    value = provider.inputs.get("defaultTags")
    if value is None:
        return {}
    if isinstance(value, str):  # as an explicit provider has it
        value = documents.parse_json(value)
    tags = value.get("tags", {}) if isinstance(value, Mapping) else None
    return tags if isinstance(tags, Mapping) else None


def _ignores(pending: PendingChange, name: str) -> bool:
    return name in (pending.after.option("ignoreChanges") or ())
