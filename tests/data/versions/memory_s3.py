"""S3 in memory: the calls of dataset versions, with versions of objects and
conditional writes. Fast enough for ten thousand operations; `test_memory_s3` compares
it with moto."""

import base64
import bisect
import contextlib
import datetime
import hashlib
import io
import itertools
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]


def error(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)


@dataclass
class Version:
    version_id: str
    content: bytes | None
    """None: a delete marker."""
    modified: datetime.datetime
    checksum: dict[str, str] = field(default_factory=dict)
    etag: str = ""

    def __post_init__(self) -> None:
        if self.content is not None and not self.etag:
            self.etag = f'"{hashlib.md5(self.content, usedforsecurity=False).hexdigest()}"'


@dataclass
class Upload:
    key: str
    parts: dict[int, bytes] = field(default_factory=dict)


class MemoryS3:
    """A bucket that keeps versions."""

    def __init__(self) -> None:
        self.objects: dict[str, list[Version]] = {}
        self.uploads: dict[str, Upload] = {}
        self.now = datetime.datetime(2026, 11, 28, tzinfo=datetime.UTC)
        self.lifecycle: list[dict[str, Any]] = []
        self.locked: set[tuple[str, str]] = set()
        self._keys: list[str] = []
        """Those of objects, in order."""
        self._count = 0

    # Objects.

    def put_object(
        self,
        Bucket: str,  # noqa: N803, ARG002
        Key: str,  # noqa: N803
        Body: Any,  # noqa: N803
        IfNoneMatch: str = "",  # noqa: N803
        IfMatch: str = "",  # noqa: N803
        ChecksumSHA256: str = "",  # noqa: N803
        **_rest: Any,
    ) -> dict[str, Any]:
        if not isinstance(Body, bytes):
            Body.seek(0)
        content = Body if isinstance(Body, bytes) else Body.read()
        self._check(Key, IfNoneMatch, IfMatch, "PutObject")
        actual = base64.b64encode(hashlib.sha256(content).digest()).decode()
        if ChecksumSHA256 and ChecksumSHA256 != actual:
            raise error("BadDigest", "PutObject")
        checksum = {"ChecksumSHA256": actual} if ChecksumSHA256 else {"ChecksumCRC32": crc(content)}
        return self._store(Key, content, checksum)

    def copy_object(
        self,
        Bucket: str,  # noqa: N803, ARG002
        Key: str,  # noqa: N803
        CopySource: dict[str, str],  # noqa: N803
        **_rest: Any,
    ) -> dict[str, Any]:
        source = self._version(CopySource["Key"], CopySource["VersionId"], "CopyObject")
        assert source.content is not None
        digest = base64.b64encode(hashlib.sha256(source.content).digest()).decode()
        return self._store(Key, source.content, {"ChecksumSHA256": digest})

    def get_object(
        self,
        Bucket: str,  # noqa: N803, ARG002
        Key: str,  # noqa: N803
        VersionId: str = "",  # noqa: N803
        **_rest: Any,
    ) -> dict[str, Any]:
        found = self._version(Key, VersionId, "GetObject")
        return {**self._answer(found), "Body": Body(found.content or b"")}

    def head_object(
        self,
        Bucket: str,  # noqa: N803, ARG002
        Key: str,  # noqa: N803
        VersionId: str = "",  # noqa: N803
        **_rest: Any,
    ) -> dict[str, Any]:
        try:
            found = self._version(Key, VersionId, "HeadObject")
        except ClientError as failed:
            # A HEAD has no body, so that S3 can only answer with a status.
            code = "405" if failed.response["Error"]["Code"] == "MethodNotAllowed" else "404"
            raise error(code, "HeadObject") from None
        return {**self._answer(found), **found.checksum}

    def delete_object(
        self,
        Bucket: str,  # noqa: N803, ARG002
        Key: str,  # noqa: N803
        VersionId: str = "",  # noqa: N803
    ) -> dict[str, Any]:
        if not VersionId:
            self._add(Key, None, {})
            return {}
        if (Key, VersionId) in self.locked:
            raise error("AccessDenied", "DeleteObject")
        kept = [v for v in self.objects.get(Key, []) if v.version_id != VersionId]
        if kept:
            self.objects[Key] = kept
        elif self.objects.pop(Key, None):
            del self._keys[bisect.bisect_left(self._keys, Key)]
        return {}

    def delete_objects(self, Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        failed = []
        for item in Delete["Objects"]:
            try:
                self.delete_object(Bucket=Bucket, **item)
            except ClientError as refused:
                failed.append({**item, **refused.response["Error"]})
        return {"Errors": failed} if failed else {}

    # Lists.

    def get_paginator(self, name: str) -> "Paginator":
        return Paginator(getattr(self, name))

    def list_objects_v2(
        self,
        Bucket: str,  # noqa: N803, ARG002
        Prefix: str = "",  # noqa: N803
        Delimiter: str = "",  # noqa: N803
    ) -> dict[str, Any]:
        contents, folders = [], []
        for key in self._of(Prefix):
            newest = self.objects[key][-1]
            if newest.content is None:
                continue
            if Delimiter and Delimiter in key[len(Prefix) :]:
                folder = Prefix + key[len(Prefix) :].partition(Delimiter)[0] + Delimiter
                if folder not in folders:
                    folders.append(folder)
                continue
            contents.append({"Key": key, **self._listed(newest)})
        answer: dict[str, Any] = {"Contents": contents} if contents else {}
        if folders:
            answer["CommonPrefixes"] = [{"Prefix": folder} for folder in folders]
        return answer

    def list_object_versions(self, Bucket: str, Prefix: str = "") -> dict[str, Any]:  # noqa: N803, ARG002
        found = []
        for key in self._of(Prefix):
            for version in reversed(self.objects[key]):
                if version.content is not None:
                    latest = version is self.objects[key][-1]
                    found.append(
                        {
                            "Key": key,
                            "VersionId": version.version_id,
                            "IsLatest": latest,
                            **self._listed(version),
                        }
                    )
        return {"Versions": found} if found else {}

    # Uploads in parts.

    def create_multipart_upload(self, Bucket: str, Key: str, **_rest: Any) -> dict[str, Any]:  # noqa: N803, ARG002
        self._count += 1
        upload = f"upload-{self._count:06}"
        self.uploads[upload] = Upload(Key)
        return {"UploadId": upload}

    def list_multipart_uploads(self, Bucket: str, Prefix: str = "") -> dict[str, Any]:  # noqa: N803, ARG002
        found = [
            {"UploadId": name, "Key": upload.key, "Initiated": name}
            for name, upload in self.uploads.items()
            if upload.key.startswith(Prefix)
        ]
        return {"Uploads": found} if found else {}

    def list_parts(self, Bucket: str, Key: str, UploadId: str) -> dict[str, Any]:  # noqa: N803, ARG002
        parts = self._upload(UploadId, "ListParts").parts
        return {
            "Parts": [
                {"PartNumber": number, "ETag": etag(part), "ChecksumCRC32": crc(part)}
                for number, part in sorted(parts.items())
            ]
        }

    def upload_part(
        self,
        Bucket: str,  # noqa: N803, ARG002
        Key: str,  # noqa: N803, ARG002
        UploadId: str,  # noqa: N803
        PartNumber: int,  # noqa: N803
        Body: bytes,  # noqa: N803
        ChecksumCRC32: str = "",  # noqa: N803
    ) -> dict[str, Any]:
        if ChecksumCRC32 and ChecksumCRC32 != crc(Body):
            raise error("BadDigest", "UploadPart")
        self._upload(UploadId, "UploadPart").parts[PartNumber] = Body
        return {"ETag": etag(Body)}

    def complete_multipart_upload(
        self,
        Bucket: str,  # noqa: N803, ARG002
        Key: str,  # noqa: N803
        UploadId: str,  # noqa: N803
        MultipartUpload: dict[str, Any],  # noqa: N803
        IfNoneMatch: str = "",  # noqa: N803
        ChecksumCRC32: str = "",  # noqa: N803
        **_rest: Any,
    ) -> dict[str, Any]:
        upload = self._upload(UploadId, "CompleteMultipartUpload")
        self._check(Key, IfNoneMatch, "", "CompleteMultipartUpload")
        content = b"".join(upload.parts[part["PartNumber"]] for part in MultipartUpload["Parts"])
        if ChecksumCRC32 and ChecksumCRC32 != crc(content):
            raise error("BadDigest", "CompleteMultipartUpload")
        del self.uploads[UploadId]
        return self._store(Key, content, {"ChecksumCRC32": crc(content)})

    # The bucket.

    def get_bucket_versioning(self, Bucket: str) -> dict[str, Any]:  # noqa: N803, ARG002
        return {"Status": "Enabled"}

    def get_bucket_lifecycle_configuration(self, Bucket: str) -> dict[str, Any]:  # noqa: N803, ARG002
        if not self.lifecycle:
            raise error("NoSuchLifecycleConfiguration", "GetBucketLifecycleConfiguration")
        return {"Rules": self.lifecycle}

    # The state.

    def _of(self, prefix: str) -> list[str]:
        start = bisect.bisect_left(self._keys, prefix)
        return list(
            itertools.takewhile(
                lambda key: key.startswith(prefix), itertools.islice(self._keys, start, None)
            )
        )

    def _check(self, key: str, none: str, match: str, operation: str) -> None:
        found = self.objects.get(key)
        there = found[-1] if found and found[-1].content is not None else None
        if none and there is not None:
            raise error("PreconditionFailed", operation)
        if match and there is None:
            raise error("NoSuchKey", operation)
        if match and there is not None and there.etag != match:
            raise error("PreconditionFailed", operation)

    def _add(self, key: str, content: bytes | None, checksum: dict[str, str]) -> Version:
        self._count += 1
        self.now += datetime.timedelta(seconds=1)
        version = Version(f"v{self._count}", content, self.now, checksum)
        if key not in self.objects:
            bisect.insort(self._keys, key)
        self.objects.setdefault(key, []).append(version)
        return version

    def _store(self, key: str, content: bytes, checksum: dict[str, str]) -> dict[str, Any]:
        version = self._add(key, content, checksum)
        return {"ETag": version.etag, "VersionId": version.version_id, **checksum}

    def _version(self, key: str, version_id: str, operation: str) -> Version:
        versions = self.objects.get(key, [])
        if version_id:
            found = next((v for v in versions if v.version_id == version_id), None)
            if found is None:
                raise error("NoSuchVersion", operation)
            if found.content is None:
                raise error("MethodNotAllowed", operation)
            return found
        if not versions or versions[-1].content is None:
            raise error("NoSuchKey", operation)
        return versions[-1]

    def _upload(self, name: str, operation: str) -> Upload:
        if name not in self.uploads:
            raise error("NoSuchUpload", operation)
        return self.uploads[name]

    def _answer(self, version: Version) -> dict[str, Any]:
        return {
            "ETag": version.etag,
            "VersionId": version.version_id,
            "LastModified": version.modified,
            "ContentLength": len(version.content or b""),
        }

    def _listed(self, version: Version) -> dict[str, Any]:
        answer = self._answer(version)
        return {
            "ETag": answer["ETag"],
            "LastModified": answer["LastModified"],
            "Size": answer["ContentLength"],
        }


class Body(io.BytesIO):
    """The content of an answer."""

    def iter_chunks(self, chunk_size: int) -> Iterator[bytes]:
        while chunk := self.read(chunk_size):
            yield chunk


class Paginator:
    def __init__(self, call: Callable[..., dict[str, Any]]) -> None:
        self._call = call

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        yield self._call(**request)


def etag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def crc(content: bytes) -> str:
    return base64.b64encode(zlib.crc32(content).to_bytes(4, "big")).decode()


class Crash(BaseException):
    """The process is gone: nothing that it would do afterwards happens."""


class Client:
    """A client of one process, to which things happen."""

    def __init__(
        self,
        s3: MemoryS3,
        crash_at: int | None = None,
        twice_at: int | None = None,
        others: dict[int, Callable[[], None]] | None = None,
    ) -> None:
        self.s3, self.calls = s3, 0
        self._crash_at, self._twice_at, self._others = crash_at, twice_at, others or {}

    def __getattr__(self, name: str) -> Any:
        if name == "get_paginator":
            return lambda call: Paginator(getattr(self, call))
        found = getattr(self.s3, name)

        def call(**request: Any) -> Any:
            self.calls += 1
            if self._crash_at is not None and self.calls >= self._crash_at:
                raise Crash
            if other := self._others.pop(self.calls, None):
                other()  # another process, between two calls of this one
            if self.calls == self._twice_at:
                with contextlib.suppress(ClientError):
                    found(**request)  # its answer was lost: the SDK sends it again
            return found(**request)

        return call
