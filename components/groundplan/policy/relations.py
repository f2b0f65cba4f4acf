"""The references between resources: computed once for a manifest, used by every rule.

Settings of a bucket, rules of a security group and alarms of an endpoint are separate
resources. They are resolved by the engine's record of the source of each input
(`property_dependencies`), not by name."""

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
    """URN -> (input, resource) of all resources with an input from it."""
    types: Mapping[str, tuple[Resource, ...]]
    """Type token -> resources."""
    named: Mapping[tuple[str, str], tuple[Resource, ...]]
    """(input, text) -> resources whose input is that text: settings that refer to a
    bucket by its name."""

    def to(self, target: Resource, types: Collection[str], input: str) -> Iterator[Resource]:
        """Yields the resources of some types whose `input` is `target`."""
        resources = {}
        for name, resource in self.referrers.get(target.urn, ()):
            if name == input and resource.type in types and _means(resource, input, target):
                resources[resource.urn] = resource
        name_given = target.inputs.get(NAME)
        if isinstance(name_given, str):
            by_name = self.named.get((input, name_given), ())
            resources |= {resource.urn: resource for resource in by_name if resource.type in types}
        yield from resources.values()

    def uses(self, target: Resource, types: Collection[str], *inputs: str) -> bool:
        """Returns whether a resource of some types has one of these inputs (any, if
        none is named) from `target`."""
        return any(
            resource.type in types and (not inputs or name in inputs)
            for name, resource in self.referrers.get(target.urn, ())
        )

    def any_of(self, *types: str) -> Iterator[Resource]:
        """Yields the resources of these types."""
        for token in types:
            yield from self.types.get(token, ())


_CACHE: dict[int, tuple[weakref.ref[Manifest], Relations]] = {}


def relations(manifest: Manifest) -> Relations:
    """Returns the relations of a manifest, cached as long as the manifest exists. It
    can't be hashed, so the key is its identity."""
    key = id(manifest)
    cached = _CACHE.get(key)
    if cached is None or cached[0]() is not manifest:
        cached = weakref.ref(manifest, lambda _: _CACHE.pop(key, None)), _read(manifest)
        _CACHE[key] = cached
    return cached[1]


NAME = "bucket"
"""The input with a bucket's own name."""
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
    """Returns whether an input that depends on `target` is it, where it depends on
    others of the same type as well."""
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
