"""Replacements that surprise: what a reader should know of them, and which of them are
none."""

from collections.abc import Iterator

from groundplan.diff.changes import PropertyChange
from groundplan.diff.pending_changes import Draft

ONCE = {
    "aws:eks/cluster:Cluster": {
        "accessConfig.bootstrapClusterCreatorAdminPermissions",
        "bootstrapSelfManagedAddons",
    }
}
"""Properties that only say how a resource is made: a change does nothing but replace it
(EKS API reference, CreateCluster)."""

WITHOUT_EFFECT = {"aws:sagemaker/model:Model": ("vpcConfig",)}
"""Properties that the provider takes in place and does nothing with: AWS can't change
them, and no replacement is announced.

The update of a model is `Tags only` (terraform-provider-aws,
internal/service/sagemaker/model.go).
"""

IMAGES = {"ami", "imageId", "amiId", "launchConfiguration", "ebsBlockDevices.snapshotId"}
"""Properties that are often looked up, so that each new release of the image is a
change (pulumi-eks#862)."""

LOOKUPS = ("get", "aws.")
"""What the symbols of lookups begin with: `${getAmi(...).id}`."""

CONFIGURATION = ("kubernetes:core/v1:ConfigMap", "kubernetes:core/v1:Secret")


def notes(draft: Draft) -> Iterator[str]:
    """What a reader should know of a change: of one that replaces, and of one that
    should."""
    if not draft.replaced:
        for name in WITHOUT_EFFECT.get(draft.after.type, ()):
            if any(change.path.split(".")[0] == name for change in draft.properties):
                yield f"the provider does nothing with a change of {name}: replace_on_changes makes a new one"
    else:
        yield from _surprises(draft)
        yield from _order(draft)


def _surprises(draft: Draft) -> Iterator[str]:
    causes = [change for change in draft.properties if change.replaces]
    for change in causes:
        if change.path in ONCE.get(draft.after.type, ()):
            yield f"{change.path} only says how it is created: ignore_changes on it keeps the resource as it is"
        elif _looked_up(change):
            yield f"{change.path} comes from a lookup, whose every new answer replaces it: pin it, or ignore its changes"
    if draft.after.type in CONFIGURATION and not _given_name(draft) and _data_only(causes):
        yield "its name is made up, so a new one is made first and what refers to it follows"


def _looked_up(change: PropertyChange) -> bool:
    is_image = change.path.split("[")[0] in IMAGES
    return (
        is_image
        and isinstance(change.new, str)
        and change.new.startswith(tuple("${" + word for word in LOOKUPS))
    )


def _data_only(causes: list[PropertyChange]) -> bool:
    return all(
        change.path.split(".")[0].split(":")[0] in ("data", "stringData", "binaryData")
        for change in causes
    )


def _order(draft: Draft) -> Iterator[str]:
    """Whether the old one goes before the new one comes."""
    if draft.after.option("deleteBeforeReplace"):
        yield "deleted before the new one is made (deleteBeforeReplace)"
    elif deleted_first(draft):
        yield "deleted before the new one is made, as its name stays the same"


def deleted_first(draft: Draft) -> bool:
    """Whether a resource that is replaced goes before the new one comes: by its option,
    else where its name stays."""
    wanted = draft.after.option("deleteBeforeReplace")
    if wanted is not None:
        return bool(wanted)
    return any(change.replaces for change in draft.properties) and _given_name(draft)


def _given_name(draft: Draft) -> bool:
    """Whether it has a physical name of its own that doesn't change: the provider then
    deletes it first."""
    keys = draft.facts.named
    values = []
    for side in (draft.before.inputs, draft.after.inputs):
        value = side
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None  # type: ignore[assignment]
        values.append(value)
    return bool(keys) and isinstance(values[0], str) and values[0] == values[1]
