"""The release of EKS' image that a managed node group starts nodes from."""

import re
from collections.abc import Mapping
from typing import Any

from groundplan.problems import Problem
from groundplan.training.choices import ImageFamily, Provisioner

# The values of AWS's public parameters: `.../recommended/release_version` of AL2023,
# Kubernetes' version and a day; `.../latest/image_version` of Bottlerocket, its version
# and a commit (Amazon EKS User Guide, "Retrieve recommended Amazon Linux AMI IDs";
# bottlerocket-os/bottlerocket, QUICKSTART-EKS.md).
FORMS = {
    ImageFamily.AL2023: (re.compile(r"(\d+\.\d+)\.\d+-\d{8}"), "1.36.1-20260903"),
    # Not a day: that is a release of AL2023.
    ImageFamily.BOTTLEROCKET: (
        re.compile(r"()\d+\.\d+\.\d+-(?!20[2-9]\d[01]\d[0-3]\d)[0-9a-f]{8}"),
        "1.65.0-d8aad6c5",
    ),
}


def problems(args: Mapping[str, Any]) -> list[Problem]:
    """Returns the problems of a pool's release. Unknown values are not checked."""
    release = args.get("release_version")
    if not isinstance(release, str):
        return []
    if args.get("provisioner", Provisioner.MANAGED) != Provisioner.MANAGED:
        allowed = "none: only managed node groups have one"
        return [Problem("release_version", release, allowed, "remove it")]
    family = args.get("image", ImageFamily.AL2023)
    if family not in list(ImageFamily):
        return []
    form, example = FORMS[ImageFamily(family)]
    if form.fullmatch(release):
        return []
    allowed = f"a release of {ImageFamily(family).value}, such as {example}"
    return [Problem("release_version", release, allowed, "groundplan lock resolves the newest")]


def version_problems(key: str, release: object, kubernetes: str) -> list[Problem]:
    """Returns whether a release is for another minor version of Kubernetes than the
    cluster's, which EKS refuses."""
    form, _ = FORMS[ImageFamily.AL2023]
    match = form.fullmatch(release) if isinstance(release, str) else None
    if match is None or match[1] == kubernetes:
        return []
    allowed = f"a release for Kubernetes {kubernetes}, the cluster's version"
    return [Problem(key, release, allowed, "run groundplan lock")]
