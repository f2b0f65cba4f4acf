"""Compares two manifests of a stack."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundplan.diff import (
    default_providers,
    known_replacements,
    provider_changes,
    provider_effects,
    retention,
)
from groundplan.diff.changes import ABSENT, Change, Changes, Kind, PropertyChange
from groundplan.diff.default_providers import Providers
from groundplan.diff.matching import Matching, Pair, match
from groundplan.diff.pending_changes import PendingChange
from groundplan.diff.propagation import ReplacementPropagation
from groundplan.diff.properties import Differ, Difference
from groundplan.diff.replacement import replacement_facts
from groundplan.manifest.ancestry import outermost
from groundplan.manifest.documents import is_autoname
from groundplan.manifest.model import Manifest, Resource
from groundplan.manifest.property_paths import restored
from groundplan.manifest.symbol_names import names, renamed

STATE_OPTIONS = frozenset(
    {"protect", "retainOnDelete", "ignoreChanges", "replaceOnChanges", "additionalSecretOutputs"}
)
"""Resource options that a deployed state records as the program sets them; the others
can't be compared with it."""

EFFECT_ONLY_OPTIONS = frozenset({"aliases", "import", "remote", "provider"})
"""Options that are no change by themselves: their effect is reported elsewhere."""

URN_OPTIONS = frozenset({"deletedWith", "replaceWith"})
"""Options whose values are URNs."""


def compare(before: Manifest, after: Manifest, base: str) -> Changes:
    """Returns the changes from `before` to `after`; `base` is the label of `before`."""
    comparison = _Comparison(before, after)
    changes = [*comparison.shared(), *comparison.one_sided()]
    counts = Counter(change.kind for change in changes)
    return Changes(
        base,
        tuple(sorted(changes, key=comparison.order)),
        unchanged=len(comparison.matching.pairs)
        - (len(changes) - sum(counts[k] for k in (Kind.CREATE, Kind.DELETE, Kind.RETAIN))),
        outputs=comparison.outputs(),
        counts={kind: counts[kind] for kind in Kind},
    )


class _Comparison:
    def __init__(self, before: Manifest, after: Manifest) -> None:
        self.deployed = any(resource.custom and "id" in resource.outputs for resource in before)
        before, after = default_providers.with_changed(before, after, self.deployed)
        self.before, self.after = before, after
        self.matching: Matching = match(before, after)
        self._providers = Providers(before), Providers(after)
        self._created = {resource.name for resource in self.matching.created}
        self._new_urns = {old: new for new, old in self.matching.urns.items()}

    def shared(self) -> Iterator[Change]:
        """Yields the changes of resources that are on both sides."""
        pending_changes = {
            pair.after.urn: self._pending_change(pair) for pair in self.matching.pairs
        }
        for pending in pending_changes.values():
            self._add_provider_change(pending)
            pending.own = pending.has_changes or pending.pair.renamed or pending.pair.moved
            self._add_provider_effects(pending)
        ReplacementPropagation(pending_changes, self.deployed).propagate()
        for pending in pending_changes.values():
            for note in (*provider_changes.notes(pending), *known_replacements.notes(pending)):
                pending.add_note(note)
            change = pending.to_change()
            if change:
                yield change

    def one_sided(self) -> Iterator[Change]:
        """Yields the creations and deletions."""
        for resource in self.matching.created:
            note = f"imported: {resource.option('import')}" if resource.option("import") else ""
            yield Change(Kind.CREATE, None, resource, note=note)
        for resource in self.matching.deleted:
            retained = retention.input_of(resource) or self._retained_children(resource)
            note = f"retained in the cloud ({retained}): only removed from the state"
            kind = Kind.RETAIN if retained else Kind.DELETE
            yield Change(kind, resource, None, note=note if retained else "")

    def _retained_children(self, component: Resource) -> str:
        """Returns what retains all that a deleted component leaves in the cloud; empty
        where something is deleted with it, or there is nothing."""
        if component.custom:
            return ""
        below = [r for r in self._below(component) if r.custom and r in self.matching.deleted]
        kept = [retention.input_of(resource) for resource in below]
        return kept[0] if kept and all(kept) else ""

    def _below(self, resource: Resource) -> Iterator[Resource]:
        for child in self.before.children(resource):
            yield child
            yield from self._below(child)

    def outputs(self) -> tuple[PropertyChange, ...]:
        """Returns the changes of the stack's outputs. None for a deployed state: it has
        real values where the program has symbols."""
        if self.deployed:
            return ()
        differ = Differ()
        old = self._renamed(self.before.outputs)
        return tuple(
            PropertyChange(d.path, d.old, d.new, False)
            for d in differ.differences(old, self.after.outputs)
        )

    def order(self, change: Change) -> tuple[str, str, str, str]:
        """Returns the sort key of a change: top-level component, name, type, URN."""
        manifest = self.after if change.after else self.before
        return (
            outermost(change.resource, manifest.by_urn).name,
            change.resource.name,
            change.resource.type,
            change.resource.urn,
        )

    def _pending_change(self, pair: Pair) -> PendingChange:
        pending = PendingChange(pair)
        old = self._renamed(pair.before.inputs)
        new = restored(old, pair.after.inputs, pair.after.option("ignoreChanges") or ())
        pending.add_differences(self._differences(pair, old, new), old, new)
        pending.options = list(self._option_changes(pair))
        provider_changes.set_replaces(pending, old, new)
        return pending

    def _renamed(self, value: Mapping[str, Any]) -> Mapping[str, Any]:
        with_new_names: Mapping[str, Any] = renamed(value, self.matching.names)
        return with_new_names

    def _differences(
        self, pair: Pair, old: Mapping[str, Any], new: Mapping[str, Any]
    ) -> Sequence[Difference]:
        unordered = replacement_facts(pair.after.type).unordered
        if not self.deployed:
            return Differ(unordered).differences(old, new)
        differ = Differ(unordered, lambda one, other: self._equivalent(pair.after.name, one, other))
        return differ.differences(old, new)

    def _equivalent(self, name: str, old: Any, new: Any) -> bool:
        """Returns whether a deployed value may be what the program's value resolves
        to."""
        if new is ABSENT:
            return (
                is_autoname(old, name) or old == "true"
            )  # an autoname, or its annotation (pulumi.com/autonamed)
        if (
            not isinstance(new, str)
            or "${" not in new
            or isinstance(old, Mapping | list)
            or old is ABSENT
        ):
            return False
        if self._created.intersection(names(new)):
            return False
        pattern = ".*".join(re.escape(part) for part in re.split(r"\$\{[^{}]*\}", new))
        return re.fullmatch(pattern, str(old), re.DOTALL) is not None

    def _option_changes(self, pair: Pair) -> Iterator[PropertyChange]:
        """Yields the changes of resource options. Off and not set are the same."""
        old, new = pair.before.options, pair.after.options
        for name in sorted({*old, *new} - EFFECT_ONLY_OPTIONS):
            if self.deployed and name not in STATE_OPTIONS:
                continue
            before, after = old.get(name) or ABSENT, new.get(name) or ABSENT
            if (self._current_urns(before) if name in URN_OPTIONS else before) != after:
                yield PropertyChange(name, old.get(name, ABSENT), new.get(name, ABSENT), False)

    def _current_urns(self, urns: Any) -> Any:
        """Returns the URNs after renames."""
        if isinstance(urns, str):
            return self._new_urns.get(urns, urns)
        return (
            sorted(self._new_urns.get(urn, urn) for urn in urns)
            if isinstance(urns, list | tuple)
            else urns
        )

    def _add_provider_change(self, pending: PendingChange) -> None:
        """Adds the change of the `provider` option, where there is one."""
        old, new = pending.before.option("provider"), pending.after.option("provider")
        if (
            self._current_urns(old) == new
            or provider_changes.is_provider(pending.after.type)
            or not pending.after.custom
        ):
            return
        replaces = self._provider_replaces(pending)
        pending.options.append(PropertyChange("provider", old or ABSENT, new or ABSENT, replaces))
        if replaces is None:
            pending.add_note(
                "different provider: replaced only if its cluster, account or region differs"
            )

    def _provider_replaces(self, resource: PendingChange) -> bool | None:
        """Returns whether a different provider forces replacement of a resource; `None`
        where the configuration of one isn't known."""
        before, after = self._providers_of(resource)
        if before is None or after is None or before.type != after.type:
            return None
        pending = PendingChange(Pair(before, after))
        inputs = self._renamed(before.inputs)
        differences = self._differences(pending.pair, inputs, after.inputs)
        pending.add_differences(differences, inputs, after.inputs)
        provider_changes.set_replaces(pending, inputs, after.inputs)
        if pending.replaced:
            return True
        unknown = {change.path for change in pending.properties if change.replaces is None}
        if unknown == {provider_effects.REGION}:  # the resource's own region decides
            return False if provider_effects.regions(resource, before, after) else None
        return None if unknown else False

    def _providers_of(self, pending: PendingChange) -> tuple[Resource | None, Resource | None]:
        """Returns the providers of a resource before and after."""
        return self._providers[0].of(pending.before), self._providers[1].of(pending.after)

    def _add_provider_effects(self, pending: PendingChange) -> None:
        """Adds what reaches a resource through its provider's configuration."""
        if pending.after.custom and not provider_changes.is_provider(pending.after.type):
            before, after = self._providers_of(pending)
            number = len(pending.properties)
            provider_effects.add(pending, before, after, self.after.tagged_types)
            if after is not None and len(pending.properties) > number:
                pending.add_origin(after.urn)
