"""In which region each resource of a plan is, as far as the plan says so."""

import re
from collections.abc import Iterator
from functools import cached_property

from groundplan.manifest.model import Manifest, Resource

REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")
ZONE = re.compile(rf"({REGION.pattern})[a-z]")
SERVICE = re.compile(rf"com\.amazonaws\.({REGION.pattern})\..+")
ARN = re.compile(rf"arn:[\w-]+:[\w-]+:({REGION.pattern}):.*")

AWS_PROVIDER = "pulumi:providers:aws"

ASSUMED = "us-east-1"
"""The region of a plan that names none, as in all of a preview: the recorder answers
for the same one (`manifest.recorder.ProgramContext.region`)."""


class Regions:
    """The regions of a plan's resources."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest

    def of(self, resource: Resource) -> str | None:
        """Returns the region of a resource: its own input, its provider's, its zone's,
        or that of the default provider; `None` where it is not known.

        An object in Kubernetes is where its cluster is.
        """
        for source in (resource.inputs, resource.outputs):
            if source.get("region"):
                return _named(str(source["region"]), REGION)
        own = next(_places(resource), None) or _named(str(resource.outputs.get("arn")), ARN)
        if own:
            return own
        provider = self._manifest.by_urn.get(str(resource.option("provider")))
        return self.default if provider is None else self._of_provider(provider)

    @cached_property
    def default(self) -> str | None:
        """The region of the default provider; `None` where the plan names several and
        does not say which of them it is."""
        if self._configured:
            return _named(self._configured, REGION)
        return self.named[0] if len(self.named) == 1 else None if self.named else ASSUMED

    @property
    def assumed(self) -> bool:
        """Whether the plan names no region."""
        return not self.named and not self._configured

    @cached_property
    def _configured(self) -> str:
        """`aws:region` of the program, or the region of a state's default provider;
        empty where neither is known."""
        deployed = (self._manifest.default_providers or {}).get("aws", {})
        return self._manifest.aws_region or str(deployed.get("region") or "")

    @cached_property
    def named(self) -> list[str]:
        """The regions that providers, resources, zones and endpoints name, sorted."""
        return sorted({region for resource in self._manifest for region in _places(resource)})

    def _of_provider(self, provider: Resource) -> str | None:
        """Returns the region of what an explicit provider manages. An AWS provider
        without `region` reads it from the environment (pulumi-aws, Provider:
        AWS_REGION), never from `aws:region`."""
        if provider.type == AWS_PROVIDER:
            return _named(str(provider.inputs.get("region")), REGION)
        for urn in provider.dependencies:
            cluster = self._manifest.by_urn.get(urn)
            if cluster and cluster.type.startswith("aws:eks/cluster:"):
                return self.of(cluster)
        return self.default


def _places(resource: Resource) -> Iterator[str]:
    if not resource.type.startswith(("aws:", AWS_PROVIDER)):
        return
    for key, pattern in (("region", REGION), ("availabilityZone", ZONE), ("serviceName", SERVICE)):
        region = _named(str(resource.inputs.get(key)), pattern)
        if region:
            yield region


def _named(text: str, pattern: re.Pattern[str]) -> str | None:
    match = pattern.fullmatch(text)
    return match[match.lastindex or 0] if match else None
