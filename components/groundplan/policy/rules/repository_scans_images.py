"""Checks that image repositories scan their images."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from groundplan.manifest.model import Manifest, Resource
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import at, objects, on, unknown
from groundplan.policy.relations import relations

REPOSITORY = "aws:ecr/repository:Repository"
REGISTRY = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"


def check(resource: Resource, manifest: Manifest) -> Iterator[Breach]:
    if resource.type != REPOSITORY:
        return
    scans = at(resource.inputs, "imageScanningConfiguration", "scanOnPush")
    if not on(scans) and not unknown(scans) and not _by_registry(resource, manifest):
        reason = f"images in the repository {resource.name} are not scanned for vulnerabilities"
        yield Breach(resource.urn, reason, "imageScanningConfiguration.scanOnPush")


def _by_registry(repository: Resource, manifest: Manifest) -> bool:
    """Returns whether the registry's scanning configuration applies, which overrides
    the repositories'."""
    name = str(repository.inputs.get("name", repository.name))
    return any(
        fnmatchcase(name, str(wanted.get("filter")))
        for registry in relations(manifest).any_of(REGISTRY)
        for rule in objects(registry.inputs.get("rules"))
        if rule.get("scanFrequency") in ("SCAN_ON_PUSH", "CONTINUOUS_SCAN")
        for wanted in objects(rule.get("repositoryFilters"))
    )


RULE = Rule(
    name="repository-scans-images",
    severity=Severity.MEDIUM,
    summary="Image repositories scan their images for vulnerabilities.",
    reason=(
        "Base images get known vulnerabilities over time. A scan on push reports them before the "
        "image is deployed."
    ),
    fix="set scan_on_push to true in image_scanning_configuration",
    check=check,
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/ecr-controls.html#ecr-1",
)
