"""A dataset's files as the shards of a baseline.

A shard is named after its file, without the folder that all have in common and without
the end that says the format: the same rows in CSV, JSON lines and Parquet, wherever
they are, come to the same digest.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial

from groundplan.model_monitoring.analysis import records, stores
from groundplan.model_monitoring.analysis.baseline import Shards
from groundplan.model_monitoring.analysis.documents import InvalidDocument
from groundplan.model_monitoring.analysis.labels import LABEL
from groundplan.model_monitoring.analysis.payload import Row
from groundplan.model_monitoring.analysis.schema import Schema
from groundplan.model_monitoring.analysis.stores import Bucket, Store

Place = tuple[Store, str]
"""A store, and the key of a file."""


def files(urls: Sequence[str]) -> dict[str, Place]:
    """Returns URL -> file, of files and of folders. Raises `InvalidDocument` if a
    folder has no file of a known format."""
    found: dict[str, Place] = {}
    for url in urls:
        base, name = stores.within(url)
        place = stores.store(base)
        entries = [entry for entry in place.entries(name) if not name or entry.key == name]
        keys = [entry.key for entry in entries if records.suffix(entry.key)]
        if not keys:
            ends = ", ".join(sorted({end for end in records.FORMATS if ".gz" not in end}))
            raise InvalidDocument(f"{url}: no file. Fix: name a file, or a folder with {ends}")
        found |= {f"{base.rstrip('/')}/{key}": (place, key) for key in keys}
    return found


def versioned(bucket: str, objects: Iterable[tuple[str, str, str]]) -> dict[str, Place]:
    """Returns path -> file of the objects of a dataset version: their paths, their keys
    and the versions of them that are read, whatever is there now."""
    known = [item for item in objects if records.suffix(item[1])]
    place = Bucket(bucket, "", {key: version for _, key, version in known})
    if not known:
        raise InvalidDocument("the dataset version has no file of CSV, JSON lines or Parquet")
    return {path: (place, key) for path, key, _ in known}


def shards(places: Mapping[str, Place], wanted: Collection[str] | None = None) -> Shards:
    """Returns name -> rows of files."""
    named = dict(zip(names(list(places)), places.values(), strict=True))
    return {name: partial(records.rows, place, key, wanted) for name, (place, key) in named.items()}


def names(urls: Sequence[str]) -> list[str]:
    """Returns the names of shards: without what all have in common. Files that differ
    in their format only keep it."""
    parts = [url.split("/") for url in urls]
    shared = 0
    while len({tuple(p[: shared + 1]) for p in parts}) == 1 < min(map(len, parts)) - shared:
        shared += 1
    short = ["/".join(p[shared:]) for p in parts]
    stems = [records.stem(name) for name in short]
    return stems if len(set(stems)) == len(stems) else short


def first_rows(known: Shards) -> Iterator[Row]:
    """Yields the rows of all shards, by name: what a schema is inferred from."""
    for _, rows in sorted(known.items()):
        yield from rows()


def columns_of(schema: Schema) -> set[str]:
    """Returns the columns that a baseline of a schema needs."""
    return {column.name for column in schema.features + schema.outputs} | {LABEL}
