"""The teams of a plan, and the identities that their pods and members act as."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from groundplan import catalog
from groundplan.manifest.model import Manifest, Resource

TEAM_TAG = "groundplan:team"
TEAM_LABELS = ("groundplan/team", "team")
"""Labels of a namespace with the name of its team."""


@dataclass(frozen=True, order=True)
class Home:
    """A namespace of a cluster."""

    namespace: str
    cluster: str = ""
    """The URN of the provider of the cluster's objects; empty for the default."""


@dataclass(frozen=True)
class Team:
    """A team: the namespaces that its jobs run in. The jobs of no team, in a namespace
    with a queue, count as one too."""

    name: str
    homes: tuple[Home, ...] = ()
    roles: tuple[str, ...] = field(default=(), compare=False)
    """The logical names of the roles that are tagged as the team's."""

    @property
    def namespaces(self) -> tuple[str, ...]:
        return tuple(home.namespace for home in self.homes)


def teams(manifest: Manifest, only: Mapping[str, Sequence[str]] | None = None) -> tuple[Team, ...]:
    """Returns the teams of a plan, by name: those of `only` (team -> namespaces) where
    it is not empty, else the namespaces with a Kueue queue or a team's label and the
    tags of roles."""
    homes: dict[str, set[Home]] = {}
    if only:
        known = {h for h, _ in _labelled(manifest)} | set(_queued(manifest))
        for name, namespaces in only.items():
            for namespace in namespaces or (name,):
                matching = {h for h in known if h.namespace == namespace}
                homes.setdefault(name, set()).update(matching or {Home(namespace)})
    else:
        labels = {home: team for home, team in _labelled(manifest) if team}
        for home in _queued(manifest):
            homes.setdefault(labels.get(home, home.namespace), set()).add(home)
        for home, team in labels.items():
            homes.setdefault(team, set()).add(home)
    tagged = _tagged(manifest)
    for name in tagged:
        if not only:
            homes.setdefault(name, set())
    return tuple(
        Team(name, tuple(sorted(here)), tuple(tagged.get(name, ())))
        for name, here in sorted(_separated(manifest, homes).items())
    )


def cluster_of(resource: Resource) -> str:
    """Returns the URN of the provider that manages a Kubernetes object."""
    return str(resource.option("provider") or "")


def metadata(resource: Resource) -> Mapping[str, Any]:
    """Returns the metadata of a Kubernetes object."""
    found = resource.inputs.get("metadata")
    return found if isinstance(found, Mapping) else {}


def spec(resource: Resource) -> Mapping[str, Any]:
    """Returns the spec of a Kubernetes object."""
    found = resource.inputs.get("spec")
    return found if isinstance(found, Mapping) else {}


def listed(value: Any) -> list[Any]:
    """Returns the items of a list; none of anything else."""
    return value if isinstance(value, list) else []


def is_unknown(value: Any) -> bool:
    """Returns whether a value, or a part of it, is unknown until the deployment."""
    return "${" in json.dumps(value, default=str)


def home(resource: Resource) -> Home:
    """Returns the namespace of a namespaced object."""
    return Home(str(metadata(resource).get("namespace") or "default"), cluster_of(resource))


def of_kind(manifest: Manifest, *kinds: str) -> Iterator[Resource]:
    """Yields the Kubernetes objects of some kinds, of any API version."""
    for resource in manifest:
        if resource.type.startswith("kubernetes:") and resource.type.rpartition(":")[2] in kinds:
            yield resource


def associations(manifest: Manifest, team: Team, every: Sequence[Team]) -> Iterator[Resource]:
    """Yields the EKS pod identity associations of a team's namespaces."""
    for resource in manifest:
        if catalog.key(resource.type) != "eks.PodIdentityAssociation":
            continue
        namespace = str(resource.inputs.get("namespace"))
        homes = [(t, h) for t in every for h in t.homes if h.namespace == namespace]
        beside = [pair for pair in homes if _parent_of(manifest, pair[1]) == resource.parent]
        if any(t.name == team.name for t, _ in beside or homes):
            yield resource


def unknown_associations(manifest: Manifest) -> Iterator[Resource]:
    """Yields the EKS pod identity associations whose namespace the plan doesn't
    have."""
    for resource in manifest:
        if catalog.key(resource.type) == "eks.PodIdentityAssociation":
            namespace = resource.inputs.get("namespace")
            if not isinstance(namespace, str) or "${" in namespace:
                yield resource


def _parent_of(manifest: Manifest, home: Home) -> str | None:
    """Returns the component that has the provider of a namespace's cluster."""
    provider = manifest.by_urn.get(home.cluster)
    return provider.parent if provider else None


def _queued(manifest: Manifest) -> Iterator[Home]:
    for resource in of_kind(manifest, "LocalQueue"):
        yield home(resource)


def _labelled(manifest: Manifest) -> Iterator[tuple[Home, str]]:
    for resource in of_kind(manifest, "Namespace"):
        labels = metadata(resource).get("labels")
        name = str(metadata(resource).get("name") or resource.name)
        team = next(
            (str(labels[k]) for k in TEAM_LABELS if isinstance(labels, Mapping) and labels.get(k)),
            "",
        )
        yield Home(name, cluster_of(resource)), team


def _tagged(manifest: Manifest) -> dict[str, list[str]]:
    """Team -> the roles with its tag."""
    tagged: dict[str, list[str]] = {}
    for resource in manifest:
        tags = resource.inputs.get("tags")
        if catalog.key(resource.type) == "iam.Role" and isinstance(tags, Mapping):
            team = tags.get(TEAM_TAG)
            if isinstance(team, str) and team and "${" not in team:
                tagged.setdefault(team, []).append(resource.name)
    return tagged


def _separated(manifest: Manifest, homes: Mapping[str, set[Home]]) -> dict[str, set[Home]]:
    """Namespaces of one name in several clusters as teams of their own."""
    separated: dict[str, set[Home]] = {}
    for name, here in homes.items():
        clusters = sorted({h.cluster for h in here})
        for cluster in clusters[1:]:
            provider = manifest.by_urn.get(cluster)
            suffix = provider.name if provider else cluster
            separated[f"{name} ({suffix})"] = {h for h in here if h.cluster == cluster}
        separated[name] = {h for h in here if not clusters or h.cluster == clusters[0]}
    return separated
