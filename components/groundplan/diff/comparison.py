"""Two manifests of a stack side by side: what `compare` does, step by step."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundplan.diff import known_replacements, provider_changes
from groundplan.diff.changes import ABSENT, Change, Changes, Kind, PropertyChange
from groundplan.diff.matching import Matching, Pair, match
from groundplan.diff.pending_changes import Draft
from groundplan.diff.propagation import Ripple
from groundplan.diff.properties import Differ, Difference
from groundplan.diff.replacement import facts
from groundplan.manifest.documents import autonamed
from groundplan.manifest.model import Manifest, Resource
from groundplan.manifest.property_paths import restored
from groundplan.manifest.symbol_names import names, renamed

STATE_OPTIONS = frozenset(
    {"protect", "retainOnDelete", "ignoreChanges", "replaceOnChanges", "additionalSecretOutputs"}
)
"""Resource options that a deployed state keeps as the program sets them; of the others
nothing can be told."""

QUIET_OPTIONS = frozenset({"aliases", "import", "remote", "provider"})
"""Options that are no change of their own: what they do shows elsewhere."""

REFERENCES = frozenset({"deletedWith", "replaceWith"})
"""Options that hold URNs."""


def compared(before: Manifest, after: Manifest, base: str) -> Changes:
    """What changes from `before` to `after`."""
    comparison = _Comparison(before, after)
    changes = [*comparison.shared(), *comparison.one_sided()]
    counts = Counter(change.kind for change in changes)
    return Changes(
        base,
        tuple(sorted(changes, key=comparison.order)),
        unchanged=len(comparison.matching.pairs)
        - (len(changes) - counts[Kind.CREATE] - counts[Kind.DELETE]),
        outputs=comparison.outputs(),
        counts={kind: counts[kind] for kind in Kind},
    )


class _Comparison:
    def __init__(self, before: Manifest, after: Manifest) -> None:
        self.before, self.after = before, after
        self.matching: Matching = match(before, after)
        self.deployed = any(resource.custom and "id" in resource.outputs for resource in before)
        self._new = {resource.name for resource in self.matching.created}
        self._reverse = {old: new for new, old in self.matching.urns.items()}

    def shared(self) -> Iterator[Change]:
        """What happens to resources on both sides."""
        drafts = {pair.after.urn: self._draft(pair) for pair in self.matching.pairs}
        for draft in drafts.values():
            self._provider(draft)
        Ripple(drafts, self.matching, self.deployed).spread()
        for draft in drafts.values():
            for note in (*provider_changes.notes(draft), *known_replacements.notes(draft)):
                draft.say(note)
            change = draft.change()
            if change:
                yield change

    def one_sided(self) -> Iterator[Change]:
        """What comes and what goes."""
        for resource in self.matching.created:
            note = f"imported: {resource.option('import')}" if resource.option("import") else ""
            yield Change(Kind.CREATE, None, resource, note=note)
        for resource in self.matching.deleted:
            kept = resource.custom and resource.option("retainOnDelete")
            note = "kept in the cloud (retainOnDelete): only the engine forgets it" if kept else ""
            yield Change(Kind.DELETE, resource, None, note=note)

    def outputs(self) -> tuple[PropertyChange, ...]:
        """The stack's outputs that change; of a deployed state's nothing can be told,
        as the program's are symbols."""
        if self.deployed:
            return ()
        differ = Differ()
        old = self._renamed(self.before.outputs)
        return tuple(
            PropertyChange(d.path, d.old, d.new, False)
            for d in differ.differences(old, self.after.outputs)
        )

    def order(self, change: Change) -> tuple[str, str, str, str]:
        """By the component at the top, then name, then type."""
        manifest = self.after if change.after else self.before
        return (
            _top(manifest, change.resource),
            change.resource.name,
            change.resource.type,
            change.resource.urn,
        )

    def _draft(self, pair: Pair) -> Draft:
        draft = Draft(pair)
        old = self._renamed(pair.before.inputs)
        new = restored(old, pair.after.inputs, pair.after.option("ignoreChanges") or ())
        draft.add(self._differences(pair, old, new))
        draft.options = list(self._options(pair))
        provider_changes.settle(draft, old, new)
        return draft

    def _renamed(self, value: Mapping[str, Any]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = renamed(value, self.matching.names)
        return found

    def _differences(
        self, pair: Pair, old: Mapping[str, Any], new: Mapping[str, Any]
    ) -> Sequence[Difference]:
        if not self.deployed:
            return Differ(facts(pair.after.type).unordered).differences(old, new)
        differ = Differ(
            facts(pair.after.type).unordered,
            lambda one, other: self._silent(pair.after.name, one, other),
        )
        return differ.differences(old, new)

    def _silent(self, name: str, old: Any, new: Any) -> bool:
        """Whether a real value may be what the program's will be."""
        if new is ABSENT:
            return (
                autonamed(old, name) or old == "true"
            )  # the engine's own name, and its mark (pulumi.com/autonamed)
        if (
            not isinstance(new, str)
            or "${" not in new
            or isinstance(old, Mapping | list)
            or old is ABSENT
        ):
            return False
        if self._new.intersection(names(new)):
            return False
        pattern = ".*".join(re.escape(part) for part in re.split(r"\$\{[^{}]*\}", new))
        return re.fullmatch(pattern, str(old), re.DOTALL) is not None

    def _options(self, pair: Pair) -> Iterator[PropertyChange]:
        """Resource options that change. One that is off is the same as one that isn't
        set."""
        old, new = pair.before.options, pair.after.options
        for name in sorted({*old, *new} - QUIET_OPTIONS):
            if self.deployed and name not in STATE_OPTIONS:
                continue
            sides = old.get(name) or ABSENT, new.get(name) or ABSENT
            before = self._now(sides[0]) if name in REFERENCES else sides[0]
            if before != sides[1]:
                yield PropertyChange(name, old.get(name, ABSENT), new.get(name, ABSENT), False)

    def _now(self, urns: Any) -> Any:
        """URNs as they are after renames."""
        if isinstance(urns, str):
            return self._reverse.get(urns, urns)
        return (
            sorted(self._reverse.get(urn, urn) for urn in urns)
            if isinstance(urns, list | tuple)
            else urns
        )

    def _provider(self, draft: Draft) -> None:
        """Whether the resource has another provider, and what that does."""
        old, new = draft.before.option("provider"), draft.after.option("provider")
        if (
            self._now(old) == new
            or provider_changes.is_provider(draft.after.type)
            or not draft.after.custom
        ):
            return
        verdict = self._verdict(old, new)
        draft.options.append(PropertyChange("provider", old or ABSENT, new or ABSENT, verdict))
        if verdict is None:
            draft.say(
                "another provider: it is replaced only if the two are for another cluster, account or region"
            )

    def _verdict(self, old: str | None, new: str | None) -> bool | None:
        """Whether one provider in the place of another replaces what it manages; a
        default one's settings aren't known."""
        before, after = self.before.by_urn.get(old or ""), self.after.by_urn.get(new or "")
        if before is None or after is None or before.type != after.type:
            return None
        draft = Draft(Pair(before, after))
        inputs = self._renamed(before.inputs)
        draft.add(self._differences(draft.pair, inputs, after.inputs))
        provider_changes.settle(draft, inputs, after.inputs)
        if draft.replaced:
            return True
        return None if any(change.replaces is None for change in draft.properties) else False


def _top(manifest: Manifest, resource: Resource) -> str:
    seen = set()
    while resource.parent and resource.parent in manifest.by_urn and resource.urn not in seen:
        seen.add(resource.urn)
        resource = manifest.by_urn[resource.parent]
    return resource.name
