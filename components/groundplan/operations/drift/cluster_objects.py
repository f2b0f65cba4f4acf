"""Compares the Kubernetes objects of a state with a cluster, by `kubectl get`."""

import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from groundplan.manifest.model import SECRET, Resource
from groundplan.operations.drift.difference import Difference, Kind, NotCompared

TIMEOUT = 60
"""Seconds for one answer of the API server."""

COMPARED = ("data", "spec", "rules", "roleRef", "subjects", "webhooks", "handler", "parameters")
"""The fields of an object that its author writes, beside its labels."""

Entry = Difference | NotCompared


class Cluster:
    """A cluster, as kubectl reaches it."""

    def __init__(self, kubeconfig: str = "", context: str = "") -> None:
        self._options = [
            *(["--kubeconfig", kubeconfig] if kubeconfig else []),
            *(["--context", context] if context else []),
        ]

    def get(self, objects: Sequence[Mapping[str, Any]]) -> Any:
        """Returns the objects of these that the cluster has. Raises `OSError` where it
        can't be asked."""
        kubectl = shutil.which("kubectl")
        if kubectl is None:
            raise OSError("kubectl is not installed")
        asked = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
        command = [kubectl, *self._options, "get", "-f", "-", "--ignore-not-found", "-o", "json"]
        try:
            done = subprocess.run(  # noqa: S603 (no shell)
                command, input=asked, capture_output=True, text=True, timeout=TIMEOUT, check=False
            )
        except subprocess.TimeoutExpired:
            raise OSError(f"the API server did not answer within {TIMEOUT} seconds") from None
        if done.returncode != 0:
            raise OSError(
                done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "kubectl"
            )
        return json.loads(done.stdout) if done.stdout.strip() else {"items": []}


def compare(resources: Iterable[Resource], cluster: Cluster) -> tuple[list[Entry], int]:
    """Returns how the objects of a state differ from a cluster's, and how many it
    compared."""
    found: list[Entry] = []
    asked: list[tuple[Resource, Mapping[str, Any]]] = []
    for resource in resources:
        reference = _reference(resource)
        if reference is None:
            found.append(NotCompared(resource.name, "Helm keeps what a release installs"))
        else:
            asked.append((resource, reference))
    groups: dict[tuple[str, str], list[tuple[Resource, Mapping[str, Any]]]] = {}
    for resource, reference in asked:
        key = (str(reference["apiVersion"]), str(reference["kind"]))
        groups.setdefault(key, []).append((resource, reference))
    compared = 0
    # A kind at a time: one that the cluster doesn't have fails the whole question.
    for (version, kind), members in sorted(groups.items()):
        try:
            answer = cluster.get([reference for _, reference in members])
        except (OSError, ValueError) as error:
            found.append(NotCompared(f"{version} {kind} ({len(members)})", f"the cluster: {error}"))
            continue
        compared += len(members)
        found += _of_kind(members, answer)
    return found, compared


def _of_kind(
    members: Sequence[tuple[Resource, Mapping[str, Any]]], answer: Mapping[str, Any]
) -> Iterator[Entry]:
    items = answer.get("items", [answer] if answer.get("kind") else [])
    live = {_key(item): item for item in items}
    for resource, reference in members:
        item = live.get(_key(reference))
        if item is None:
            yield Difference(Kind.DELETED, resource.urn)
        else:
            yield from _differences(resource, item)


def _reference(resource: Resource) -> Mapping[str, Any] | None:
    """Returns the version, kind and name of an object; `None` for a Helm release."""
    data = {**resource.inputs, **_identity(resource.outputs)}
    metadata = {
        **(resource.inputs.get("metadata") or {}),
        **(resource.outputs.get("metadata") or {}),
    }
    if not (data.get("apiVersion") and data.get("kind") and metadata.get("name")):
        return None
    return {
        "apiVersion": data["apiVersion"],
        "kind": data["kind"],
        "metadata": {key: metadata[key] for key in ("name", "namespace") if metadata.get(key)},
    }


def _identity(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: data[key] for key in ("apiVersion", "kind") if data.get(key)}


def _key(item: Mapping[str, Any]) -> tuple[str, str, str]:
    metadata = item.get("metadata") or {}
    # The group decides: the API server may answer in another of its versions.
    group = str(item.get("apiVersion", "")).rpartition("/")[0]
    namespace = str(metadata.get("namespace") or "default")
    name = str(metadata.get("name"))
    return f"{group}/{item.get('kind')}", "" if _is_global(item) else namespace, name


def _is_global(item: Mapping[str, Any]) -> bool:
    """Returns whether an object has no namespace: one that is asked for without has the
    default."""
    return str(item.get("kind")) in GLOBAL


GLOBAL = frozenset(
    {
        "Namespace",
        "Node",
        "PersistentVolume",
        "ClusterRole",
        "ClusterRoleBinding",
        "StorageClass",
        "PriorityClass",
        "CustomResourceDefinition",
        "ClusterQueue",
        "ResourceFlavor",
        "WorkloadPriorityClass",
        "NodePool",
        "EC2NodeClass",
        "NodeClass",
        "ClusterTrainingRuntime",
        "Cohort",
        "Topology",
        "AdmissionCheck",
        "MultiKueueCluster",
        "MultiKueueConfig",
    }
)
"""Kinds without a namespace, of Kubernetes, Kueue, Karpenter and Trainer."""


def _differences(resource: Resource, live: Mapping[str, Any]) -> Iterator[Difference]:
    ignored = tuple(str(path) for path in resource.option("ignoreChanges") or ())
    wanted = {key: resource.inputs[key] for key in COMPARED if key in resource.inputs}
    labels = (resource.inputs.get("metadata") or {}).get("labels")
    if labels:
        wanted["metadata"] = {"labels": labels}
    for path, recorded, found in _subset(wanted, live, ""):
        if not (ignored and path.startswith(ignored)):
            yield Difference(Kind.CHANGED, resource.urn, path, recorded, found)


def _subset(wanted: Any, live: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """Where `live` lacks what is wanted; what it has beside it are the API server's
    defaults."""
    if isinstance(wanted, Mapping) and isinstance(live, Mapping):
        for key, value in wanted.items():
            yield from _subset(value, live.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(wanted, list) and isinstance(live, list) and len(wanted) == len(live):
        for number, (value, other) in enumerate(zip(wanted, live, strict=True)):
            yield from _subset(value, other, f"{path}[{number}]")
    elif wanted not in (None, {}, []) and SECRET not in str(wanted) and not _equal(wanted, live):
        yield path, wanted, live


SUFFIXES = {
    "": 1.0, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12,
    "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40,
}  # fmt: skip
"""Suffixes of quantities (apimachinery, pkg/api/resource)."""


def _equal(wanted: Any, live: Any) -> bool:
    """Returns whether two plain values mean the same: `1000m` is `1`, `true` is
    true."""
    if wanted == live or str(wanted).lower() == str(live).lower():
        return True
    first, second = _quantity(wanted), _quantity(live)
    return first is not None and first == second


def _quantity(value: Any) -> float | None:
    text = str(value)
    number = text.rstrip("mkMGTKi")
    try:
        return float(number) * SUFFIXES[text[len(number) :]]
    except (ValueError, KeyError):
        return None
