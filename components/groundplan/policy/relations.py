"""Which resources refer to which: made once for a manifest, asked by every rule.

Settings of a bucket, rules of a security group and the alarms of an endpoint stand in
resources of their own. They are found by the engine's own record of where each input
comes from (`property_dependencies`), whatever the program calls them.
"""

import weakref
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from groundplan.manifest.model import Manifest, Resource, symbol

_K = TypeVar("_K")
_V = TypeVar("_V")


@dataclass(frozen=True)
class Relations:
    """The references between the resources of a manifest."""

    referrers: Mapping[str, tuple[tuple[str, Resource], ...]]
    """URN -> (input, resource) of all that take an input from it."""
    types: Mapping[str, tuple[Resource, ...]]
    """Type token -> resources."""
    named: Mapping[tuple[str, str], tuple[Resource, ...]]
    """(input, text) -> resources whose input is that text: settings that name a bucket
    instead of referring to it."""

    def to(self, target: Resource, types: Collection[str], input: str) -> Iterator[Resource]:
        """The resources of some types whose `input` is `target`."""
        found = {}
        for name, resource in self.referrers.get(target.urn, ()):
            if name == input and resource.type in types and _means(resource, input, target):
                found[resource.urn] = resource
        name_given = target.inputs.get(NAME)
        if isinstance(name_given, str):
            by_name = self.named.get((input, name_given), ())
            found |= {resource.urn: resource for resource in by_name if resource.type in types}
        yield from found.values()

    def uses(self, target: Resource, types: Collection[str], *inputs: str) -> bool:
        """Whether a resource of some types takes one of these inputs (any, if none is
        named) from `target`."""
        return any(
            resource.type in types and (not inputs or name in inputs)
            for name, resource in self.referrers.get(target.urn, ())
        )

    def any_of(self, *types: str) -> Iterator[Resource]:
        """The resources of these types."""
        for token in types:
            yield from self.types.get(token, ())


_MADE: dict[int, tuple[weakref.ref[Manifest], Relations]] = {}


def relations(manifest: Manifest) -> Relations:
    """The relations of a manifest. Kept as long as the manifest lives: it can't be
    hashed, so it is known by identity."""
    key = id(manifest)
    made = _MADE.get(key)
    if made is None or made[0]() is not manifest:
        made = weakref.ref(manifest, lambda _: _MADE.pop(key, None)), _read(manifest)
        _MADE[key] = made
    return made[1]


NAME = "bucket"
"""The input that is a bucket's own name."""
NAMING = ("bucket", "targetBucket")
"""Inputs by which settings may name a bucket."""


def _read(manifest: Manifest) -> Relations:
    referrers: dict[str, list[tuple[str, Resource]]] = {}
    types: dict[str, list[Resource]] = {}
    named: dict[tuple[str, str], list[Resource]] = {}
    for resource in manifest.resources:
        types.setdefault(resource.type, []).append(resource)
        for name, urns in resource.property_dependencies.items():
            for urn in urns:
                referrers.setdefault(urn, []).append((name, resource))
        for name in NAMING:
            text = resource.inputs.get(name)
            if isinstance(text, str) and "${" not in text:
                named.setdefault((name, text), []).append(resource)
    return Relations(_frozen(referrers), _frozen(types), _frozen(named))


def _frozen(lists: Mapping[_K, list[_V]]) -> dict[_K, tuple[_V, ...]]:
    return {key: tuple(items) for key, items in lists.items()}


def _means(resource: Resource, input: str, target: Resource) -> bool:
    """Whether an input that depends on `target` is it, where it depends on others of
    the same type as well."""
    kind = target.type
    rivals = [
        urn
        for urn in resource.property_dependencies[input]
        if urn != target.urn and f"{kind}::" in urn
    ]
    if not rivals:
        return True
    text = str(resource.inputs.get(input, ""))
    if any(symbol(urn.rsplit("::", 1)[-1] + ".")[:-1] in text for urn in rivals):
        return symbol(target.name + ".")[:-1] in text
    return True
