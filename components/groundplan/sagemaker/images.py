"""The URIs of container images in Amazon ECR."""

import re

from groundplan.facts import regions
from groundplan.problems import Problem

MAX_URI = 255
"""botocore, sagemaker service-2.json, `ContainerImage`."""

# SageMaker hosts images from private ECR only (SageMaker AI Developer Guide, "Custom
# Inference Code with Hosting Services").
_URI = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr(-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?"
    r"/(?P<repository>[a-z0-9][a-z0-9._/-]*)"
    r"(:(?P<tag>\w[\w.-]{0,127}))?(@(?P<digest>sha256:[0-9a-f]{64}))?"
)


def problems(key: str, uri: object) -> list[Problem]:
    """Returns whether an image, where its URI is known, is in ECR and has a fixed
    version."""
    if not isinstance(uri, str):
        return []
    match = _URI.fullmatch(uri)
    if match is None or len(uri) > MAX_URI:
        allowed = "an image in Amazon ECR: ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG"
        if match is not None:
            allowed += f", at most {MAX_URI} characters"
            return [Problem(key, uri, allowed, "use a shorter tag, or only the digest")]
        return [Problem(key, uri, allowed, "push the image to ECR and use its URI")]
    if match["digest"] or match["tag"] not in (None, "latest"):
        return []
    allowed = (
        "an image with a version as tag or a digest: `latest` can differ between two instances"
    )
    return [Problem(key, uri, allowed, "add the version (:1.4.2) or the digest (@sha256:...)")]


def repository_arn(uri: str) -> str | None:
    """Returns the ARN of an image's repository; None if the URI isn't one of ECR."""
    match = _URI.fullmatch(uri)
    if match is None:
        return None
    partition = regions.partition(match["region"])
    return (
        f"arn:{partition}:ecr:{match['region']}:{match['account']}:repository/{match['repository']}"
    )
