"""Objects of a bucket and files of a folder: what a job reads and writes."""

import pathlib
from collections.abc import Iterator
from typing import Any

from groundplan import s3_uris
from groundplan.data.pipeline.engine.cluster.inputs import RawObject
from groundplan.data.pipeline.job.errors import JobError


def read(s3: Any, uri: str) -> bytes:
    """Returns the content of an object."""
    bucket, key = s3_uris.split(uri)
    with s3.get_object(Bucket=bucket, Key=key)["Body"] as body:
        content: bytes = body.read()
    return content


def download(s3: Any, bucket: str, item: RawObject, folder: str, target: pathlib.Path) -> None:
    """Writes an object to a folder of this machine, under its name in its own
    folder."""
    relative = item.key.removeprefix(folder)
    parts = relative.split("/")
    if not relative or relative.startswith("/") or {"", ".", ".."} & set(parts[:-1] or ["a"]):
        raise JobError(f"s3://{bucket}/{item.key} has no name for a file")
    file = target.joinpath(*parts)
    if ".." in parts or not file.resolve().is_relative_to(target.resolve()):
        raise JobError(f"s3://{bucket}/{item.key} has no name for a file")
    file.parent.mkdir(parents=True, exist_ok=True)
    # In parts, several at a time, and each tried again.
    version = {"VersionId": item.version} if item.version else None
    s3.download_file(bucket, item.key, str(file), ExtraArgs=version)


def download_folder(s3: Any, uri: str, target: pathlib.Path) -> int:
    """Writes all objects of a folder to one of this machine. Returns how many."""
    bucket, folder = s3_uris.split(uri)
    count = 0
    for key in keys(s3, bucket, folder):
        if not key.endswith("/"):
            download(s3, bucket, RawObject("", key, "", 0, ""), folder, target)
            count += 1
    return count


def empty(s3: Any, uri: str) -> None:
    """Deletes what a former try of a run has written."""
    bucket, folder = s3_uris.split(uri)
    for key in list(keys(s3, bucket, folder)):
        s3.delete_object(Bucket=bucket, Key=key)


def upload_folder(s3: Any, source: pathlib.Path, uri: str) -> int:
    """Writes the files of a folder to one of a bucket. Returns how many."""
    bucket, folder = s3_uris.split(uri)
    files = sorted(file for file in source.rglob("*") if file.is_file())
    for file in files:
        s3.upload_file(str(file), bucket, folder + file.relative_to(source).as_posix())
    return len(files)


def keys(s3: Any, bucket: str, folder: str) -> Iterator[str]:
    """Yields the keys below a folder."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder):
        for item in page.get("Contents", ()):
            yield item["Key"]
