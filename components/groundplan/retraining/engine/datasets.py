"""Dataset versions, as `groundplan.data.versions` publishes them: read-only.

    datasets/<dataset>/versions/<digest>.json   the manifest of a version
    datasets/<dataset>/tags/<tag>.json          which version a tag is

A reference is `<dataset>:<tag>` or `<dataset>@sha256:<digest>`.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan.release.engine import aws
from groundplan.retraining.engine.services import Refused

REFERENCE = re.compile(r"([A-Za-z0-9][\w.-]*)(?::([\w.-]+)|@sha256:([0-9a-f]{64}))")
DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Tag:
    """A tag, and the version that it is now."""

    dataset: str
    tag: str
    digest: str
    """64 hexadecimal digits."""
    sequence: int = 0

    @property
    def key(self) -> str:
        return f"datasets/{self.dataset}/tags/{self.tag}.json"

    @property
    def version(self) -> str:
        """The version as records name it."""
        return f"{self.dataset}@sha256:{self.digest}"


@dataclass(frozen=True)
class Version:
    """A dataset version."""

    dataset: str
    digest: str
    keys: Sequence[str]
    """Keys of its objects."""
    passed: bool
    """False if its own quality checks failed."""

    @property
    def manifest_key(self) -> str:
        return f"datasets/{self.dataset}/versions/{self.digest}.json"


def is_reference(text: str) -> bool:
    """Whether a text is a reference of a dataset version."""
    return REFERENCE.fullmatch(text) is not None


def resolve(s3: Any, bucket: str, reference: str) -> Tag:
    """Returns the version of a reference. Raises `Refused`."""
    match = REFERENCE.fullmatch(reference)
    if match is None:
        raise Refused(f"{reference} is no dataset reference. Allowed: <dataset>:<tag>")
    dataset, tag, digest = match.groups()
    if digest:
        return Tag(dataset, "", digest)
    found = Tag(dataset, tag, "")
    data = _json(s3, bucket, found.key)
    if not DIGEST.fullmatch(digest := str(data.get("digest", "")).removeprefix("sha256:")):
        raise Refused(f"s3://{bucket}/{found.key} names no version. Fix: publish one")
    return Tag(dataset, tag, digest, int(data.get("sequence", 0)))


def read(s3: Any, bucket: str, tag: Tag) -> Version:
    """Returns a version. Raises `Refused` if it isn't there, or isn't what its digest
    says."""
    version = Version(tag.dataset, tag.digest, (), passed=True)
    data = _json(s3, bucket, version.manifest_key, tag.digest)
    objects = data.get("objects", ())
    keys = [str(entry["key"]) for entry in objects if isinstance(entry, Mapping)]
    if not keys:
        raise Refused(f"Dataset version {tag.version} has no objects. Fix: publish another")
    quality = data.get("quality") or {}
    failed = isinstance(quality, Mapping) and quality.get("passed") is False
    return Version(tag.dataset, tag.digest, keys, passed=not failed)


def listing(bucket: str, version: Version) -> list[Any]:
    """Returns the objects of a version in the form of SageMaker's `ManifestFile` (API
    reference, S3DataSource): a common prefix, then keys below it."""
    first, last = min(version.keys), max(version.keys)
    common = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), None)
    folder = first[: common if common is not None else len(first)].rpartition("/")[0]
    prefix = f"{folder}/" if folder else ""
    return [
        {"prefix": f"s3://{bucket}/{prefix}"},
        *(key.removeprefix(prefix) for key in version.keys),
    ]


def _json(s3: Any, bucket: str, key: str, digest: str = "") -> Mapping[str, Any]:
    try:
        body: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if aws.is_missing(error):
            raise Refused(f"There is no s3://{bucket}/{key}. Fix: publish the dataset") from None
        raise
    if digest and hashlib.sha256(body).hexdigest() != digest:
        raise Refused(f"s3://{bucket}/{key} is not what its name says: somebody changed it")
    try:
        data = json.loads(body)
    except ValueError:
        data = None
    if not isinstance(data, Mapping):
        raise Refused(f"s3://{bucket}/{key} is no JSON object")
    return data
