"""Finds the Helm charts of a stack. A repository can serve another chart under the same
version; one in an OCI registry can be pulled by digest."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.locks.model import Kind, Lock, Reference
from groundplan.manifest.model import Manifest, Resource

RELEASES = ("kubernetes:helm.sh/v3:Release", "kubernetes:helm.sh/v4:Chart")
OCI = "oci://"


@dataclass(frozen=True)
class ChartReference:
    """A chart that a release installs."""

    repository: str
    """`https://...`, or `oci://` and the registry's folder."""
    name: str
    version: str
    digest: str
    """Empty where the program names none."""

    @property
    def reference(self) -> Reference:
        return Reference(Kind.CHART, f"{self.repository}/{self.name}:{self.version}")


def parsed(inputs: Mapping[str, Any]) -> ChartReference | None:
    """Returns the chart in the inputs of a release; `None` where they do not say
    which."""
    chart, version = inputs.get("chart"), inputs.get("version")
    options = inputs.get("repositoryOpts")
    repository = options.get("repo") if isinstance(options, Mapping) else None
    if not isinstance(chart, str) or not isinstance(version, str) or not version:
        return None
    if "${" in f"{chart}{version}{repository}":
        return None
    if chart.startswith(OCI):
        at, _, digest = chart.partition("@")
        folder, _, name = at.rpartition("/")
        return ChartReference(folder, name, version, digest)
    if not isinstance(repository, str) or not repository.startswith("https://") or "/" in chart:
        return None
    return ChartReference(repository.rstrip("/"), chart, version, "")


def of(resource: Resource, _manifest: Manifest, _lock: Lock) -> Iterator[Reference]:
    """Yields the chart of a release."""
    chart = parsed(resource.inputs) if resource.type in RELEASES else None
    if chart:
        yield chart.reference


def by_tag(manifest: Manifest) -> Iterator[Reference]:
    """Yields the charts in OCI registries that are pulled without a digest."""
    for resource in manifest:
        chart = parsed(resource.inputs) if resource.type in RELEASES else None
        if chart and chart.repository.startswith(OCI) and not chart.digest:
            yield chart.reference
