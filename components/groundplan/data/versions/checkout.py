"""A version as files: downloaded by version id, so that it does not matter what was
overwritten or deleted since, and verified against the checksums of the manifest."""

import contextlib
import pathlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

import groundplan.data.versions.checksums as checksums
import groundplan.data.versions.sources as sources
from groundplan.data.versions.bucket import MISSING, Bucket, code
from groundplan.data.versions.checksums import Verification
from groundplan.data.versions.errors import Damaged, Refused
from groundplan.data.versions.manifest import DatasetObject, DatasetVersion
from groundplan.data.versions.uploads import CHUNK, content_sha256
from groundplan.data.versions.work import WORKERS, in_order

PARTIAL = ".groundplan-part"
"""The ending of a file that is being downloaded."""


@dataclass
class CheckedOut:
    """What came of a checkout."""

    downloaded: int = 0
    present: int = 0
    """Files that were there with the right content."""
    unverified: int = 0
    """Files whose checksum this machine can't compute: only their size is known."""
    deleted: int = 0


def checkout(
    bucket: Bucket,
    version: DatasetVersion,
    folder: pathlib.Path,
    *,
    delete: bool = False,
    workers: int = WORKERS,
    progress: Callable[[DatasetObject], None] = lambda _item: None,
) -> CheckedOut:
    """Writes the objects of a version into a folder. Files that are there already with
    the right content stay; others that the version does not have are deleted with
    `delete`, and refused without. Raises `Damaged` if an object is not what was
    committed."""
    if folder.exists() and not folder.is_dir():
        raise Refused(f"{folder} is a file. Fix: name a folder")
    found = CheckedOut(deleted=_clear(folder, version, delete))

    def work(item: DatasetObject) -> tuple[DatasetObject, str]:
        return item, _write(bucket, item, folder / _safe(item.path))

    for item, outcome in in_order(work, version.objects, workers):
        if outcome == "present":
            found.present += 1
        else:
            found.downloaded += 1
            found.unverified += outcome == "unverified"
        progress(item)
    return found


def _clear(folder: pathlib.Path, version: DatasetVersion, delete: bool) -> int:
    """Deletes files that the version does not have. Both come in the order of paths."""
    if not folder.is_dir():
        return 0
    wanted: Iterator[str] = (item.path for item in version.objects)
    here, count = next(wanted, None), 0
    for file in sources.files(folder):
        while here is not None and here < file.path:
            here = next(wanted, None)
        if file.path == here:
            continue
        if not delete and not file.path.endswith(PARTIAL):
            raise Refused(
                f"{file.file} is no part of {version.reference}. Fix: name an empty folder, or "
                "--delete"
            )
        pathlib.Path(file.file).unlink()
        count += 1
    return count


def _safe(path: str) -> str:
    """Raises `Refused` for a path that leads out of the folder."""
    if path.startswith("/") or "\0" in path or any(p in ("", ".", "..") for p in path.split("/")):
        raise Refused(
            f"{path!r} can't be the name of a file. Fix: `groundplan dataset checkout --list`, and "
            "read the objects by their keys"
        )
    return path


def _write(bucket: Bucket, item: DatasetObject, file: pathlib.Path) -> str:
    if _is_present(item, file):
        return "present"
    partial = file.with_name(f"{file.name}{PARTIAL}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            verified = _download(bucket, item, partial)
        except BaseException:
            with contextlib.suppress(OSError):
                partial.unlink()
            raise
        partial.replace(file)
    except OSError as error:
        raise Refused(f"{file} can't be written: {error.strerror}") from None
    return "verified" if verified else "unverified"


def _download(bucket: Bucket, item: DatasetObject, file: pathlib.Path) -> bool:
    checks = _verifications(item)
    try:
        answer = bucket.s3.get_object(Bucket=bucket.name, Key=item.key, VersionId=item.version_id)
    except ClientError as error:
        if code(error) in MISSING:
            raise _lost(bucket, item, "is gone") from None
        raise
    size = 0
    with contextlib.closing(answer["Body"]) as body, file.open("wb") as stream:
        for chunk in body.iter_chunks(CHUNK):
            stream.write(chunk)
            size += len(chunk)
            for check in checks:
                check.update(chunk)
    if size != item.size or not all(check.holds() for check in checks):
        raise _lost(bucket, item, "does not have the content that was committed")
    return bool(checks)


def _is_present(item: DatasetObject, file: pathlib.Path) -> bool:
    try:
        if not file.is_file() or file.stat().st_size != item.size:
            return False
        checks = _verifications(item)
        with file.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                for check in checks:
                    check.update(chunk)
    except OSError:
        return False
    return bool(checks) and all(check.holds() for check in checks)


def _verifications(item: DatasetObject) -> list[Verification]:
    """The checksums that can be computed: that of S3, and that in the key of an
    upload."""
    known = dict.fromkeys(filter(None, (content_sha256(item.key), item.checksum)))
    return [check for check in map(checksums.Verification, known) if check.possible]


def _lost(bucket: Bucket, item: DatasetObject, what: str) -> Damaged:
    return Damaged(
        f"{bucket.uri(item.key)} (version {item.version_id}) {what}. Fix: restore it from a "
        "replica or a backup, or check another version out"
    )
