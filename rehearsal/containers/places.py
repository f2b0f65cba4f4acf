"""Where a container reads and writes: a folder, or a URI in S3.

On SageMaker all places are folders. On a cluster they are URIs: of a folder, of one
object, of the manifest of a dataset version, or of a list of objects in SageMaker's
form (`ManifestFile`).
"""

import json
import pathlib
from collections.abc import Iterator
from typing import Any

SCHEME = "s3://"
LIST = ".manifest.json"
WRITTEN = ("PreconditionFailed", "412")
"""Codes of S3's answer to a conditional write of an object that exists."""


def files(place: str) -> Iterator[tuple[str, bytes]]:
    """Yields the files of a place, sorted by name: name and content. Raises
    `FileNotFoundError` if there are none."""
    found = _objects(place) if place.startswith(SCHEME) else _local(pathlib.Path(place))
    empty = True
    for each in found:
        empty = False
        yield each
    if empty:
        raise FileNotFoundError(f"There are no files in {place}")


def write(place: str, name: str, content: bytes) -> bool:
    """Writes a file, never over another one. Returns whether it was written: a run that
    is restarted leaves what its first attempt wrote."""
    if not place.startswith(SCHEME):
        path = pathlib.Path(place) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return True
    from botocore.exceptions import ClientError  # type: ignore[import-untyped]

    bucket, key = parts(f"{place.rstrip('/')}/{name}")
    try:
        # The policy of an artifact bucket may demand it (`write_once_prefixes`).
        _s3().put_object(Bucket=bucket, Key=key, Body=content, IfNoneMatch="*")
    except ClientError as error:
        if error.response["Error"]["Code"] in WRITTEN:
            return False
        raise
    return True


def parts(uri: str) -> tuple[str, str]:
    """Returns the bucket and the key of a URI."""
    bucket, _, key = uri.removeprefix(SCHEME).partition("/")
    return bucket, key


def _local(place: pathlib.Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(place.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(place)), path.read_bytes()


def _s3() -> Any:
    """Returns a client. Imported where it is needed: a job on SageMaker has no network,
    and no use for it."""
    import boto3  # type: ignore[import-untyped]

    return boto3.client("s3")


def _objects(uri: str) -> Iterator[tuple[str, bytes]]:
    s3, (bucket, key) = _s3(), parts(uri)
    if key.endswith(LIST):
        yield from _listed(s3, bucket, key)
    elif _is_version(key):
        yield from _version(s3, bucket, key)
    elif key.endswith("/"):
        yield from _below(s3, bucket, key)
    else:
        yield key.rpartition("/")[2], _content(s3, bucket, key)


def _below(s3: Any, bucket: str, prefix: str) -> Iterator[tuple[str, bytes]]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    for page in pages:
        for item in page.get("Contents", ()):
            if not item["Key"].endswith("/"):  # what consoles create as a folder
                yield item["Key"].removeprefix(prefix), _content(s3, bucket, item["Key"])


def _listed(s3: Any, bucket: str, key: str) -> Iterator[tuple[str, bytes]]:
    first, *names = json.loads(_content(s3, bucket, key))
    for name in names:
        yield name, _content(s3, *parts(f"{first['prefix']}{name}"))


def _is_version(key: str) -> bool:
    folders = key.split("/")
    return len(folders) == 4 and folders[::2] == ["datasets", "versions"]


def _version(s3: Any, bucket: str, key: str) -> Iterator[tuple[str, bytes]]:
    """Yields the objects of a dataset version, as they were committed."""
    from groundplan.data import versions

    _, dataset, _, name = key.split("/")
    reference = f"{dataset}@sha256:{name.removesuffix('.json')}"
    for item in versions.read(s3, bucket, reference).objects:
        yield item.path, _content(s3, bucket, item.key, VersionId=item.version_id)


def _content(s3: Any, bucket: str, key: str, **which: str) -> bytes:
    body: bytes = s3.get_object(Bucket=bucket, Key=key, **which)["Body"].read()
    return body
