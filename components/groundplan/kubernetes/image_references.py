"""References to container images, and whether they are pinned."""

import re

from groundplan.problems import Problem

IMAGE = re.compile(
    r"[\w.-]+(:\d+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+(:(?P<tag>\w[\w.-]{0,127}))?(@(?P<digest>sha256:[0-9a-f]{64}))?"
)
"""The grammar of references, distribution/reference: host and path, then a tag, a
digest, or both."""


def problems(key: str, image: object) -> list[Problem]:
    """Returns whether an image, where it is known, is not pinned."""
    if not isinstance(image, str):
        return []
    match = IMAGE.fullmatch(image)
    if match is None:
        fix = "write the registry too, docker.io/vllm/vllm-openai:v0.30.0 and not vllm/vllm-openai"
        return [Problem(key, image, "an image: REGISTRY/REPOSITORY:TAG, or with a digest", fix)]
    if match["digest"] or match["tag"] not in (None, "latest"):
        return []
    allowed = "an image with a version tag or a digest: `latest` may change between two pods"
    return [Problem(key, image, allowed, "add the version (:1.4.2) or the digest (@sha256:...)")]
