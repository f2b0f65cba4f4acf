"""The changes that reach resources through their provider: another region, other
default tags.

The AWS provider writes its region and its default tags into each resource (`region` and
`tagsAll`, which are computed where the program doesn't set them), so that they change
with the provider (pulumi-aws#5656; terraform-provider-aws, Guide to Enhanced Region
Support).
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from groundplan.diff.changes import ABSENT, PropertyChange
from groundplan.diff.pending_changes import PendingChange
from groundplan.manifest import documents
from groundplan.manifest.model import Resource
from groundplan.manifest.property_paths import key as path_of
from groundplan.manifest.property_paths import keys_of

REGION, TAGS_ALL, NAMESPACE = "region", "tagsAll", "metadata.namespace"

MUTABLE: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "kubernetes:core/v1:ConfigMap": ("enableConfigMapMutable", ("data", "binaryData")),
    "kubernetes:core/v1:Secret": ("enableSecretMutable", ("data", "stringData")),
}
"""Type -> the provider's option by which its data is updated in place, and the data."""

CLUSTER_SCOPED = frozenset(
    {
        *("Namespace", "Node", "PersistentVolume", "StorageClass", "VolumeAttachment", "CSINode"),
        *("ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "APIService"),
        *("CSIDriver", "IngressClass", "RuntimeClass", "PriorityClass", "FlowSchema"),
        *("PriorityLevelConfiguration", "CertificateSigningRequest", "ComponentStatus"),
        *("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "DeviceClass"),
        *("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "VolumeAttributesClass"),
    }
)
"""Kinds without a namespace (`kubectl api-resources --namespaced=false`, 1.34)."""

CORE_GROUPS = frozenset(
    f"kubernetes:{group}"
    for group in (
        *("core", "apps", "batch", "autoscaling", "policy", "networking.k8s.io"),
        *("rbac.authorization.k8s.io", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io"),
    )
)
"""API groups whose other kinds all have a namespace; of a custom resource it isn't
known."""


def add(
    pending: PendingChange,
    old: Resource | None,
    new: Resource | None,
    tagged_types: Collection[str],
) -> None:
    """Adds what a change from the provider `old` to `new` means for a resource."""
    if old is None or new is None:
        return
    if pending.after.type.startswith("kubernetes:"):
        _add_namespace(pending, old, new)
        _keep_mutable(pending, new)
    if not pending.after.type.startswith("aws:"):
        return
    _add_region(pending, old, new)
    if pending.after.type in tagged_types:
        _add_tags(pending, old, new)


def _keep_mutable(pending: PendingChange, provider: Resource) -> None:
    """Updates data in place where the provider's configuration says so, and the object
    isn't immutable (pulumi-kubernetes, provider/pkg/provider/diff.go)."""
    option, names = MUTABLE.get(pending.after.type, ("", ()))
    if not option or pending.after.inputs.get("immutable") is True:
        return
    if str(provider.inputs.get(option)).lower() != "true" or pending.after.option(
        "replaceOnChanges"
    ):
        return
    pending.properties = [
        replace(change, replaces=False)
        if keys_of(change.path.split(":")[0])[0] in names
        else change
        for change in pending.properties
    ]


def regions(pending: PendingChange, old: Resource, new: Resource) -> tuple[str, str] | None:
    """Returns the region of a resource before and after; `None` where one isn't
    known."""
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


def _add_namespace(pending: PendingChange, old: Resource, new: Resource) -> None:
    """Adds the change of the namespace that objects without one are in."""
    before, after = (provider.inputs.get("namespace") or "default" for provider in (old, new))
    sides = [_metadata(side) for side in (pending.before, pending.after)]
    kind = pending.after.type.rsplit(":", 1)[-1]
    if before == after or None in sides or kind in CLUSTER_SCOPED:
        return
    if any(side and side.get("namespace") for side in sides):
        return
    replaces = True if pending.after.type.split("/")[0] in CORE_GROUPS else None
    pending.properties.append(PropertyChange(NAMESPACE, before, after, replaces))


def _metadata(resource: Resource) -> Mapping[str, Any] | None:
    """Returns the metadata of an object; `None` where it isn't known, or it is no
    object."""
    if "helm.sh" in resource.type:
        return None
    metadata = resource.inputs.get("metadata") or {}
    return metadata if isinstance(metadata, Mapping) else None


def _default_tags(provider: Resource) -> Mapping[str, Any] | None:
    """Returns the default tags of a provider; `None` where they aren't known."""
    value = provider.inputs.get("defaultTags")
    if value is None:
        return {}
    if isinstance(value, str):  # as an explicit provider has it
        value = documents.parse_json(value)
    tags = value.get("tags", {}) if isinstance(value, Mapping) else None
    return tags if isinstance(tags, Mapping) else None


def _ignores(pending: PendingChange, name: str) -> bool:
    return name in (pending.after.option("ignoreChanges") or ())
