"""Resolves tags of container images to digests: in Amazon ECR by its API, in public
registries by their own."""

import hashlib
import json
import re

from groundplan.facts import support_dates
from groundplan.locks.image_reference import ImageReference, parsed
from groundplan.locks.model import Reference
from groundplan.operations.lock.resolution import Resolution, Unresolved
from groundplan.operations.preflight import images
from groundplan.operations.preflight.reader import Missing, Reader, entries

MEDIA_TYPES = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
]
"""An index first: nodes of any architecture pull it."""


def resolve(reader: Reader, reference: Reference, _region: str) -> Resolution:
    """Returns the digest of an image, whose own reference names a region. Raises
    `Unresolved` or the reader's `Unread`."""
    image = parsed(reference.name)
    if image is None:
        raise Unresolved("it is no reference to an image")
    ecr = images.ECR.fullmatch(reference.name)
    if ecr is not None:
        region = ecr["region"]
        digest = _in_ecr(reader, image, ecr["account"], region)
        return Resolution(image.pinned(digest), f"ecr:BatchGetImage in {region}")
    digest = digest_in_registry(reader, reference.name)
    return Resolution(image.pinned(digest), image.host or "docker.io", support=_support(image))


def _support(image: ImageReference) -> str:
    """Returns the last day of support of what an official image of Docker is of."""
    if image.repository.removeprefix("docker/").removeprefix("library/") != "python":
        return ""
    minor = re.match(r"\d+\.\d+", image.tag)
    support = support_dates.of_python(minor[0]) if minor else None
    return support.end.isoformat() if support else ""


def _in_ecr(reader: Reader, image: ImageReference, account: str, region: str) -> str:
    # Its repository's policy allows it to who may pull; DescribeImages it doesn't.
    try:
        answer = reader.read(
            "ecr",
            "batch_get_image",
            region=region,
            registryId=account,
            repositoryName=image.repository,
            imageIds=[{"imageTag": image.tag or "latest"}],
            acceptedMediaTypes=MEDIA_TYPES,
        )
    except Missing:
        answer = {}
    found = entries(answer, "images")
    digest = str(found[0].get("imageId", {}).get("imageDigest", "")) if found else ""
    if not digest:
        raise Unresolved("there is no such image in its repository: push it first")
    return digest


def digest_in_registry(reader: Reader, reference: str) -> str:
    """Returns the digest of an image or a chart in a public registry: that of its
    manifest's bytes (OCI distribution specification, "Pulling manifests")."""
    text = images.public_manifest(reader, reference)
    if text is None:
        raise Unresolved("its registry does not answer without credentials")
    if not text:
        raise Unresolved("there is no such image")
    try:
        data = json.loads(text)
    except ValueError:
        data = None
    if not isinstance(data, dict) or data.get("schemaVersion") != 2 or "\ufffd" in text:
        raise Unresolved("its registry answers with no manifest of version 2")
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
