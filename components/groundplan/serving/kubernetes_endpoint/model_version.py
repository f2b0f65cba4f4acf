"""Validates the S3 version of a model."""

import re
from collections.abc import Iterator

from groundplan.problems import Problem
from groundplan.serving.kubernetes_endpoint import resolution
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.kubernetes_endpoint.choices import EndpointEngine
from groundplan.serving.model_endpoint.model_data import ARCHIVE

VERSION_ID = re.compile(r"[A-Za-z0-9._-]{1,1024}")
"""Amazon S3 User Guide, "How S3 Versioning works": at most 1,024 bytes, URL-ready."""


def problems(
    version: str | None, data: str | None, args: KubernetesEndpointArgs
) -> Iterator[Problem]:
    """Only `s3api get-object`, which downloads an archive, can select a version."""
    if version is None:
        return
    engine = resolution.engine(args)
    if engine is not EndpointEngine.CONTAINER or not (data or "").endswith(ARCHIVE):
        allowed = f"nothing, unless a container's model_data is an archive ({ARCHIVE})"
        fix = "pack the model, or put the folder into write_once_prefixes of the bucket"
        yield Problem("model_version_id", version, allowed, fix)
    elif not VERSION_ID.fullmatch(version):
        allowed = "the version ID of an object, as `aws s3api list-object-versions` has it"
        yield Problem("model_version_id", version, allowed, "use the object's VersionId")
