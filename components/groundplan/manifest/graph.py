"""The dependency graph of a manifest, from a resource to its dependents."""

from collections.abc import Iterator, Mapping

from groundplan.manifest.model import Manifest, Resource


class Graph:
    """The dependency graph of one manifest."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        dependents: dict[str, set[str]] = {}
        for resource in manifest:
            for urn in direct_dependencies(resource):
                dependents.setdefault(urn, set()).add(resource.urn)
        self._dependents: Mapping[str, tuple[str, ...]] = {
            urn: tuple(sorted(urns, key=self._order)) for urn, urns in dependents.items()
        }
        self._cache: dict[str, tuple[Resource, ...]] = {}

    def dependents(self, urn: str) -> tuple[Resource, ...]:
        """Returns all dependents of a resource, direct and indirect: nearest first,
        then by name; empty for an unknown URN."""
        if urn not in self._cache:
            by_urn = self._manifest.by_urn
            self._cache[urn] = tuple(by_urn[each] for each in self._walk(urn) if each in by_urn)
        return self._cache[urn]

    def names(self, urn: str) -> tuple[str, ...]:
        """Returns the names of all dependents of a resource, each once."""
        return tuple(dict.fromkeys(resource.name for resource in self.dependents(urn)))

    def _walk(self, start: str) -> Iterator[str]:
        seen, level = {start}, [start]
        while level:
            following = {urn for each in level for urn in self._dependents.get(each, ())} - seen
            seen |= following
            level = sorted(following, key=self._order)
            yield from level

    def _order(self, urn: str) -> tuple[str, str]:
        return urn.rsplit("::", 1)[-1], urn


def direct_dependencies(resource: Resource) -> set[str]:
    """URNs of the direct dependencies of a resource: where its inputs come from, its
    parent, its provider."""
    urns = {
        *resource.dependencies,
        *(urn for sources in resource.property_dependencies.values() for urn in sources),
    }
    urns |= {
        urn
        for urn in (resource.parent, resource.option("provider"), resource.option("deletedWith"))
        if urn
    }
    return urns - {resource.urn}
