"""In which regions a plan builds, as far as it says so."""

import re
from collections.abc import Iterator

from groundplan.manifest.model import Manifest, Resource

REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")
ZONE = re.compile(rf"({REGION.pattern})[a-z]")
SERVICE = re.compile(rf"com\.amazonaws\.({REGION.pattern})\..+")


def regions(manifest: Manifest) -> list[str]:
    """The regions that providers, resources, zones and endpoints of the plan name,
    sorted; empty if nothing names one."""
    return sorted({region for resource in manifest for region in _named(resource)})


def _named(resource: Resource) -> Iterator[str]:
    if not resource.type.startswith(("aws:", "pulumi:providers:aws")):
        return
    for key, pattern in (("region", REGION), ("availabilityZone", ZONE), ("serviceName", SERVICE)):
        match = pattern.fullmatch(str(resource.inputs.get(key)))
        if match:
            yield match[match.lastindex or 0]
