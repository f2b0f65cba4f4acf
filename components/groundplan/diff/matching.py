"""Matches the resources of two manifests: by URN, else by alias, as the engine resolves
them.

An alias is an old URN, or the parts of it that differ (name, type, parent, stack,
project). A child inherits the aliases of its parent: where its name begins with the
parent's name, the URN with the parent's old name is an alias too
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
    """The name of the parent whose alias is inherited, empty where the resource has an
    alias of its own."""
    moved: bool = False
    """Whether its parent is a different resource."""

    @property
    def renamed(self) -> bool:
        """Whether its name or type differs, or its parent's does and the alias is
        inherited."""
        differs = (self.before.name, self.before.type) != (self.after.name, self.after.type)
        return differs or bool(self.inherited)


@dataclass(frozen=True)
class Matching:
    """The resources on both sides, and those on one side only."""

    pairs: tuple[Pair, ...]
    created: tuple[Resource, ...]
    deleted: tuple[Resource, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    """Old name -> new name of renamed resources; without names that several resources
    have and only some of them change."""
    urns: Mapping[str, str] = field(default_factory=dict)
    """New URN -> old URN of all pairs."""


def match(before: Manifest, after: Manifest) -> Matching:
    """Matches each resource of `after` with its former version in `before`."""
    old = before.by_urn
    former: dict[str, str] = {r.urn: r.urn for r in after if r.urn in old}
    matched = set(former)
    inherited: dict[str, str] = {}
    for resource in _parents_first(after):
        if resource.urn in former:
            continue
        for urn, parent in _former_urns(resource, after, former):
            if urn in old and urn not in matched and urn not in after.by_urn:
                former[resource.urn] = urn
                matched.add(urn)
                if parent:
                    inherited[resource.urn] = parent
                break
    pairs = tuple(
        Pair(old[former[r.urn]], r, inherited.get(r.urn, ""), _moved(old[former[r.urn]], r, former))
        for r in after
        if r.urn in former
    )
    return Matching(
        pairs,
        created=tuple(r for r in after if r.urn not in former),
        deleted=tuple(r for r in before if r.urn not in matched),
        names=_names(before, pairs),
        urns=former,
    )


def _moved(before: Resource, after: Resource, former: Mapping[str, str]) -> bool:
    return before.parent != (former.get(after.parent, after.parent) if after.parent else None)


def _names(before: Manifest, pairs: tuple[Pair, ...]) -> dict[str, str]:
    now: dict[str, list[str]] = {}
    for pair in pairs:
        now.setdefault(pair.before.name, []).append(pair.after.name)
    counts = Counter(resource.name for resource in before)
    unambiguous = {
        name: names[0]
        for name, names in now.items()
        if len(set(names)) == 1 and len(names) == counts[name]
    }
    return {name: new for name, new in unambiguous.items() if name != new}


def _parents_first(manifest: Manifest) -> Iterator[Resource]:
    """Yields all resources, each after its parent; one whose parent is not in the
    manifest counts as top-level."""
    level = [r for r in manifest if not r.parent or r.parent not in manifest.by_urn]
    while level:
        yield from level
        level = [child for resource in level for child in manifest.children(resource)]


def _former_urns(
    resource: Resource, manifest: Manifest, former: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yields the URNs that a resource may have had, each with the name of the parent
    that the alias is inherited from, or an empty name."""
    stack, project, _ = _parts(resource.urn)
    parent = manifest.by_urn.get(resource.parent or "")
    old_urn = former.get(parent.urn, "") if parent else ""
    aliases = resource.option("aliases") or []
    yield from ((urn, "") for urn in alias_urns(resource))
    if not parent or not old_urn or old_urn == parent.urn:
        return
    old_chain, old_name = _parts(old_urn)[2], old_urn.split("::", 3)[3]
    for alias in [{}, *(alias for alias in aliases if not isinstance(alias, str))]:
        if "parentUrn" in alias or alias.get("noParent"):
            continue
        name = alias.get("name") or resource.name
        if name.startswith(parent.name):
            name = old_name + name[len(parent.name) :]
        yield _alias_urn({**alias, "name": name}, resource, stack, project, old_chain), parent.name


def alias_urns(resource: Resource) -> list[str]:
    """Returns the URNs that the aliases of a resource itself resolve to."""
    stack, project, chain = _parts(resource.urn)
    return [
        alias
        if isinstance(alias, str)
        else _alias_urn(alias, resource, stack, project, _parent_chain(chain))
        for alias in resource.option("aliases") or ()
    ]


def _alias_urn(
    alias: Mapping[str, Any], resource: Resource, stack: str, project: str, parent_chain: str
) -> str:
    """Returns the URN that an alias resolves to; parts that it doesn't set are the
    current ones."""
    if alias.get("parentUrn"):
        parent_chain = _parts(alias["parentUrn"])[2]
    if alias.get("noParent") or parent_chain == STACK_TYPE:
        parent_chain = ""
    type_ = alias.get("type") or resource.type
    chain = f"{parent_chain}${type_}" if parent_chain else type_
    return (
        f"urn:pulumi:{alias.get('stack') or stack}::{alias.get('project') or project}::{chain}"
        f"::{alias.get('name') or resource.name}"
    )


def _parts(urn: str) -> tuple[str, str, str]:
    """Stack, project and type chain of a URN. Never raises: the parts of a text that is
    no URN are empty."""
    stack, project, chain, *_ = *urn.removeprefix("urn:pulumi:").split("::", 3), "", "", ""
    return stack, project, chain


def _parent_chain(chain: str) -> str:
    return chain.rpartition("$")[0]
