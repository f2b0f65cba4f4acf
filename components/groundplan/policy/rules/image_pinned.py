"""Checks that images are pinned."""

import re
from collections.abc import Iterator
from typing import Any

from groundplan.catalog.kubernetes.karpenter import NODE_CLASS
from groundplan.manifest.model import SECRET, Manifest, Resource
from groundplan.policy.containers import images
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.reading import at, objects

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
SYMBOL = re.compile(r"\$\{[^}]*\}")


def check(resource: Resource, manifest: Manifest) -> Iterator[Breach]:
    for path, container, image in images(resource):
        moving = moves(image)
        if not moving and manifest.locked and is_by_tag(image):
            reason = f"{image} is not in lock.{manifest.stack}.yaml, which resolves tags to digests"
            fix = f"run `groundplan lock {manifest.stack}` and commit the file"
            yield Breach(resource.urn, reason, path, fix=fix, settings_fix=fix)
        if moving:
            whose = (
                f"container {container} of {resource.name}"
                if container != resource.name
                else resource.name
            )
            yield Breach(
                resource.urn,
                f"{whose} runs {moving}: a restart may run other code than was tested",
                path,
            )
    if manifest.locked and resource.type == NODE_GROUP and has_newest_image(resource):
        reason = f"nodes of {resource.name} have EKS' newest image, which the lock lacks"
        fix = f"run `groundplan lock {manifest.stack}` and commit the file"
        yield Breach(resource.urn, reason, "amiType", fix=fix, settings_fix=fix)
    if resource.type == NODE_CLASS.token:
        for index, term in enumerate(objects(at(resource.inputs, "spec", "amiSelectorTerms"))):
            if str(term.get("alias")).endswith("@latest"):
                reason = (
                    f"nodes of {resource.name} use the latest machine image: each release of AWS "
                    "replaces all of them"
                )
                fix = "pin a release: al2023@v20260101"
                yield Breach(resource.urn, reason, f"spec.amiSelectorTerms[{index}].alias", fix=fix)


def is_by_tag(image: Any) -> bool:
    """Returns whether an image, where all of it is known, is named by a tag alone."""
    return (
        isinstance(image, str)
        and image not in ("", SECRET)
        and not SYMBOL.search(image)
        and "@" not in image
    )


def has_newest_image(group: Resource) -> bool:
    """Returns whether EKS chooses the release of a node group's image; of a custom one
    the launch template does."""
    inputs = group.inputs
    return inputs.get("releaseVersion") is None and inputs.get("amiType") not in (None, "CUSTOM")


def moves(image: Any) -> str:
    """A description of an image that isn't pinned; empty where it is, or isn't known
    yet."""
    if not isinstance(image, str) or image in ("", SECRET):
        return ""
    last = SYMBOL.sub("?", image).rsplit("/", 1)[-1]
    _, colon, tag = last.rpartition(":")  # after the digest's colon, if it has one
    if not colon:
        # `${image.imageUri}` may hold a tag.
        return "" if "?" in last else "an image without a tag, which means latest"
    return (
        f"an image with the moving tag {tag}" if tag == "latest" or tag.endswith("-latest") else ""
    )


RULE = Rule(
    name="image-pinned",
    severity=Severity.MEDIUM,
    summary="Images are pinned to a version or a digest.",
    reason=(
        "A tag that moves runs other code after a restart than the code that was tested, and a "
        "run can't be reproduced."
    ),
    fix="use a version tag or, better, the digest (<repository>@sha256:...)",
    settings_fix="name a version tag or, better, the digest in image (<repository>@sha256:...)",
    check=check,
    url="https://kubernetes.io/docs/concepts/containers/images/#image-names",
)
