"""Data loss: data stores that are deleted or replaced."""

from collections.abc import Iterator, Mapping

from groundplan.catalog.resource_type import DataStore, Service
from groundplan.diff.changes import Kind
from groundplan.diff.replacement import replacement_facts
from groundplan.risk.context import ChangeContext, at, flag, number
from groundplan.risk.risk import Level, Risk
from groundplan.risk.wording import change_text, count, listed

DATA_LOSS = "data-loss"


def lost_data(context: ChangeContext) -> Iterator[Risk]:
    """Yields the data that is lost with a data store, or what retains it."""
    store = context.entry.data if context.entry else None
    if store is None or not context.is_removed:
        return
    if stays := _elsewhere(context):
        verb = "deleted" if context.kind is Kind.DELETE else "replaced"
        words = (
            f"{context.subject} is {verb}; {store.contents} stays, as {stays}, and pods can't "
            "mount it until it exists again."
        )
        cause = "it is no longer in the program" if context.kind is Kind.DELETE else context.causes
        yield context.risk(Level.LOW, DATA_LOSS, words, cause)
        return
    for_good = context.kind is Kind.DELETE
    cause = "it is no longer in the program" if for_good else context.causes
    if context.old_option("retainOnDelete") or (
        store.retained_if and flag(at(context.old, store.retained_if))
    ):
        why = (
            ("retainOnDelete is true")
            if context.old_option("retainOnDelete")
            else f"{store.retained_if} is true"
        )
        words = _kept(context, store, for_good)
        yield context.risk(Level.LOW, DATA_LOSS, words, _both(cause, why))
        return
    level, words, why = _guarded(context, store)
    yield context.risk(
        level,
        DATA_LOSS,
        (f"{_verb(context, for_good)}, with {store.contents}{words}."),
        _both(cause, why),
    )


def possible_loss(context: ChangeContext) -> Iterator[Risk]:
    """A data store or service of which it isn't known whether it is replaced: as severe
    as its replacement would be."""
    entry = context.entry
    service = entry.service if entry and entry.service and not entry.service.part else None
    store = entry.data if entry else None
    if context.kind is not Kind.UPDATE or not (store or service):
        return
    unsure = [
        p for p in context.change.properties if p.replaces is None and not p.path.startswith("tags")
    ]
    if not unsure or not context.change.may_replace:
        return
    what = f"with {store.contents}" if store else "and is unavailable in between"
    words = (
        f"it isn't known whether a new {listed([p.path for p in unsure])} replaces "
        f"{context.subject}; if so, the old one goes {what}"
    )
    because = "; ".join(change_text(p.path, p.old, p.new) for p in unsure[:5])
    level, refusal = _of_replacement(context, store, service)
    if level is Level.HIGH and not replacement_facts(context.change.resource.type).complete:
        level = Level.MEDIUM  # of this type, nothing is known: most changes are in place
    kind = DATA_LOSS if store else "downtime"
    yield context.risk(level, kind, f"{words}{refusal}.", because)


def _of_replacement(
    context: ChangeContext, store: DataStore | None, service: Service | None
) -> tuple[Level, str]:
    """Returns the level of a replacement, and what would prevent the loss."""
    if store is None:
        level = (service.level_when_replaced or service.level) if service else Level.LOW
        return level, ""
    if context.old_option("retainOnDelete") or _elsewhere(context):
        return Level.LOW, ""
    level, refusal, _ = _guarded(context, store)
    if context.old_option("protect") and context.change.resource.option("protect"):
        medium = Level.MEDIUM if level is Level.HIGH else level
        return medium, "; it is protected, so the engine refuses a replacement"
    return level, refusal


def _elsewhere(context: ChangeContext) -> str:
    """Returns why the data stays when the Kubernetes object that refers to it is
    deleted; empty where it doesn't."""
    policy, storage = (
        at(context.old, "spec.persistentVolumeReclaimPolicy"),
        (context.old.get("spec") or {}),
    )
    if context.type == "kubernetes.PersistentVolume" and policy == "Retain":
        return "persistentVolumeReclaimPolicy is Retain"
    if (
        context.type == "kubernetes.PersistentVolumeClaim"
        and isinstance(storage, Mapping)
        and storage.get("storageClassName") == ""
    ):
        return "the claim has no storage class"
    return ""


def _kept(context: ChangeContext, store: DataStore, for_good: bool) -> str:
    protected = (
        "; it is protected, so the engine refuses until protect is removed"
        if context.is_refused
        else ""
    )
    if for_good:
        return (
            f"{context.subject} leaves the program, but stays in the cloud with "
            f"{store.contents}{protected}."
        )
    return (
        f"{context.subject} is replaced by an empty one; the old one stays in the cloud with "
        f"{store.contents}{protected}."
    )


def _verb(context: ChangeContext, for_good: bool) -> str:
    return (
        f"{context.subject} is deleted"
        if for_good
        else f"{context.subject} is replaced, and the old one is deleted"
    )


def _guarded(context: ChangeContext, store: DataStore) -> tuple[Level, str, str]:
    """Returns the level, an addition to the sentence and the cause, where something
    prevents the loss."""
    medium = Level.MEDIUM if store.level is Level.HIGH else store.level
    if context.is_refused:
        return (
            medium,
            "; it is protected, so the engine refuses until protect is removed",
            "protect is true",
        )
    if context.guard:
        why = f"{context.guard} is on"
        return medium, f"; AWS refuses while {why}", why
    if store.deletes_contents_if:
        if flag(at(context.old, store.deletes_contents_if)):
            return store.level, "", f"{store.deletes_contents_if} is true"
        return (
            medium,
            f"; AWS refuses while it isn't empty, as {store.deletes_contents_if} is not set",
            f"{store.deletes_contents_if} is false",
        )
    if store.skips_snapshot_if:
        path, start = store.never_snapshots_if
        if path and str(at(context.old, path)).startswith(start):
            return store.level, "", f"{path} is {at(context.old, path)}"
        skips = flag(at(context.old, store.skips_snapshot_if))
        if store.skips_snapshot_default if skips is None else skips:
            return store.level, "", f"{store.skips_snapshot_if} is true"
        why = f"{store.skips_snapshot_if} is false"
        if context.lacks_snapshot_name:
            return medium, "; the provider refuses without finalSnapshotIdentifier", why
        return medium, "; a final snapshot is taken first", why
    if store.recovery_window:
        days = number(at(context.old, store.recovery_window))
        days = float(store.recovery_window_default) if days is None else days
        return (
            store.level,
            f", {count(days)} days later" if days else ", at once",
            f"{store.recovery_window} is {count(days)}",
        )
    path, value = store.lost_if
    if path and at(context.old, path) == value:
        return Level.HIGH, "", f"{path} is {value}"
    return store.level, "", ""


def _both(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
