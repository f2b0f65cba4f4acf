"""Resolves the newest machine image of a node group to its release, by the public
parameters in which AWS publishes them."""

import re
from collections.abc import Mapping

from groundplan.facts import support_dates
from groundplan.locks.model import Reference
from groundplan.operations.lock.resolution import Resolution, Unresolved
from groundplan.operations.preflight.reader import Missing, Reader

# Amazon EKS User Guide, "Retrieve recommended Amazon Linux AMI IDs" and "Retrieve
# recommended Bottlerocket AMI IDs"; bottlerocket-os/bottlerocket, QUICKSTART-EKS.md.
AL2023 = re.compile(r"AL2023_(x86_64|ARM_64)_(STANDARD|NVIDIA|NEURON)")
BOTTLEROCKET = re.compile(r"BOTTLEROCKET_(x86_64|ARM_64)(_NVIDIA)?")
PROCESSORS: Mapping[str, str] = {"x86_64": "x86_64", "ARM_64": "arm64"}
RELEASE = re.compile(r"\d+\.\d+\.\d+-(?P<build>\w+)")


def parameter(kubernetes: str, ami_type: str) -> str:
    """Returns the public parameter that has the newest release; empty where there is
    none."""
    amazon, bottlerocket = AL2023.fullmatch(ami_type), BOTTLEROCKET.fullmatch(ami_type)
    if amazon:
        processor, variant = PROCESSORS[amazon[1]], amazon[2].lower()
        return (
            f"/aws/service/eks/optimized-ami/{kubernetes}/amazon-linux-2023/{processor}/"
            f"{variant}/recommended/release_version"
        )
    if bottlerocket:
        variant = "-nvidia" if bottlerocket[2] else ""
        name = f"aws-k8s-{kubernetes}{variant}/{PROCESSORS[bottlerocket[1]]}"
        return f"/aws/service/bottlerocket/{name}/latest/image_version"
    return ""


def resolve(reader: Reader, reference: Reference, region: str) -> Resolution:
    """Returns the newest release. Raises `Unresolved` or the reader's `Unread`."""
    kubernetes, _, ami_type = reference.name.partition("/")
    name = parameter(kubernetes, ami_type)
    if not name:
        raise Unresolved(f"AWS publishes no release of {ami_type}")
    if not region:
        raise Unresolved("the region of its node group is not known")
    try:
        answer = reader.read("ssm", "get_parameter", region=region, Name=name)
    except Missing:
        raise Unresolved(f"{region} has no parameter {name}") from None
    release = str(answer.get("Parameter", {}).get("Value", ""))
    match = RELEASE.fullmatch(release)
    if match is None:
        raise Unresolved(f"{name} is {release!r}, which is no release")
    support = support_dates.of_kubernetes(kubernetes)
    return Resolution(
        release,
        f"ssm:GetParameter in {region}",
        version=match["build"] if ami_type.startswith("AL2023") else release.partition("-")[0],
        support=support.end.isoformat() if support else "",
    )
