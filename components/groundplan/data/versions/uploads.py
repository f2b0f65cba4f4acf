"""Files as objects: each under a key with the SHA-256 of its content, written once and
never overwritten, so that no lifecycle rule for noncurrent versions reaches it.

A file that was uploaded before is not sent again. A large one is sent in parts; S3
keeps the parts of an upload that was interrupted, and the next try continues with them.
"""

import hashlib
import pathlib
import threading
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

import groundplan.data.versions.checksums as checksums
from groundplan.data.versions.bucket import MISSING, TRIES, Bucket, code
from groundplan.data.versions.errors import Refused
from groundplan.data.versions.keys import DatasetKeys
from groundplan.data.versions.manifest import DatasetObject
from groundplan.data.versions.sources import SourceFile
from groundplan.data.versions.work import WORKERS, in_order

CHUNK = 1 << 20
PART = 16 << 20
"""Bytes of a part, and of the largest file that is sent at once. Each thread holds one
part in memory."""

AT_ONCE = 4
"""Files of as many parts, at most, that are sent at the same time, each by a share of
the threads: while one is hashed or completed, the others use the network."""

MOST_PARTS = 10_000
"""Parts of an upload (S3 User Guide, "Amazon S3 multipart upload limits")."""

LONGEST_NAME = 200
"""Bytes of the file's name that stay in its key, which S3 limits to 1024."""

THERE = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict"})
"""Error codes of a conditional write of an object that exists, or is being written."""

CHANGED = frozenset({"BadDigest", "XAmzContentChecksumMismatch"})
"""Error codes of content that has not the checksum of its header."""

Answer = Mapping[str, Any]


@dataclass(frozen=True)
class Upload:
    """Sends files to one dataset."""

    bucket: Bucket
    keys: DatasetKeys
    workers: int = WORKERS
    part_size: int = PART
    turns: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AT_ONCE))
    """Files that are sent in parts at the same time."""

    def is_alone(self, source: SourceFile) -> bool:
        """Whether a file is sent by all threads: one of more than a few parts."""
        return source.size > self.part_size * AT_ONCE

    def store(
        self, source: SourceFile, known: DatasetObject | None = None, *, again: bool = False
    ) -> DatasetObject:
        """Returns the object with the content of a file: the known one, if it has that
        content, or one that is uploaded unless it is there. `again` uploads it in any
        case."""
        try:
            with pathlib.Path(source.file).open("rb") as stream:
                digest = checksums.sha256_of(_chunks(stream, CHUNK))
                size = stream.tell()
                key = self._key(source.path, digest)
                if known is not None and known.key == key and not again:
                    return known
                answer = self._stored(source, stream, key, digest, size, again)
        except OSError as error:
            raise Refused(f"{source.file} can't be read: {error.strerror}") from None
        return DatasetObject(
            source.path, key, answer["VersionId"], size, checksums.of_answer(answer)
        )

    def _key(self, path: str, digest: bytes) -> str:
        name = path.rpartition("/")[2].encode()[-LONGEST_NAME:].decode(errors="ignore")
        return f"{self.keys.folder('objects/')}{digest.hex()}/{name}"

    def _stored(
        self, source: SourceFile, stream: BinaryIO, key: str, digest: bytes, size: int, again: bool
    ) -> Answer:
        """What S3 says of the object. Where S3 has neither the object nor takes it,
        another writer is at it: the one who comes first."""
        for _ in range(TRIES):
            if size > self.part_size:
                answer = self._send_parts(source, stream, key, size, again)
            else:
                answer = self._put(source, stream, key, digest, again)
            answer = answer or head(self.bucket, key)
            if answer is not None:
                return answer
        raise Refused(f"{self.bucket.uri(key)} can't be written. Fix: commit again")

    def _put(
        self, source: SourceFile, stream: BinaryIO, key: str, digest: bytes, again: bool
    ) -> Answer | None:
        """Sends a file at once. None if the object is there."""
        stream.seek(0)
        condition = {} if again else {"IfNoneMatch": "*"}
        wanted = checksums.base64_of(digest)
        try:
            answer: dict[str, Any] = self.bucket.s3.put_object(
                Bucket=self.bucket.name, Key=key, Body=stream, ChecksumSHA256=wanted, **condition
            )
        except ClientError as error:
            if code(error) in THERE:
                return None
            raise _fault(source, error) from error
        return {**answer, "ChecksumSHA256": wanted}

    def _send_parts(
        self, source: SourceFile, stream: BinaryIO, key: str, size: int, again: bool
    ) -> Answer | None:
        """Sends a file in parts, but for those that S3 has. None if the object is
        there."""
        if not again and (there := head(self.bucket, key)) is not None:
            return there
        if self.is_alone(source):
            return self._parts_sent(source, stream, key, size, again, self.workers)
        with self.turns:
            own = max(1, self.workers // AT_ONCE)
            return self._parts_sent(source, stream, key, size, again, own)

    def _parts_sent(
        self,
        source: SourceFile,
        stream: BinaryIO,
        key: str,
        size: int,
        again: bool,
        workers: int,
    ) -> Answer | None:
        upload = self._unfinished(key) or self._begin(key)
        sent = self._sent(key, upload)
        whole = _Whole(stream, max(self.part_size, -(-size // MOST_PARTS)))

        def send(part: "_Part") -> dict[str, Any] | None:
            etag = part.among(sent) or self._part(key, upload, part)
            if not etag:
                return None
            return {
                "PartNumber": part.number,
                "ETag": etag,
                "ChecksumCRC32": part.checksum,
            }

        parts = list(in_order(send, whole.parts(), workers, ahead=1))
        if None in parts:
            return None
        if stream.tell() != size:
            raise _fault(source, None)
        return self._complete(source, key, upload, parts, whole.checksum, again)

    def _unfinished(self, key: str) -> str:
        """The upload of this content that was interrupted last, or is under way. None
        is known to a role that may not list uploads, which S3 allows for a whole bucket
        only: it sends all parts again."""
        try:
            answer = self.bucket.s3.list_multipart_uploads(Bucket=self.bucket.name, Prefix=key)
        except ClientError as error:
            if code(error) in ("AccessDenied", "403"):
                return ""
            raise
        found = [upload for upload in answer.get("Uploads", ()) if upload["Key"] == key]
        return str(max(found, key=lambda upload: upload["Initiated"])["UploadId"]) if found else ""

    def _begin(self, key: str) -> str:
        answer = self.bucket.s3.create_multipart_upload(
            Bucket=self.bucket.name, Key=key, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT"
        )
        return str(answer["UploadId"])

    def _sent(self, key: str, upload: str) -> dict[int, Answer]:
        """The parts that S3 has, by number."""
        try:
            pages = self.bucket.s3.get_paginator("list_parts").paginate(
                Bucket=self.bucket.name, Key=key, UploadId=upload
            )
            return {part["PartNumber"]: part for page in pages for part in page.get("Parts", ())}
        except ClientError as error:
            if code(error) == "NoSuchUpload":
                return {}
            raise

    def _part(self, key: str, upload: str, part: "_Part") -> str | None:
        """The ETag of a part that is sent. None if the upload is over: another commit
        of the same content has completed it."""
        try:
            answer = self.bucket.s3.upload_part(
                Bucket=self.bucket.name,
                Key=key,
                UploadId=upload,
                PartNumber=part.number,
                Body=part.content,
                ChecksumCRC32=part.checksum,
            )
        except ClientError as error:
            if code(error) == "NoSuchUpload":
                return None
            raise
        return str(answer["ETag"])

    def _complete(
        self,
        source: SourceFile,
        key: str,
        upload: str,
        parts: list[dict[str, Any] | None],
        checksum: str,
        again: bool,
    ) -> Answer | None:
        condition = {} if again else {"IfNoneMatch": "*"}
        try:
            answer: dict[str, Any] = self.bucket.s3.complete_multipart_upload(
                Bucket=self.bucket.name,
                Key=key,
                UploadId=upload,
                MultipartUpload={"Parts": parts},
                ChecksumCRC32=checksum,
                ChecksumType="FULL_OBJECT",
                **condition,
            )
        except ClientError as error:
            if code(error) in THERE | {"NoSuchUpload"}:
                return None
            raise _fault(source, error) from error
        return {**answer, "ChecksumCRC32": checksum}


@dataclass(frozen=True)
class _Part:
    number: int
    content: bytes
    checksum: str

    def among(self, sent: Mapping[int, Answer]) -> str:
        """Returns the ETag of this part, if S3 has it; empty if it has none, or one
        with another content."""
        there = sent.get(self.number, {})
        if "ChecksumCRC32" in there:
            return str(there["ETag"]) if there["ChecksumCRC32"] == self.checksum else ""
        # A store that lists no checksums: without KMS, an ETag is the MD5.
        etag = str(there.get("ETag", "")).strip('"')
        known = hashlib.md5(self.content, usedforsecurity=False).hexdigest()
        return str(there["ETag"]) if etag == known else ""


class _Whole:
    """A file as parts, and the checksum of all that was read."""

    def __init__(self, stream: BinaryIO, part_size: int) -> None:
        self._stream = stream
        self._part_size = part_size
        self._crc = 0

    def parts(self) -> Iterator[_Part]:
        self._stream.seek(0)
        for number, content in enumerate(_chunks(self._stream, self._part_size), 1):
            self._crc = zlib.crc32(content, self._crc)
            yield _Part(number, content, _crc32(zlib.crc32(content)))

    @property
    def checksum(self) -> str:
        return _crc32(self._crc)


def head(bucket: Bucket, key: str, version_id: str = "") -> Answer | None:
    """Returns what S3 says of an object, with its checksum; None if it is not there."""
    version = {"VersionId": version_id} if version_id else {}
    try:
        answer: Answer = bucket.s3.head_object(
            Bucket=bucket.name, Key=key, ChecksumMode="ENABLED", **version
        )
    except ClientError as error:
        if code(error) in MISSING:
            return None
        raise
    return answer


def content_sha256(key: str) -> str:
    """Returns the SHA-256, as `SHA256:<base64>`, that the key of an upload says its
    content has; empty for another key."""
    folder, _, digest = key.rpartition("/")[0].rpartition("/")
    if not folder.endswith("/objects") or len(digest) != hashlib.sha256().digest_size * 2:
        return ""
    try:
        return f"SHA256:{checksums.base64_of(bytes.fromhex(digest))}"
    except ValueError:
        return ""


def _fault(source: SourceFile, error: ClientError | None) -> Exception:
    if error is not None and code(error) not in CHANGED:
        failed: Exception = error
        return failed
    return Refused(
        f"{source.file} was changed while it was uploaded. Fix: commit again once nothing "
        "writes to it"
    )


def _chunks(stream: BinaryIO, size: int) -> Iterator[bytes]:
    while chunk := stream.read(size):
        yield chunk


def _crc32(value: int) -> str:
    return checksums.base64_of(value.to_bytes(4, "big"))
