"""Resolves versions of Helm charts to digests: by the index of an HTTP repository, or
by the registry that holds them."""

from groundplan.locks import charts
from groundplan.locks.image_reference import DIGEST
from groundplan.locks.model import Reference
from groundplan.manifest.model import Resource
from groundplan.operations.lock import image_digests, versions
from groundplan.operations.lock.resolution import Resolution, Unresolved
from groundplan.operations.preflight.charts import entries_of
from groundplan.operations.preflight.reader import Reader


def pinned(_reference: Reference, resource: Resource) -> Resolution | None:
    """Returns the digest that the program names."""
    chart = charts.parsed(resource.inputs)
    if chart is None or not DIGEST.fullmatch(chart.digest):
        return None
    return Resolution(chart.digest, "the program")


def resolve(reader: Reader, reference: Reference, _region: str) -> Resolution:
    """Returns the digest of a chart. Raises `Unresolved` or the reader's `Unread`."""
    name, version = reference.repository, reference.version
    if name.startswith(charts.OCI):
        # A tag has no `+`: Helm writes `_` (Helm documentation, "Use OCI-based
        # registries").
        tag = version.replace("+", "_")
        at = name.removeprefix(charts.OCI)
        digest = image_digests.digest_in_registry(reader, f"{at}:{tag}")
        return Resolution(digest, at.partition("/")[0])
    repository, _, chart = name.rpartition("/")
    found = {e.get("version", ""): e.get("digest", "") for e in _entries(reader, repository, chart)}
    digest = found.get(version) or next(
        (d for v, d in found.items() if v.removeprefix("v") == version.removeprefix("v")), ""
    )
    digest = digest if digest.startswith("sha256:") else f"sha256:{digest}"
    if not DIGEST.fullmatch(digest):
        raise Unresolved(f"{repository} has no digest of {chart} {version}")
    return Resolution(digest, repository, newer=versions.newer(version, found))


def newer(reader: Reader, reference: Reference, _region: str) -> str:
    """Returns the newest version of a chart, where that is another. Registries list
    tags, which are versions too."""
    if not reference.repository.startswith(charts.OCI):
        repository, _, chart = reference.repository.rpartition("/")
        known = [e.get("version", "") for e in _entries(reader, repository, chart)]
        return versions.newer(reference.version, known)
    return ""


def _entries(reader: Reader, repository: str, chart: str) -> list[dict[str, str]]:
    return entries_of(reader.web(f"{repository}/index.yaml") or "", chart)
