"""Objects that are in the bucket already, as objects of a version.

They stay where they are if nothing deletes what is overwritten there: a version names
them by their version ids. Where a lifecycle rule of the bucket would delete noncurrent
or expired objects, they are copied to keys of the dataset, by S3 and not through this
machine.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

import groundplan.data.versions.checksums as checksums
from groundplan.data.versions.bucket import MISSING, Bucket, code
from groundplan.data.versions.errors import Conflict, Refused
from groundplan.data.versions.keys import DatasetKeys
from groundplan.data.versions.manifest import DatasetObject
from groundplan.data.versions.sources import SourceObject
from groundplan.data.versions.uploads import LONGEST_NAME, head

LARGEST_COPY = 5 << 30
"""Bytes that CopyObject takes; a larger object is copied in parts."""

COPY_PART = 1 << 30

OWN = re.compile(r"datasets/[^/]+/objects/")
"""Keys of a dataset's own objects, which its garbage collection deletes: another
dataset copies them."""


@dataclass(frozen=True)
class InPlace:
    """Names objects of a bucket, and copies them where it has to."""

    bucket: Bucket
    keys: DatasetKeys
    copies: bool
    """Whether objects are copied to keys of the dataset."""
    asks: bool = True
    """Whether each object is asked for its checksum; else its ETag is recorded."""

    def store(
        self, source: SourceObject, known: DatasetObject | None = None, *, again: bool = False
    ) -> DatasetObject:
        """Returns the object of a version: the known one, if it is the same version of
        the same key. `again` copies it in any case."""
        if not (source.version_id and (source.etag or self.asks)):
            source = self._resolved(source)
        if self.copies or OWN.match(source.key):
            if known is not None and known.key == self._key(source) and not again:
                return known
            return self._copied(source, again)
        if known is not None and (known.key, known.version_id) == (source.key, source.version_id):
            return known
        checksum = f"ETAG:{source.etag}"
        if self.asks:
            checksum = checksums.of_answer(self._asked(source))
        return DatasetObject(source.path, source.key, source.version_id, source.size, checksum)

    def _resolved(self, source: SourceObject) -> SourceObject:
        """The object with what the list that named it does not say."""
        answer = head(self.bucket, source.key, source.version_id)
        if answer is None:
            raise Refused(
                f"{self.bucket.uri(source.key)} does not exist. Fix: name objects of the bucket"
            )
        etag = str(answer["ETag"]).strip('"')
        return SourceObject(
            source.path, source.key, answer["VersionId"], answer["ContentLength"], etag
        )

    def _asked(self, source: SourceObject) -> Mapping[str, Any]:
        answer = head(self.bucket, source.key, source.version_id)
        if answer is None:
            raise gone(self.bucket, source)
        return answer

    def _copied(self, source: SourceObject, again: bool) -> DatasetObject:
        key = self._key(source)
        answer = None if again else head(self.bucket, key)
        if answer is None:
            try:
                answer = self._copy(source, key)
            except ClientError as error:
                if code(error) in MISSING:
                    raise gone(self.bucket, source) from None
                raise
        checksum = checksums.of_answer(answer)
        return DatasetObject(source.path, key, answer["VersionId"], source.size, checksum)

    def _key(self, source: SourceObject) -> str:
        """One key for each version of an object: a copy is found again."""
        identity = hashlib.sha256(f"{source.key}\n{source.version_id}".encode()).hexdigest()
        name = source.path.rpartition("/")[2].encode()[-LONGEST_NAME:].decode(errors="ignore")
        return f"{self.keys.folder('objects/')}copies/{identity}/{name}"

    def _copy(self, source: SourceObject, key: str) -> Mapping[str, Any]:
        place = {"Bucket": self.bucket.name, "Key": source.key, "VersionId": source.version_id}
        if source.size > LARGEST_COPY:
            self._copy_parts(source, key, place)
        else:
            self.bucket.s3.copy_object(
                Bucket=self.bucket.name, Key=key, CopySource=place, ChecksumAlgorithm="SHA256"
            )
        answer = head(self.bucket, key)
        if answer is None:
            raise Conflict(f"{self.bucket.uri(key)} was deleted. Fix: commit again")
        return answer

    def _copy_parts(self, source: SourceObject, key: str, place: Mapping[str, str]) -> None:
        s3, name = self.bucket.s3, self.bucket.name
        upload = s3.create_multipart_upload(
            Bucket=name, Key=key, ChecksumAlgorithm="CRC64NVME", ChecksumType="FULL_OBJECT"
        )["UploadId"]
        parts = []
        for number, start in enumerate(range(0, source.size, COPY_PART), 1):
            end = min(start + COPY_PART, source.size) - 1
            result = s3.upload_part_copy(
                Bucket=name,
                Key=key,
                UploadId=upload,
                PartNumber=number,
                CopySource=place,
                CopySourceRange=f"bytes={start}-{end}",
            )["CopyPartResult"]
            kept = {k: v for k, v in result.items() if k in ("ETag", "ChecksumCRC64NVME")}
            parts.append({"PartNumber": number, **kept})
        s3.complete_multipart_upload(
            Bucket=name, Key=key, UploadId=upload, MultipartUpload={"Parts": parts}
        )


def gone(bucket: Bucket, source: SourceObject) -> Conflict:
    """Returns the error of an object that was deleted while it was committed."""
    return Conflict(
        f"{bucket.uri(source.key)} (version {source.version_id}) was deleted while it was "
        "committed. Fix: commit again once nothing deletes objects there"
    )


def require_versioning(bucket: Bucket) -> None:
    """Raises `Refused` unless the bucket keeps what is overwritten."""
    status = bucket.s3.get_bucket_versioning(Bucket=bucket.name).get("Status")
    if status != "Enabled":
        raise Refused(
            f"The bucket {bucket.name} keeps no versions of objects: what is overwritten would be "
            "lost to a dataset version. Fix: enable versioning, as ArtifactBucket does"
        )


def deleting_rules(bucket: Bucket, prefix: str) -> list[str]:
    """Returns the ids of the lifecycle rules that delete noncurrent versions of objects
    of a prefix, or expire its objects."""
    return [
        str(rule.get("ID", ""))
        for rule in _rules(bucket)
        if ("NoncurrentVersionExpiration" in rule or _expires(rule)) and _reaches(rule, prefix)
    ]


def expiring_rules(bucket: Bucket, prefix: str) -> list[str]:
    """Returns the ids of the lifecycle rules that expire current objects of a
    prefix."""
    return [
        str(rule.get("ID", ""))
        for rule in _rules(bucket)
        if _expires(rule) and _reaches(rule, prefix)
    ]


def _rules(bucket: Bucket) -> list[Mapping[str, Any]]:
    try:
        answer = bucket.s3.get_bucket_lifecycle_configuration(Bucket=bucket.name)
    except ClientError as error:
        if code(error) == "NoSuchLifecycleConfiguration":
            return []
        if code(error) in ("AccessDenied", "403"):
            # A principal that may not read the rules can't rely on there being none.
            return [{"ID": "unknown", "NoncurrentVersionExpiration": {}}]
        raise
    return [rule for rule in answer.get("Rules", ()) if rule.get("Status") == "Enabled"]


def _expires(rule: Mapping[str, Any]) -> bool:
    expiration = rule.get("Expiration", {})
    return "Days" in expiration or "Date" in expiration


def _reaches(rule: Mapping[str, Any], prefix: str) -> bool:
    """Whether a rule may reach objects of a prefix. One that asks for tags or sizes may
    reach some."""
    found = rule.get("Filter", {})
    found = found.get("And", found)
    limit = str(found.get("Prefix", rule.get("Prefix", "")))
    return limit.startswith(prefix) or prefix.startswith(limit)
