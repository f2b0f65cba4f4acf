"""Lineage: from a model's version to its runs, its dataset versions, what they were
derived from, and the objects; and back.

    lineage = Lineage(bucket, uses)
    lineage.of_version("clicks@sha256:...")      both ways
    lineage.of_object("raw/clicks/a.csv")        which versions, runs and models

An object is one of a version, or one that the pipeline's run which published it read.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import groundplan.data.versions.raw_objects as raw_objects
import groundplan.data.versions.reading as reading
import groundplan.data.versions.uses as uses
from groundplan.data.versions.bucket import Bucket
from groundplan.data.versions.errors import NotCommitted
from groundplan.data.versions.manifest import DatasetVersion
from groundplan.data.versions.reference import Reference
from groundplan.data.versions.uses import Uses

Kind = Literal["objects", "created by", "dataset version", "record", "model version"]

FOLDERS = 20
"""Folders of objects that are named; the others are counted."""

FOLDERS_COUNTED = 10_000
"""Folders that are distinguished."""


@dataclass(frozen=True)
class Node:
    """What data went through."""

    id: str
    kind: Kind
    label: str
    detail: str = ""


@dataclass
class Graph:
    """What comes from what."""

    nodes: dict[str, Node] = field(default_factory=dict)
    edges: dict[tuple[str, str], None] = field(default_factory=dict)
    """From what was used to what was derived from it."""

    def add(self, node: Node) -> str:
        """Adds a node. Returns its id."""
        self.nodes.setdefault(node.id, node)
        return node.id

    def link(self, source: str, target: str) -> None:
        """Adds that the target was derived from the source."""
        self.edges[source, target] = None

    def as_dict(self) -> dict[str, Any]:
        """Returns plain data."""
        return {
            "nodes": [dict(vars(node)) for node in self.nodes.values()],
            "edges": [{"from": source, "to": target} for source, target in self.edges],
        }


class Lineage:
    """The lineage of what is in a bucket and in the registry."""

    def __init__(self, bucket: Bucket, used: Uses) -> None:
        self._bucket, self._uses = bucket, used
        self._children: Mapping[str, list[str]] | None = None

    def of_version(self, text: str) -> Graph:
        """Returns where a version comes from, and what uses it."""
        graph = Graph()
        reference = reading.resolve(self._bucket.s3, self._bucket.name, text)
        reading.read(self._bucket.s3, self._bucket.name, reference)
        self._add_sources(graph, reference, {})
        self._add_uses(graph, reference)
        return graph

    def of_user(self, user: str) -> Graph:
        """Returns where the data of a model's version, or of a record, comes from. A
        version's ARN, or its group and number: `churn/7`."""
        user = next((name for name in self._users() if uses.model_of(name) == user), user)
        references = [text for text, users in self._uses.items() if user in users]
        if not references:
            raise NotCommitted(
                f"{user} does not exist, or names no dataset version by digest. Fix: train with "
                "datasets.<name>.version = DATASET@sha256:..., as `groundplan dataset show` prints "
                "it"
            )
        graph = Graph()
        node = graph.add(_user(user))
        for reference in references:
            graph.link(self._add_sources(graph, reference, {}), node)
        return graph

    def is_user(self, name: str) -> bool:
        """Whether a record, or a model's version, refers to dataset versions."""
        return any(name in users for users in self._uses.values())

    def _users(self) -> Iterator[str]:
        for users in self._uses.values():
            yield from users

    def of_object(self, key: str, version_id: str = "") -> Graph:
        """Returns the versions that have an object, in any version of it or in one, and
        what uses them."""
        graph = Graph()
        seen: dict[str, bool] = {}
        label = f"s3://{self._bucket.name}/{key}"
        start = Node(f"object {key} {version_id}", "objects", label, version_id)
        for version in self._versions():
            is_object = self._has(version, key, version_id, seen)
            if is_object or self._was_read(version, key, version_id):
                node = graph.add(_version(version))
                if is_object:
                    graph.link(graph.add(start), node)
                else:
                    maker = graph.add(_maker(version))
                    graph.link(graph.add(start), maker)
                    graph.link(maker, node)
                self._add_uses(graph, version.reference)
        if not graph.nodes:
            raise NotCommitted(
                f"No dataset version has s3://{self._bucket.name}/{key}. Fix: `groundplan dataset "
                "list` shows what was committed"
            )
        return graph

    def _has(
        self, version: DatasetVersion, key: str, version_id: str, seen: dict[str, bool]
    ) -> bool:
        """Whether a version has an object. A part that versions share is read once."""
        found = False
        for part in version.objects.parts:
            if part.digest not in seen:
                seen[part.digest] = any(
                    item.key == key and version_id in ("", item.version_id)
                    for item in version.objects.read_part(part)
                )
            found = found or seen[part.digest]
        return found

    def _was_read(self, version: DatasetVersion, key: str, version_id: str) -> bool:
        """Whether the run that published a version read a raw object."""
        return any(
            item["key"] == key and version_id in ("", item["version"])
            for item in raw_objects.of_version(self._bucket, version)
        )

    def _add_sources(self, graph: Graph, reference: str, above: Mapping[str, None]) -> str:
        """Adds a version, what created it, and all that it was derived from."""
        if reference in graph.nodes or reference in above:
            return reference
        try:
            version = reading.read(self._bucket.s3, self._bucket.name, reference)
        except NotCommitted:
            return graph.add(Node(reference, "dataset version", reference, "not committed"))
        node = graph.add(_version(version))
        maker = node
        if version.created_by:
            maker = graph.add(_maker(version))
            graph.link(maker, node)
        for parent in version.parents:
            graph.link(self._add_sources(graph, parent, {**above, reference: None}), maker)
        raw = (str(item["key"]) for item in raw_objects.of_version(self._bucket, version))
        sources = list(_folders(self._bucket, version, raw))
        if not sources and not version.parents:
            sources = list(_folders(self._bucket, version, (item.key for item in version.objects)))
        for source in sources:
            graph.link(graph.add(source), maker)
        return node

    def _add_uses(self, graph: Graph, reference: str) -> None:
        """Adds what was derived from a version, and what uses it."""
        version = reading.read(self._bucket.s3, self._bucket.name, reference)
        node = graph.add(_version(version))
        for user in self._uses.get(reference, ()):
            graph.link(node, graph.add(_user(user)))
        for child in self._derived_from(reference):
            if (node, child) not in graph.edges:
                graph.edges[node, child] = None
                self._add_uses(graph, child)

    def _derived_from(self, reference: str) -> list[str]:
        if self._children is None:
            children: dict[str, list[str]] = {}
            for version in self._versions():
                for parent in version.parents:
                    children.setdefault(parent, []).append(version.reference)
            self._children = children
        return self._children.get(reference, [])

    def _versions(self) -> Iterator[DatasetVersion]:
        s3, name = self._bucket.s3, self._bucket.name
        for dataset in reading.datasets(s3, name):
            for listed in reading.versions(s3, name, dataset):
                yield reading.version(self._bucket, dataset, listed.digest)


def _version(version: DatasetVersion) -> Node:
    size = f"{len(version.objects)} objects, {version.objects.size} bytes"
    return Node(version.reference, "dataset version", _short(version.reference), size)


def _user(user: str) -> Node:
    model = uses.model_of(user)
    return Node(user, "model version", model) if model else Node(user, "record", user)


def _maker(version: DatasetVersion) -> Node:
    """What created a version: its pipeline and run, as its commit says."""
    said = sorted(version.created_by.items())
    text = ", ".join(f"{key} {value}" for key, value in said if key != raw_objects.INPUTS)
    return Node(f"created by {text}", "created by", text, _quality(version))


def _quality(version: DatasetVersion) -> str:
    passed = version.quality.get("passed")
    return "" if passed is None else f"quality checks {'passed' if passed else 'failed'}"


def _folders(bucket: Bucket, version: DatasetVersion, keys: Iterable[str]) -> Iterator[Node]:
    """The folders of objects in the bucket that a version comes from."""
    counts: dict[str, int] = {}
    for key in keys:
        folder = key.rpartition("/")[0]
        if "/objects/" in key:  # one folder each: uploads and copies
            folder = key.partition("/objects/")[0] + "/objects"
        if folder in counts or len(counts) < FOLDERS_COUNTED:
            counts[folder] = counts.get(folder, 0) + 1
    for folder in sorted(counts)[:FOLDERS]:
        uri = bucket.uri(f"{folder}/" if folder else "")
        yield Node(f"folder {uri}", "objects", uri, f"{counts[folder]} objects")
    if len(counts) > FOLDERS:
        more = f"{len(counts) - FOLDERS} more folders"
        yield Node(f"more of {version.reference}", "objects", more)


def _short(reference: str) -> str:
    found = Reference.parse(reference)
    return f"{found.dataset}@{found.digest[: len('sha256:') + 12]}"
