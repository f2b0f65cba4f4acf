"""Which resource of one manifest is which of another: by URN, else by alias, as the
engine resolves them.

An alias names the old URN, or what of it was different (name, type, parent, stack,
project). A child inherits its parent's rename: where its name begins with the parent's
name, it is looked for under the parent's old name too
(pulumi/sdk/go/common/resource/urn and pkg/resource/deploy, `inheritedChildAlias`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from groundplan.manifest.model import STACK_TYPE, Manifest, Resource


@dataclass(frozen=True)
class Pair:
    """One resource on both sides."""

    before: Resource
    after: Resource
    inherited: str = ""
    """The name of the parent whose alias explains the new URN, empty where the resource
    has an alias of its own."""
    moved: bool = False
    """Whether its parent is another resource than before."""

    @property
    def renamed(self) -> bool:
        """Whether its name or its type is another one, or its place only because its
        parent's are."""
        named = (self.before.name, self.before.type) != (self.after.name, self.after.type)
        return named or bool(self.inherited)


@dataclass(frozen=True)
class Matching:
    """What of two manifests is the same resource, and what is on one side only."""

    pairs: tuple[Pair, ...]
    created: tuple[Resource, ...]
    deleted: tuple[Resource, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    """Old name -> new name, of those that are renamed; not of names that several
    resources have and only some change."""
    urns: Mapping[str, str] = field(default_factory=dict)
    """URN after -> URN before, of all pairs."""


def match(before: Manifest, after: Manifest) -> Matching:
    """Finds for each resource of `after` the one that it was."""
    old = before.by_urn
    found: dict[str, str] = {r.urn: r.urn for r in after if r.urn in old}
    taken = set(found)
    inherited: dict[str, str] = {}
    for resource in _parents_first(after):
        if resource.urn in found:
            continue
        for urn, parent in _former(resource, after, found):
            if urn in old and urn not in taken and urn not in after.by_urn:
                found[resource.urn] = urn
                taken.add(urn)
                if parent:
                    inherited[resource.urn] = parent
                break
    pairs = tuple(
        Pair(old[found[r.urn]], r, inherited.get(r.urn, ""), _moved(old[found[r.urn]], r, found))
        for r in after
        if r.urn in found
    )
    return Matching(
        pairs,
        created=tuple(r for r in after if r.urn not in found),
        deleted=tuple(r for r in before if r.urn not in taken),
        names=_names(before, pairs),
        urns=found,
    )


def _moved(before: Resource, after: Resource, found: Mapping[str, str]) -> bool:
    return before.parent != (found.get(after.parent, after.parent) if after.parent else None)


def _names(before: Manifest, pairs: tuple[Pair, ...]) -> dict[str, str]:
    now: dict[str, list[str]] = {}
    for pair in pairs:
        now.setdefault(pair.before.name, []).append(pair.after.name)
    bearers = Counter(resource.name for resource in before)
    told = {
        name: names[0]
        for name, names in now.items()
        if len(set(names)) == 1 and len(names) == bearers[name]
    }
    return {name: new for name, new in told.items() if name != new}


def _parents_first(manifest: Manifest) -> Iterator[Resource]:
    """All resources, each after its parent; what names a parent that isn't there stands
    at the top."""
    ring = [r for r in manifest if not r.parent or r.parent not in manifest.by_urn]
    while ring:
        yield from ring
        ring = [child for resource in ring for child in manifest.children(resource)]


def _former(
    resource: Resource, manifest: Manifest, found: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """The URNs that a resource may have had, each with the name of the parent that it
    inherits from, if it does."""
    stack, project, chain = _parts(resource.urn)
    parent = manifest.by_urn.get(resource.parent or "")
    former = found.get(parent.urn, "") if parent else ""
    aliases = resource.option("aliases") or []
    for alias in aliases:
        if isinstance(alias, str):
            yield alias, ""
        else:
            yield _spelled(alias, resource, stack, project, _above(chain)), ""
    if not parent or not former or former == parent.urn:
        return
    old_chain, old_name = _parts(former)[2], former.split("::", 3)[3]
    for alias in [{}, *(alias for alias in aliases if not isinstance(alias, str))]:
        if "parentUrn" in alias or alias.get("noParent"):
            continue
        name = alias.get("name") or resource.name
        if name.startswith(parent.name):
            name = old_name + name[len(parent.name) :]
        yield _spelled({**alias, "name": name}, resource, stack, project, old_chain), parent.name


def _spelled(
    alias: Mapping[str, Any], resource: Resource, stack: str, project: str, above: str
) -> str:
    """The URN that an alias stands for; what it doesn't name is as it is now."""
    if alias.get("parentUrn"):
        above = _parts(alias["parentUrn"])[2]
    if alias.get("noParent") or above == STACK_TYPE:
        above = ""
    type_ = alias.get("type") or resource.type
    chain = f"{above}${type_}" if above else type_
    return (
        f"urn:pulumi:{alias.get('stack') or stack}::{alias.get('project') or project}::{chain}"
        f"::{alias.get('name') or resource.name}"
    )


def _parts(urn: str) -> tuple[str, str, str]:
    """Stack, project and the types of a URN. Raises nothing: a text that is no URN has
    empty parts."""
    stack, project, chain, *_ = *urn.removeprefix("urn:pulumi:").split("::", 3), "", "", ""
    return stack, project, chain


def _above(chain: str) -> str:
    return chain.rpartition("$")[0]
