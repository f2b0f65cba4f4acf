"""What depends on what: the graph of a manifest, walked from a resource to all that
would feel its change."""

from collections.abc import Iterator, Mapping

from groundplan.manifest.model import Manifest, Resource


class Graph:
    """The graph of one manifest; built once, walked often."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        found: dict[str, set[str]] = {}
        for resource in manifest:
            for urn in direct_dependencies(resource):
                found.setdefault(urn, set()).add(resource.urn)
        self._dependents: Mapping[str, tuple[str, ...]] = {
            urn: tuple(sorted(urns, key=self._order)) for urn, urns in found.items()
        }
        self._known: dict[str, tuple[Resource, ...]] = {}

    def dependents(self, urn: str) -> tuple[Resource, ...]:
        """All that depends on a resource, through others too: nearest first, then by
        name; nothing for an unknown URN."""
        if urn not in self._known:
            by_urn = self._manifest.by_urn
            self._known[urn] = tuple(by_urn[found] for found in self._walk(urn) if found in by_urn)
        return self._known[urn]

    def names(self, urn: str) -> tuple[str, ...]:
        """The names of all that depends on a resource, each once."""
        return tuple(dict.fromkeys(resource.name for resource in self.dependents(urn)))

    def _walk(self, start: str) -> Iterator[str]:
        seen, ring = {start}, [start]
        while ring:
            near = {urn for at in ring for urn in self._dependents.get(at, ())} - seen
            seen |= near
            ring = sorted(near, key=self._order)
            yield from ring

    def _order(self, urn: str) -> tuple[str, str]:
        return urn.rsplit("::", 1)[-1], urn


def direct_dependencies(resource: Resource) -> set[str]:
    """URNs of what a resource needs directly: what its inputs come from, its parent,
    its provider."""
    found = {
        *resource.dependencies,
        *(urn for urns in resource.property_dependencies.values() for urn in urns),
    }
    found |= {
        urn
        for urn in (resource.parent, resource.option("provider"), resource.option("deletedWith"))
        if urn
    }
    return found - {resource.urn}
