"""`groundplan dataset list`, `show` and `diff`."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from groundplan.data.commands.place import at, reference, where
from groundplan.data.commands.place import show as answer

if TYPE_CHECKING:
    from rich.table import Table


@click.command(
    "list",
    epilog="""
\b
Examples:
  groundplan dataset list                    the datasets
  groundplan dataset list clicks --json      the versions of one, the newest first
\b
Exit codes: 0 listed, 1 the bucket could not be read, 2 the command was misused.
""",
)
@click.argument("dataset", required=False)
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How many."
)
@where
def list_(dataset: str | None, limit: int, **options: Any) -> None:
    """The datasets of the bucket, or the versions of one, with their tags."""
    with at(options) as place:
        import groundplan.data.versions.reading as reading
        from groundplan.data.versions.reference import dataset_name

        s3, name = place.bucket.s3, place.bucket.name
        if dataset is None:
            names = list(reading.datasets(s3, name))
            answer(options, names, lambda: "\n".join(names) or "No dataset was committed.")
            return
        tags: dict[str, list[str]] = {}
        for tag in reading.tags(s3, name, dataset_name(dataset)):
            tags.setdefault(tag.digest, []).append(tag.name)
        rows = []
        for listed in reading.versions(s3, name, dataset)[:limit]:
            version = reading.version(place.bucket, dataset, listed.digest)
            at_time = listed.committed_at.isoformat()
            rows.append(
                {**version.as_dict(), "committed_at": at_time, "tags": tags.get(listed.digest, [])}
            )
    answer(options, rows, lambda: _versions(dataset, rows))


def _versions(dataset: str, rows: Sequence[Mapping[str, Any]]) -> "Table | str":
    if not rows:
        return f"{dataset} has no version. Fix: `groundplan dataset commit {dataset} FOLDER`"
    return table(
        ("version", "tags", "objects", "bytes", "committed", "created by"),
        [
            (
                row["digest"][: len("sha256:") + 12],
                ", ".join(row["tags"]),
                f"{row['objects']:,}",
                f"{row['size']:,}",
                row["committed_at"][:19],
                ", ".join(f"{key} {value}" for key, value in row["created_by"].items()),
            )
            for row in rows
        ],
    )


@click.command(
    epilog="""
\b
Examples:
  groundplan dataset show clicks                         what `latest` names
  groundplan dataset show clicks:production --json
  groundplan dataset show clicks@sha256:1f0c2b7a         the digest's beginning is enough
\b
Exit codes: 0 shown, 1 there is no such version, 2 the command was misused.
"""
)
@click.argument("version", metavar="DATASET[:TAG|@DIGEST]")
@where
def show(version: str, **options: Any) -> None:
    """One version: its objects, schema, statistics, origin; of a tag, its history."""
    with at(options) as place:
        import groundplan.data.versions.reading as reading
        import groundplan.data.versions.tagging as tagging
        from groundplan.data.versions.keys import DatasetKeys
        from groundplan.data.versions.reference import Reference

        full = reference(place, version)
        found = reading.read(place.bucket.s3, place.bucket.name, full)
        data = {**found.as_dict(), "statistics": dict(found.statistics)}
        stored = place.bucket.get(DatasetKeys(found.dataset).version(found.digest))
        if stored is not None:
            data["committed_at"] = stored.answer["LastModified"].isoformat()
            data["committed_by"] = stored.answer.get("Metadata", {}).get("committed-by", "")
        data["tags"] = [
            tag.name
            for tag in reading.tags(place.bucket.s3, place.bucket.name, found.dataset)
            if tag.digest == found.digest
        ]
        data["history"] = []
        if "@" not in version:
            name = Reference.parse(version).tag
            tag = reading.tag(place.bucket, found.dataset, name)
            data["history"] = [move.as_dict() for move in tagging.history(place.bucket, tag, 20)]
    answer(options, data, lambda: _version(data))


def _version(data: Mapping[str, Any]) -> str:
    lines = [
        data["reference"],
        f"  {data['objects']:,} objects, {data['size']:,} bytes",
        f"  committed {data.get('committed_at', '')} {data.get('committed_by', '')}".rstrip(),
    ]
    lines += [f"  {k}: {', '.join(data[k])}" for k in ("tags", "parents") if data[k]]
    known = [k for k in ("created_by", "quality", "table") if data[k]]
    lines += [f"  {k.replace('_', ' ')}: {_pairs(data[k])}" for k in known]
    if data["statistics"]:
        lines.append(f"  {data['statistics']['rows']:,} rows")
    lines += [f"    {c['name']}: {c['type']}" for c in data["schema"].get("columns", ())]
    for move in data["history"]:
        digest = move["digest"][: len("sha256:") + 12]
        why = " ".join(filter(None, (move["kind"], move["by"], move["reason"])))
        lines.append(
            f"  {move['sequence']:>4}  {digest}  {(move['at'] or '')[:19]}  {why}".rstrip()
        )
    return "\n".join(lines)


def _pairs(found: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in found.items())


@click.command(
    epilog="""
\b
Examples:
  groundplan dataset diff clicks:production clicks:latest
  groundplan dataset diff clicks@sha256:1f0c2b7a clicks --json
\b
Exit codes: 0 compared, whatever differs, 1 there is no such version, 2 the command was misused.
"""
)
@click.argument("before", metavar="BEFORE")
@click.argument("after", metavar="AFTER")
@click.option(
    "--limit",
    default=100,
    show_default=True,
    type=click.IntRange(0),
    help="Objects that are named; all are counted.",
)
@where
def diff(before: str, after: str, limit: int, **options: Any) -> None:
    """What differs between two versions: objects, schema, statistics."""
    with at(options) as place:
        import groundplan.data.versions.comparison as comparison
        import groundplan.data.versions.reading as reading

        s3, name = place.bucket.s3, place.bucket.name
        old = reading.read(s3, name, reference(place, before))
        new = reading.read(s3, name, reference(place, after))
        counts = {"added": 0, "removed": 0, "changed": 0}
        named: list[Any] = []
        for change in comparison.objects(old, new):
            counts[change.change] += 1
            named += [change] if len(named) < limit else []
        data = {
            "before": old.reference,
            "after": new.reference,
            "counts": counts,
            "objects": [change.as_dict() for change in named],
            "schema": comparison.schema(old.schema, new.schema),
            "statistics": _compared(comparison.statistics, old.statistics, new.statistics),
            "without_statistics": [v.reference for v in (old, new) if not v.statistics],
        }
    answer(options, data, lambda: _difference(data))


def _compared(compare: Any, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Any]:
    """What differs between statistics, where both versions have some."""
    found: list[Any] = compare(old, new) if old and new else []
    return found


SIGNS = {"added": "+", "removed": "-", "changed": "~"}


def _difference(data: Mapping[str, Any]) -> str:
    counts = data["counts"]
    lines = [", ".join(f"{count:,} {change}" for change, count in counts.items())]
    lines += [f"  {SIGNS[item['change']]} {item['path']}" for item in data["objects"]]
    if sum(counts.values()) > len(data["objects"]):
        lines.append(f"  and {sum(counts.values()) - len(data['objects']):,} more: --limit")
    for item in data["schema"]:
        lines.append(f"column {item['column']}: {item['before']} -> {item['after']}")
    for item in islice(data["statistics"], 50):
        subject = f"{item['column']} {item['measure']}".strip()
        lines.append(f"{subject}: {item['before']} -> {item['after']}")
    if len(data["without_statistics"]) == 1:
        lines.append(f"statistics: {data['without_statistics'][0]} has none")
    return "\n".join(lines)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> "Table":
    """Returns a table of texts."""
    from rich.table import Table
    from rich.text import Text

    found = Table()
    for column in columns:
        found.add_column(column, overflow="fold")
    for row in rows:
        found.add_row(*(Text(cell) for cell in row))
    return found
