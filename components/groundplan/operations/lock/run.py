"""Resolves the moving references of a manifest into a lock."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from groundplan.facts import release_notes
from groundplan.locks import references
from groundplan.locks.model import Entry, Kind, Lock, Reference
from groundplan.manifest.model import Manifest, Resource
from groundplan.operations.lock import (
    addon_versions,
    chart_digests,
    image_digests,
    node_releases,
)
from groundplan.operations.lock.resolution import Resolution, Unresolved
from groundplan.operations.preflight.plan import Plan
from groundplan.operations.preflight.reader import Missing, Reader, Unread

Resolve = Callable[[Reader, Reference, str], Resolution]
"""Resolves a reference; the last argument is the region of the resource that has it."""

RESOLVERS: Mapping[Kind, Resolve] = {
    Kind.ADDON: addon_versions.resolve,
    Kind.CHART: chart_digests.resolve,
    Kind.IMAGE: image_digests.resolve,
    Kind.NODE_IMAGE: node_releases.resolve,
}

PINNED: Mapping[Kind, Callable[[Reference, Resource], Resolution | None]] = {
    Kind.ADDON: addon_versions.pinned,
    Kind.CHART: chart_digests.pinned,
}
"""What the program itself says: no account is needed."""

NEWER: Mapping[Kind, Callable[[Reader, Reference, str], str]] = {
    Kind.ADDON: addon_versions.newer,
    Kind.CHART: chart_digests.newer,
}
"""The newest version that the program could name."""

AT_ONCE = 8
"""References that are resolved at once: registries answer a client's few requests."""


class Status(StrEnum):
    """What became of a reference."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    REMOVED = "removed"
    UNRESOLVED = "unresolved"
    UNAPPLIED = "unapplied"


@dataclass(frozen=True)
class Change:
    """A reference, before and after."""

    status: Status
    reference: Reference
    resource: str
    """The first resource that has the reference; empty for one that is removed."""
    before: Entry | None
    after: Entry | None
    why: str = ""
    """Why it could not be resolved, or should not have changed."""
    newer: str = ""
    """The newest version that could be named in place of the reference's."""

    def to_data(self) -> dict[str, Any]:
        shown = self.after or self.before
        data = {
            "status": self.status.value,
            "kind": self.reference.kind.value,
            "reference": self.reference.name,
            "resource": self.resource,
            "before": self.before.resolved if self.before else "",
            "after": self.after.resolved if self.after else "",
            "support": shown.support if shown else "",
            "notes": shown.notes if shown else "",
            "why": self.why,
            "newer": self.newer,
        }
        return {k: v for k, v in data.items() if v or k in ("status", "kind", "reference")}


@dataclass(frozen=True)
class Result:
    """A new lock, and how it differs from the one before."""

    lock: Lock
    changes: tuple[Change, ...]

    def of(self, *statuses: Status) -> tuple[Change, ...]:
        """Returns the changes of some statuses."""
        return tuple(change for change in self.changes if change.status in statuses)


def check(manifest: Manifest, lock: Lock) -> Result:
    """Returns what the lock lacks, what it has that nothing refers to, and what the
    program deploys as it is written all the same; nothing is resolved."""
    result = _compared(lock, references.of(manifest, lock), {}, {})
    unapplied = references.unapplied(manifest, lock)
    changes = tuple(
        replace(change, status=Status.UNAPPLIED, why="the program does not apply the lock to it")
        if change.reference in unapplied
        else change
        for change in result.changes
    )
    return replace(result, changes=changes)


def resolve(
    manifest: Manifest,
    lock: Lock,
    reader: Reader | None,
    today: datetime.date,
    chosen: Callable[[Reference], bool] | None = None,
    offline: str = "",
    say: Callable[[str], None] = lambda _: None,
) -> Result:
    """Resolves the references that the lock lacks, and the chosen ones again. What
    can't be resolved keeps its entry; `offline` is why there is no reader."""
    wanted = references.of(manifest, lock)
    plan = Plan(manifest)
    asked = [r for r in wanted if r not in lock.by_reference or (chosen and chosen(r))]
    say(f"resolving {len(asked)} references")

    def answer(reference: Reference) -> Resolution | str:
        resource = wanted[reference]
        try:
            return _resolution(reader, reference, resource, plan.region(resource), offline)
        except (Unread, Missing, Unresolved) as error:
            return str(error)

    # At once: where a network drops packets, each waits until its time is over.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = dict(zip(asked, pool.map(answer, asked), strict=True))
    resolutions = {r: a for r, a in answers.items() if isinstance(a, Resolution)}
    failures = {r: a for r, a in answers.items() if isinstance(a, str)}
    entries = {r: _entry(r, lock, found, today) for r, found in resolutions.items()}
    return _compared(lock, wanted, entries, failures, resolutions)


def _resolution(
    reader: Reader | None, reference: Reference, resource: Resource, region: str, offline: str
) -> Resolution:
    own = PINNED[reference.kind](reference, resource) if reference.kind in PINNED else None
    if own is None:
        if reader is None:
            raise Unresolved(offline)
        return RESOLVERS[reference.kind](reader, reference, region)
    if reader is None or reference.kind not in NEWER:
        return own
    try:
        return replace(own, newer=NEWER[reference.kind](reader, reference, region))
    except Unread:
        return own  # that there is a newer one is news, and no part of the lock


def _entry(reference: Reference, lock: Lock, found: Resolution, today: datetime.date) -> Entry:
    version = found.version or reference.version
    name = reference.name if reference.kind is Kind.NODE_IMAGE else reference.repository
    name = name.rpartition("/")[2] if reference.kind is Kind.ADDON else name
    entry = Entry(
        reference,
        found.resolved,
        found.source,
        today.isoformat(),
        found.support,
        release_notes.of(reference.kind.value, name, version.partition("-eksbuild")[0]),
    )
    before = lock.by_reference.get(reference)
    # What has not moved keeps its day: the file of the same references is the same.
    return (
        replace(entry, date=before.date) if before and before.resolved == entry.resolved else entry
    )


def _compared(
    lock: Lock,
    wanted: Mapping[Reference, Resource],
    entries: Mapping[Reference, Entry],
    failures: Mapping[Reference, str],
    resolutions: Mapping[Reference, Resolution] | None = None,
) -> Result:
    changes = []
    for reference in sorted({*wanted, *lock.by_reference}):
        before = lock.by_reference.get(reference)
        after = entries.get(reference) or (before if reference in wanted else None)
        if reference not in wanted:
            status = Status.REMOVED
        elif reference in failures or after is None:
            status = Status.UNRESOLVED
        elif before is None:
            status = Status.NEW
        else:
            status = Status.SAME if before.resolved == after.resolved else Status.CHANGED
        found = (resolutions or {}).get(reference)
        changes.append(
            Change(
                status,
                reference,
                wanted[reference].name if reference in wanted else "",
                before,
                after,
                failures.get(reference, "") or _republished(status, reference),
                found.newer if found else "",
            )
        )
    return Result(Lock.of(c.after for c in changes if c.after), tuple(changes))


def _republished(status: Status, reference: Reference) -> str:
    """Returns what a changed digest of a chart means: versions of charts do not
    move."""
    changed = status is Status.CHANGED and reference.kind is Kind.CHART
    return "its repository has another chart under the same version" if changed else ""


def selected(names: Sequence[str]) -> Callable[[Reference], bool]:
    """Returns whether a reference is one of some names; without names, all are."""
    return lambda reference: not names or any(reference.is_named(name) for name in names)
