"""The container images of an endpoint, each with its version, and the validation of the
user's images."""

import re

from groundplan.kubernetes.busybox import BUSYBOX
from groundplan.problems import Problem

# The digests are those of the images' indexes, as public pins of the same tags have
# them on 2026-11-28.
VLLM = (
    "docker.io/vllm/vllm-openai:v0.30.0"
    "@sha256:8a69ffad015f138d7170c4ddc429e230a3bc1c1719f67e14324749df200a4b90"
)
"""Its flags: docs.vllm.ai/en/v0.30.0/cli/serve. It includes the Run:ai streamer with S3
(docker/Dockerfile), and the user 2000, `vllm` (vllm-project/vllm#40275)."""

DOWNLOAD = (
    "public.ecr.aws/aws-cli/aws-cli:2.36.15"
    "@sha256:310813a7eae8fd88da1cc9c37970e3500b0ff3984479e1012f0a6fd44e453f63"
)
"""Downloads a model from S3; supports EKS Pod Identity."""

UNPACK = BUSYBOX
"""Unpacks an archive: the image of the AWS CLI has no tar."""

# The grammar of references, distribution/reference: host and path, then a tag, a
# digest, or both.
_IMAGE = re.compile(
    r"[\w.-]+(:\d+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+(:(?P<tag>\w[\w.-]{0,127}))?(@(?P<digest>sha256:[0-9a-f]{64}))?"
)


def problems(key: str, image: object) -> list[Problem]:
    """Returns whether an image, where it is known, is not pinned."""
    if not isinstance(image, str):
        return []
    match = _IMAGE.fullmatch(image)
    if match is None:
        fix = "write the registry too, docker.io/vllm/vllm-openai:v0.30.0 and not vllm/vllm-openai"
        return [Problem(key, image, "an image: REGISTRY/REPOSITORY:TAG, or with a digest", fix)]
    if match["digest"] or match["tag"] not in (None, "latest"):
        return []
    allowed = "an image with a version tag or a digest: `latest` may change between two pods"
    return [Problem(key, image, allowed, "add the version (:1.4.2) or the digest (@sha256:...)")]
