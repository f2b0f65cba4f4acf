"""Data that would be lost: what holds it is deleted or replaced."""

from collections.abc import Iterator, Mapping

from groundplan.diff.changes import Kind
from groundplan.risk.context import Case, at, flag, number
from groundplan.risk.holders import HOLDERS, Holder
from groundplan.risk.risk import Danger, Level
from groundplan.risk.services import SERVICES
from groundplan.risk.wording import count, listed, moved

DATA_LOSS = "data-loss"


def lost(case: Case) -> Iterator[Danger]:
    """What goes with a resource that holds data, or why it doesn't go."""
    holder = HOLDERS.get(case.type)
    if holder is None or not case.goes:
        return
    if stays := _elsewhere(case):
        verb = "deleted" if case.kind is Kind.DELETE else "replaced"
        words = f"{case.told} is {verb}; {holder.holds} stays, as {stays}, and pods can't mount it until it is there again."
        cause = "it is no longer in the program" if case.kind is Kind.DELETE else case.replacing
        yield case.danger(Level.LOW, DATA_LOSS, words, cause)
        return
    for_good = case.kind is Kind.DELETE
    cause = "it is no longer in the program" if for_good else case.replacing
    if case.was("retainOnDelete") or (holder.kept_if and flag(at(case.old, holder.kept_if))):
        why = (
            "retainOnDelete is true" if case.was("retainOnDelete") else f"{holder.kept_if} is true"
        )
        words = _kept(case, holder, for_good)
        yield case.danger(Level.LOW, DATA_LOSS, words, _both(cause, why))
        return
    level, words, why = _guarded(case, holder)
    yield case.danger(
        level, DATA_LOSS, f"{_verb(case, for_good)}, with {holder.holds}{words}.", _both(cause, why)
    )


def doubtful(case: Case) -> Iterator[Danger]:
    """What holds data, or is relied on, and may be replaced for all that is known."""
    relied_on = case.type in SERVICES and not SERVICES[case.type].part
    if case.kind is not Kind.UPDATE or not (case.type in HOLDERS or relied_on):
        return
    unsure = [
        p for p in case.change.properties if p.replaces is None and not p.path.startswith("tags")
    ]
    if unsure and case.change.may_replace:
        paths = listed([p.path for p in unsure])
        holder = HOLDERS.get(case.type)
        what = f"with {holder.holds}" if holder else "and is away in between"
        words = f"it isn't known whether a new {paths} replaces {case.told}; if so, the old one goes {what}."
        because = "; ".join(moved(p.path, p.old, p.new) for p in unsure[:5])
        yield case.danger(Level.LOW, DATA_LOSS if holder else "downtime", words, because)


def _elsewhere(case: Case) -> str:
    """Why the data stays where it is when a Kubernetes object that only leads to it
    goes; empty where it doesn't."""
    policy, storage = (
        at(case.old, "spec.persistentVolumeReclaimPolicy"),
        (case.old.get("spec") or {}),
    )
    if case.type == "kubernetes.PersistentVolume" and policy == "Retain":
        return "persistentVolumeReclaimPolicy is Retain"
    if (
        case.type == "kubernetes.PersistentVolumeClaim"
        and isinstance(storage, Mapping)
        and storage.get("storageClassName") == ""
    ):
        return "the claim has no storage class"
    return ""


def _kept(case: Case, holder: Holder, for_good: bool) -> str:
    protected = (
        "; it is protected, so the engine refuses until protect is taken off"
        if case.was("protect")
        else ""
    )
    if for_good:
        return f"{case.told} leaves the program, but stays in the cloud with {holder.holds}{protected}."
    return f"{case.told} is replaced by an empty one; the old one stays in the cloud with {holder.holds}{protected}."


def _verb(case: Case, for_good: bool) -> str:
    return (
        f"{case.told} is deleted"
        if for_good
        else f"{case.told} is replaced, and the old one is deleted"
    )


def _guarded(case: Case, holder: Holder) -> tuple[Level, str, str]:
    """The level, what a sentence adds, and the reason, where something stands between
    the deletion and the loss."""
    medium = Level.MEDIUM if holder.level is Level.HIGH else holder.level
    if case.was("protect"):
        return (
            medium,
            "; it is protected, so the engine refuses until protect is taken off",
            "protect is true",
        )
    if holder.guard and str(at(case.old, holder.guard)).lower() in ("true", "active"):
        return medium, f"; AWS refuses while {holder.guard} is on", f"{holder.guard} is on"
    if holder.forced_by:
        if flag(at(case.old, holder.forced_by)):
            return holder.level, "", f"{holder.forced_by} is true"
        return (
            medium,
            f"; AWS refuses while it isn't empty, as {holder.forced_by} is not set",
            f"{holder.forced_by} is false",
        )
    if holder.snapshot_unless:
        if flag(at(case.old, holder.snapshot_unless)):
            return holder.level, "", f"{holder.snapshot_unless} is true"
        return medium, "; a last snapshot is made first", f"{holder.snapshot_unless} is false"
    if holder.window:
        days = number(at(case.old, holder.window))
        days = float(holder.window_default) if days is None else days
        return (
            holder.level,
            f", {count(days)} days later" if days else ", at once",
            f"{holder.window} is {count(days)}",
        )
    return holder.level, "", ""


def _both(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
