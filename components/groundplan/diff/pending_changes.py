"""A change in the making: what is gathered about one resource before it is called an
update or a replacement."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from groundplan.diff.changes import Change, Kind, PropertyChange
from groundplan.diff.matching import Pair
from groundplan.diff.properties import Difference
from groundplan.diff.replacement import Facts, facts
from groundplan.manifest.model import Resource
from groundplan.manifest.property_paths import bare, below

LONGEST_CAUSE = 4
"""Names of a reason that are told; the others are counted."""


@dataclass
class Draft:
    """What happens to a resource that is on both sides."""

    pair: Pair
    properties: list[PropertyChange] = field(default_factory=list)
    options: list[PropertyChange] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    causes: dict[str, list[str]] = field(default_factory=dict)
    """Why it changes if not for itself: `replaced` -> the names of the resources that
    are."""
    forced: bool = False
    """Whether it is replaced for a reason that is no property of its own: its provider,
    `replaceWith`."""

    @property
    def before(self) -> Resource:
        return self.pair.before

    @property
    def after(self) -> Resource:
        return self.pair.after

    @property
    def facts(self) -> Facts:
        return facts(self.after.type)

    @property
    def replaced(self) -> bool:
        """Whether it is made anew."""
        return self.after.custom and (
            self.forced or any(change.replaces for change in (*self.properties, *self.options))
        )

    @property
    def touched(self) -> bool:
        """Whether anything of it changes in the cloud or in what the engine does with
        it."""
        return bool(self.forced or self.properties or self.options)

    def add(self, differences: Sequence[Difference]) -> bool:
        """Take differences in, each path once; whether there was a new one."""
        known = {change.path for change in self.properties}
        new = [self._change(found) for found in differences if found.path not in known]
        self.properties += new
        return bool(new)

    def say(self, note: str) -> None:
        """Note something once."""
        if note not in self.notes:
            self.notes.append(note)

    def because(self, name: str, what: str) -> None:
        """Note that it changes because another resource does."""
        names = self.causes.setdefault(what, [])
        if name not in names:
            names.append(name)

    def _change(self, found: Difference) -> PropertyChange:
        verdict = None
        if not self.after.custom:
            verdict = False
        elif any(_named(found, path) for path in self.after.option("replaceOnChanges") or ()):
            verdict = True
        else:
            verdict = self.facts.verdict(found)
        return PropertyChange(found.path, found.old, found.new, verdict)

    def change(self) -> Change | None:
        """The change, `None` where the resource stays as it is."""
        pair = self.pair
        if self.touched:
            kind = Kind.REPLACE if self.replaced else Kind.UPDATE
        elif pair.renamed:
            kind = Kind.RENAME
        elif pair.moved:
            kind = Kind.MOVE
        else:
            return None
        causes = [
            f"because {_listed(sorted(names), what)}" for what, names in sorted(self.causes.items())
        ]
        notes = [*_identity(pair, kind), *causes, *self.notes, *self._doubts(kind)]
        return Change(
            kind,
            pair.before,
            pair.after,
            tuple(self.properties),
            tuple(self.options),
            "; ".join(notes),
        )

    def _doubts(self, kind: Kind) -> list[str]:
        """What isn't known of the properties that change."""
        unsure = [change.path for change in self.properties if change.replaces is None]
        if kind is not Kind.UPDATE or not unsure or not self.after.custom:
            return []
        named = ", ".join(unsure[:3]) + (f" and {len(unsure) - 3} more" if len(unsure) > 3 else "")
        if self.facts.known:
            return [f"whether a change of {named} replaces it depends on more than is known here"]
        return [f"it isn't known whether this replaces it: there are no facts of {self.after.type}"]


def _listed(names: Sequence[str], what: str) -> str:
    if len(names) > LONGEST_CAUSE:
        names = [*names[:LONGEST_CAUSE], f"{len(names) - LONGEST_CAUSE} more"]
    return (
        f"{names[0]} is {what}"
        if len(names) == 1
        else f"{', '.join(names[:-1])} and {names[-1]} are {what}"
    )


def _named(found: Difference, path: str) -> bool:
    """Whether a path of `replaceOnChanges` names a difference, or what lies in it."""
    keys = bare(path)
    return below(found.keys, keys) or (found.whole and below(keys, found.keys))


def _identity(pair: Pair, kind: Kind) -> list[str]:
    """What is to be said of a new name, type or place."""
    also = "also " if kind in (Kind.UPDATE, Kind.REPLACE) else ""
    if pair.inherited:
        was = f" from {pair.before.name}" if pair.before.name != pair.after.name else ""
        return [f"{also}renamed{was} (inherited from {pair.inherited})"]
    if pair.before.name != pair.after.name:
        return [f"{also}renamed from {pair.before.name}"]
    if pair.before.type != pair.after.type:
        return [f"{also}of another type, was {pair.before.type}"]
    if pair.moved:
        return [f"{also}moved from {_place(pair.before)} to {_place(pair.after)}"]
    return []


def _place(resource: Resource) -> str:
    return resource.parent.rsplit("::", 1)[-1] if resource.parent else "the stack"
