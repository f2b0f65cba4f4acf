"""Notes on replacements that are commonly unexpected, on their order, and on changes
that the provider ignores."""

from collections.abc import Iterator, Sequence

from groundplan import catalog
from groundplan.diff.changes import PropertyChange
from groundplan.diff.pending_changes import PendingChange

IMAGES = {"ami", "imageId", "amiId", "launchConfiguration", "ebsBlockDevices.snapshotId"}
"""Properties that are often looked up, so that each release of the image is a change
(pulumi-eks#862)."""

LOOKUPS = ("get", "aws.")
"""Prefixes of the symbols of invoke results: `${getAmi(...).id}`."""


def notes(pending: PendingChange) -> Iterator[str]:
    """Yields the notes on a change."""
    if not pending.replaced:
        entry = catalog.by_token(pending.after.type)
        for name in entry.ignored_updates if entry else ():
            if any(change.path.split(".")[0] == name for change in pending.properties):
                yield (
                    f"the provider ignores a change of {name}: replace_on_changes forces "
                    "replacement"
                )
    else:
        yield from _cause_notes(pending)
        yield from _order_notes(pending)


def _cause_notes(pending: PendingChange) -> Iterator[str]:
    entry = catalog.by_token(pending.after.type)
    causes = [change for change in pending.properties if change.replaces]
    for change in causes:
        if entry and change.path in entry.create_only:
            yield (
                f"{change.path} is used at creation only: ignore_changes on it prevents the "
                "replacement"
            )
        elif _is_image_lookup(change):
            yield (
                f"{change.path} comes from a lookup, and every new result forces replacement: "
                "pin it, or list it in ignore_changes"
            )
    if entry and entry.immutable_data and not _has_fixed_name(pending) and _is_data_only(causes):
        yield "autonamed: the replacement is created first, then its references are updated"


def _is_image_lookup(change: PropertyChange) -> bool:
    is_image = change.path.split("[")[0] in IMAGES
    return (
        is_image
        and isinstance(change.new, str)
        and change.new.startswith(tuple("${" + word for word in LOOKUPS))
    )


def _is_data_only(causes: Sequence[PropertyChange]) -> bool:
    return all(
        change.path.split(".")[0].split(":")[0] in ("data", "stringData", "binaryData")
        for change in causes
    )


def _order_notes(pending: PendingChange) -> Iterator[str]:
    """Yields the note on a resource that is deleted before its replacement is
    created."""
    if pending.after.option("deleteBeforeReplace"):
        yield "deleted before the replacement is created (deleteBeforeReplace)"
    elif deletes_first(pending):
        yield "deleted before the replacement is created, as its name doesn't change"


def deletes_first(pending: PendingChange) -> bool:
    """Returns whether a replaced resource is deleted before its replacement is created:
    by its option, else where its name doesn't change."""
    option = pending.after.option("deleteBeforeReplace")
    if option is not None:
        return bool(option)
    return any(change.replaces for change in pending.properties) and _has_fixed_name(pending)


def _has_fixed_name(pending: PendingChange) -> bool:
    """Returns whether the program sets a physical name that doesn't change: the
    provider then deletes first."""
    keys = pending.facts.name_property
    values = []
    for inputs in (pending.before.inputs, pending.after.inputs):
        value = inputs
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None  # type: ignore[assignment]
        values.append(value)
    return bool(keys) and isinstance(values[0], str) and values[0] == values[1]
