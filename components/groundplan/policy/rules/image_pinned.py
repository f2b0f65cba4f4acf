"""Containers that run the same image tomorrow."""

import re
from collections.abc import Iterator
from typing import Any

from groundplan.manifest.model import SECRET, Manifest, Resource
from groundplan.policy.containers import images
from groundplan.policy.finding import Breach, Rule, Severity
from groundplan.policy.kinds import NODE_CLASS
from groundplan.policy.reading import at, objects

SYMBOL = re.compile(r"\$\{[^}]*\}")


def check(resource: Resource, _manifest: Manifest) -> Iterator[Breach]:
    for path, container, image in images(resource):
        moving = moves(image)
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
    if resource.type == NODE_CLASS:
        for index, term in enumerate(objects(at(resource.inputs, "spec", "amiSelectorTerms"))):
            if str(term.get("alias")).endswith("@latest"):
                reason = f"nodes of {resource.name} have the latest machine image: a release of AWS replaces all of them"
                fix = "name a release: al2023@v20260101"
                yield Breach(resource.urn, reason, f"spec.amiSelectorTerms[{index}].alias", fix=fix)


def moves(image: Any) -> str:
    """In words, why an image is another one tomorrow; empty where it is pinned, or
    can't be told yet."""
    if not isinstance(image, str) or image in ("", SECRET):
        return ""
    last = SYMBOL.sub("?", image).rsplit("/", 1)[-1]
    _, colon, tag = last.rpartition(":")  # after the digest's colon, if it has one
    if not colon:
        # `${image.imageUri}` may hold a tag.
        return "" if "?" in last else "an image without a tag, the latest there is"
    return (
        f"an image with the moving tag {tag}" if tag == "latest" or tag.endswith("-latest") else ""
    )


RULE = Rule(
    name="image-pinned",
    severity=Severity.MEDIUM,
    summary="Images are pinned to a version or a digest.",
    fix="name a version or, better, the digest (<repository>@sha256:...)",
    check=check,
    url="https://kubernetes.io/docs/concepts/containers/images/#image-names",
)
