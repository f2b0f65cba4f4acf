"""Objects of a prefix from an S3 Inventory report, where there are too many to list.

The report is a day old at most; what was overwritten since has its version ids still
(S3 User Guide, "Cataloging and analyzing your data with S3 Inventory").
"""

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote_plus

from groundplan import s3_uris
from groundplan.data.versions.bucket import Bucket
from groundplan.data.versions.errors import Refused
from groundplan.data.versions.keys import DatasetKeys
from groundplan.data.versions.sources import SourceObject

CSV: Mapping[str, str] = {
    "Key": "key",
    "VersionId": "version_id",
    "IsLatest": "is_latest",
    "IsDeleteMarker": "is_delete_marker",
    "Size": "size",
    "ETag": "e_tag",
}
"""Names of a column in a manifest, and in a Parquet file."""

NEEDED = ("key", "size", "e_tag")


def objects(
    s3: Any, uri: str, bucket: str, prefix: str, keys: DatasetKeys
) -> Iterator[SourceObject]:
    """Yields the current objects of a prefix, in no order. `uri` is the report's
    `manifest.json`. Raises `Refused` for a report that can't be used."""
    place, key = s3_uris.split(uri)
    reports = Bucket(s3, place)
    found = reports.document(key)
    if found is None:
        raise Refused(f"There is no inventory at {uri}. Fix: name the report's manifest.json")
    report = found[0]
    if report.get("sourceBucket") != bucket:
        raise Refused(
            f"{uri} is an inventory of {report.get('sourceBucket')}, not of {bucket}. Fix: name a "
            "report of that bucket"
        )
    rows = _reader(str(report.get("fileFormat")), uri)
    start = prefix.rpartition("/")[0]
    cut = len(start) + 1 if start else 0
    names = [name.strip() for name in str(report["fileSchema"]).split(",")]
    for file in report["files"]:
        stored = reports.get(file["key"])
        if stored is None:
            raise Refused(f"{uri} names {file['key']}, which is gone. Fix: name a newer report")
        for row in rows(stored.content, names):
            item = _object(row, uri, cut)
            if item and item.key.startswith(prefix) and not keys.is_own(item.key):
                yield item


def _object(row: Mapping[str, Any], uri: str, cut: int) -> SourceObject | None:
    missing = [name for name in NEEDED if row.get(name) is None]
    if _true(row.get("is_delete_marker")) or not _true(row.get("is_latest", True)):
        return None
    if missing:
        raise Refused(
            f"The inventory {uri} lacks {', '.join(missing)}. Fix: add the fields Size and ETag to "
            "its configuration"
        )
    key = str(row["key"])
    if key.endswith("/"):
        return None
    # A report of current versions only has no ids: they are asked for.
    version_id = str(row.get("version_id") or "")
    return SourceObject(key[cut:], key, version_id, int(row["size"]), str(row["e_tag"]).strip('"'))


def _true(value: Any) -> bool:
    return value if isinstance(value, bool) else str(value).lower() == "true"


Rows = Callable[[bytes, Sequence[str]], Iterator[Mapping[str, Any]]]


def _reader(form: str, uri: str) -> Rows:
    if form == "CSV":
        return _csv_rows
    if form == "Parquet":
        return _parquet_rows
    raise Refused(f"The inventory {uri} is of {form} files. Fix: let S3 write CSV or Parquet")


def _csv_rows(content: bytes, names: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    columns = [CSV.get(name, name) for name in names]
    stream = io.TextIOWrapper(gzip.GzipFile(fileobj=io.BytesIO(content)), "utf-8", newline="")
    for values in csv.reader(stream):
        row = dict(zip(columns, values, strict=False))
        # Keys are URL-encoded in CSV ("Amazon S3 Inventory list").
        yield {**row, "key": unquote_plus(row["key"])}


def _parquet_rows(content: bytes, _names: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    try:
        import pyarrow.parquet as parquet  # type: ignore[import-untyped]
    except ImportError:
        raise Refused(
            "An inventory of Parquet files needs pyarrow. Fix: pip install 'groundplan[parquet]'"
        ) from None
    for batch in parquet.ParquetFile(io.BytesIO(content)).iter_batches(batch_size=10_000):
        yield from batch.to_pylist()


def listed(lines: Iterator[str]) -> Iterator[SourceObject]:
    """Yields the objects that a list names, a key a line, or JSON with `key` and
    `version_id`, as `checkout --list` prints it. Raises `Refused` for another line."""
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text:
            continue
        if not text.startswith("{"):
            yield SourceObject(text, text, "", 0, "")
            continue
        try:
            found = json.loads(text)
            key, version_id = str(found["key"]), str(found.get("version_id", ""))
            yield SourceObject(str(found.get("path", key)), key, version_id, 0, "")
        except (KeyError, ValueError) as error:
            raise Refused(
                f"Line {number} of the list can't be read: {error}. Fix: a key a line, or JSON "
                "with key and version_id"
            ) from None
