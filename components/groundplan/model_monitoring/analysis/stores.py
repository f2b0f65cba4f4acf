"""Where captures, labels and results are: a prefix of a bucket, or a folder.

A store is a name only, so that it can be sent to a worker; clients are created where
they are used. Objects are read as streams.
"""

import gzip
import pathlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, BinaryIO, Protocol

from groundplan import s3_uris
from groundplan.model_monitoring.analysis import ranged
from groundplan.model_monitoring.analysis.documents import InvalidDocument

CHUNK = 1 << 20
LONGEST = 32 * 1024 * 1024
"""Bytes of a line. SageMaker's largest request is 25 MB (InvokeEndpoint), and base64
adds a third; what is longer is no line of a capture."""
FILES = (".csv", ".json", ".jsonl", ".ndjson", ".parquet", ".gz")
"""Ends of the names of files; what ends otherwise is a folder."""


@dataclass(frozen=True, order=True)
class Entry:
    """An object of a store."""

    key: str
    size: int
    """In bytes."""


class Store(Protocol):
    """A prefix of a bucket, or a folder."""

    def entries(self, prefix: str = "") -> list[Entry]:
        """Returns the objects whose keys begin with a prefix, by key."""

    def lines(self, key: str) -> Iterator[bytes]:
        """Yields the lines of an object, of one that ends in `.gz` uncompressed."""

    def opened(self, key: str) -> BinaryIO:
        """Returns an object as a file that can be read from any place."""

    def read(self, key: str) -> bytes:
        """Returns an object's content."""

    def write(self, key: str, content: bytes, content_type: str = ...) -> None:
        """Writes an object."""

    def delete(self, key: str) -> None:
        """Deletes an object."""


@dataclass(frozen=True)
class Folder:
    """A folder."""

    path: str

    def entries(self, prefix: str = "") -> list[Entry]:
        """Returns the files whose paths begin with a prefix, by path."""
        root = pathlib.Path(self.path)
        if prefix and (root / prefix).is_file():
            return [Entry(prefix, (root / prefix).stat().st_size)]
        # A prefix that ends a folder's name narrows the walk; any other one filters.
        start = root / prefix if prefix.endswith("/") else root
        files = (file for file in start.rglob("*") if file.is_file())
        found = [Entry(f.relative_to(root).as_posix(), f.stat().st_size) for f in files]
        return sorted(entry for entry in found if entry.key.startswith(prefix))

    def lines(self, key: str) -> Iterator[bytes]:
        """Yields the lines of a file."""
        with (pathlib.Path(self.path) / key).open("rb") as stream:
            yield from split(_reader(stream, key))

    def opened(self, key: str) -> BinaryIO:
        """Returns a file that can be read from any place."""
        return (pathlib.Path(self.path) / key).open("rb")

    def read(self, key: str) -> bytes:
        """Returns a file's content."""
        return (pathlib.Path(self.path) / key).read_bytes()

    def write(self, key: str, content: bytes, content_type: str = "") -> None:  # noqa: ARG002
        """Writes a file."""
        file = pathlib.Path(self.path) / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    def delete(self, key: str) -> None:
        """Deletes a file."""
        (pathlib.Path(self.path) / key).unlink(missing_ok=True)


@dataclass(frozen=True)
class Bucket:
    """A prefix of a bucket."""

    bucket: str
    prefix: str
    """Empty, or with a slash at its end."""
    versions: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Key in the bucket -> the version that is read; others are read as they are
    now."""

    def entries(self, prefix: str = "") -> list[Entry]:
        """Returns the objects whose keys begin with a prefix, by key."""
        pages = (
            _s3()
            .get_paginator("list_objects_v2")
            .paginate(Bucket=self.bucket, Prefix=self.prefix + prefix)
        )
        return sorted(
            Entry(item["Key"].removeprefix(self.prefix), item["Size"])
            for page in pages
            for item in page.get("Contents", ())
            if not item["Key"].endswith("/")
        )

    def lines(self, key: str) -> Iterator[bytes]:
        """Yields the lines of an object."""
        body = _s3().get_object(**self._where(key))["Body"]
        with body:
            yield from split(_reader(body, key))

    def opened(self, key: str) -> BinaryIO:
        """Returns an object as a file that can be read from any place."""
        return ranged.opened(_s3(), self._where(key))

    def read(self, key: str) -> bytes:
        """Returns an object's content."""
        answer = _s3().get_object(**self._where(key))
        return bytes(answer["Body"].read())

    def write(self, key: str, content: bytes, content_type: str = "application/json") -> None:
        """Writes an object, encrypted as the bucket's default says."""
        _s3().put_object(
            Bucket=self.bucket, Key=self.prefix + key, Body=content, ContentType=content_type
        )

    def delete(self, key: str) -> None:
        """Deletes an object."""
        _s3().delete_object(Bucket=self.bucket, Key=self.prefix + key)

    def _where(self, key: str) -> dict[str, str]:
        where = {"Bucket": self.bucket, "Key": self.prefix + key}
        version = self.versions.get(self.prefix + key)
        return {**where, "VersionId": version} if version else where


@cache
def _s3() -> Any:
    import boto3  # type: ignore[import-untyped]

    return boto3.client("s3")


def store(url: str) -> Store:
    """Returns the store of `s3://bucket/prefix`, or of a folder's path."""
    if url.startswith("s3://"):
        bucket, prefix = s3_uris.split(url)
        if not bucket:
            raise InvalidDocument(f"{url!r} names no bucket. Fix: s3://BUCKET/PREFIX")
        return Bucket(bucket, f"{prefix.rstrip('/')}/" if prefix.strip("/") else "")
    return Folder(url)


def within(url: str) -> tuple[str, str]:
    """Returns the folder of a URL and, if it names a file, the file's key in it."""
    name = url.rpartition("/")[2]
    is_file = not url.startswith("s3://") and pathlib.Path(url).is_file()
    if is_file or name.lower().endswith(FILES):
        return url.removesuffix(name).rstrip("/") or ("/" if url.startswith("/") else "."), name
    return url, ""


def parent(url: str) -> tuple[Store, str]:
    """Returns the store and the key of one object, or file."""
    head, _, key = url.rpartition("/")
    return store(head or "."), key


def _reader(stream: Any, key: str) -> Callable[[int], bytes]:
    opened = gzip.GzipFile(fileobj=stream) if key.endswith(".gz") else stream
    read: Callable[[int], bytes] = opened.read
    return read


def split(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """Yields lines within bounded memory: of one that is longer than `LONGEST`, which
    no reader accepts, its beginning only."""
    kept, skips = b"", False
    while chunk := read(CHUNK):
        lines = (kept + chunk).split(b"\n")
        kept = lines.pop()
        for line in lines:
            if not skips:
                yield line
            skips = False
        if skips:
            kept = b""
        elif len(kept) > LONGEST:
            yield kept
            kept, skips = b"", True
    if kept and not skips:
        yield kept
