"""`groundplan dataset commit`."""

import json
import pathlib
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from groundplan import s3_uris
from groundplan.command_line.errors import CommandError
from groundplan.data.commands.place import Place, at, existing_folder, show, where
from groundplan.data.commands.progress import progress

if TYPE_CHECKING:
    from groundplan.data.versions.content import Open
    from groundplan.data.versions.contents import Source
    from groundplan.data.versions.manifest import DatasetObject


@click.command(
    epilog="""
\b
Examples:
  groundplan dataset commit clicks data/                         a folder: its files are uploaded
  groundplan dataset commit clicks s3://artifacts/raw/clicks/    objects that are there already
  groundplan dataset commit clicks --objects keys.txt            a list of keys
  groundplan dataset commit clicks s3://artifacts/raw/ --inventory s3://reports/.../manifest.json
  groundplan dataset commit features data/ --parent clicks --created-by run=etl-7 --tag candidate
  groundplan dataset commit clicks --table lake.clicks           an Iceberg snapshot
\b
The same command again continues what was interrupted; the same content is the same version.
Exit codes: 0 committed, 1 it can't be, 2 the command was misused, 3 another commit was faster: the
version is stored, and the tag does not name it.
"""
)
@click.argument("dataset")
@click.argument("source", required=False, metavar="[FOLDER|s3://BUCKET/PREFIX/]")
@click.option(
    "--objects",
    type=click.Path(exists=True, dir_okay=False, path_type=pathlib.Path),
    metavar="FILE",
    help="The keys of the objects, one a line, or what `checkout --list` prints.",
)
@click.option(
    "--inventory",
    metavar="URI",
    help="Take the objects of the prefix from this S3 Inventory report.",
)
@click.option("--table", metavar="NAME", help="The current snapshot of an Iceberg table.")
@click.option(
    "--catalog", default="default", show_default=True, help="Of --table: pyiceberg's name of it."
)
@click.option(
    "--copy/--in-place",
    "copies",
    default=None,
    help=(
        "Copy objects of the bucket to keys of the dataset, or name them where they are. Default: "
        "copy if a lifecycle rule would delete them or what is overwritten."
    ),
)
@click.option(
    "--etags", is_flag=True, help="Record ETags: don't ask S3 for the checksum of each object."
)
@click.option(
    "--tag",
    "tags",
    multiple=True,
    metavar="TAG",
    help="A tag that names the version, in place of `latest`. Can be repeated.",
)
@click.option("--no-tag", is_flag=True, help="No tag names the version.")
@click.option(
    "--parent",
    "parents",
    multiple=True,
    metavar="DATASET[:TAG|@DIGEST]",
    help="A version that it was derived from. Can be repeated.",
)
@click.option(
    "--created-by",
    "created_by",
    multiple=True,
    metavar="KEY=VALUE",
    help="What created it, such as pipeline=etl. Can be repeated.",
)
@click.option(
    "--quality",
    type=click.Path(exists=True, dir_okay=False, path_type=pathlib.Path),
    metavar="FILE",
    help="The result of its quality checks: a JSON object. One that has not passed is refused.",
)
@click.option("--statistics", is_flag=True, help="Count rows and columns: reads all files twice.")
@click.option("--reason", default="", help="Why, for the tag's history.")
@click.option(
    "--workers", default=16, show_default=True, type=click.IntRange(1, 64), help="Threads."
)
@where
def commit(
    dataset: str,
    source: str | None,
    objects: pathlib.Path | None,
    inventory: str | None,
    tags: tuple[str, ...],
    no_tag: bool,
    **options: Any,
) -> None:
    """Create a version of a dataset: immutable, named by its digest."""
    if sum(given is not None for given in (source, objects, options["table"])) != 1:
        raise click.UsageError("name a FOLDER, s3://BUCKET/PREFIX/, --objects or --table")
    if no_tag and tags:
        raise click.UsageError("--no-tag and --tag exclude each other")
    with at(options) as place:
        from groundplan.data.versions.commit import Options
        from groundplan.data.versions.commit import commit as write
        from groundplan.data.versions.reference import LATEST, dataset_name

        dataset_name(dataset)
        chosen, folder, size = _source(place, dataset, source, objects, inventory, options)
        names = () if no_tag else tags or (LATEST,)
        snapshot = _snapshot(options["catalog"], options["table"])
        with progress(dataset, size, quiet=options["as_json"]) as step:
            given = Options(
                by=place.caller(),
                reason=options["reason"],
                tags=names,
                created_by=_pairs(options["created_by"]),
                quality=_quality(options["quality"]),
                parents=options["parents"],
                describe=_describe(place, folder, options["statistics"]),
                table=snapshot,
                workers=options["workers"],
                journal=_journal(place, dataset, chosen),
                progress=lambda item, _sent: step(item.size),
            )
            done = write(place.bucket, dataset, chosen, given)
    data = {
        **done.version.as_dict(),
        "tags": list(names),
        "stored": done.stored,
        "created": done.created,
    }
    verb = "committed" if done.created else "was committed before"
    called = f", {', '.join(names)}" if names else ""
    show(
        options,
        data,
        lambda: (
            f"{done.version.reference} {verb}{called}: {len(done.version.objects):,} objects, "
            f"{done.stored:,} stored now"
        ),
    )


def _source(
    place: Place,
    dataset: str,
    source: str | None,
    objects: pathlib.Path | None,
    inventory: str | None,
    options: Mapping[str, Any],
) -> "tuple[Source, pathlib.Path | None, int | None]":
    """What is committed; its folder, and its bytes, if they are known."""
    import groundplan.data.versions.inventory as inventories
    from groundplan.data.versions.contents import Folder, Stored
    from groundplan.data.versions.keys import DatasetKeys
    from groundplan.data.versions.sorting import by_path
    from groundplan.data.versions.sources import files

    copies, asks = options["copies"], not options["etags"]
    if objects is not None:
        file = objects

        def named() -> Any:
            with file.open(encoding="utf-8") as stream:
                yield from by_path(inventories.listed(iter(stream)))

        return (
            Stored(objects=named, label=f"{objects.resolve()}", copies=copies, asks=asks),
            None,
            None,
        )
    if source is None:
        label = f"table {options['catalog']} {options['table']}"
        return Stored(objects=lambda: (), label=label), None, None
    if not source.startswith("s3://"):
        folder = existing_folder(pathlib.Path(source))
        return Folder(folder), folder, sum(file.size for file in files(folder))
    bucket, prefix = s3_uris.split(source)
    if bucket != place.bucket.name:
        raise CommandError(
            f"{source} is in another bucket than {place.bucket.name}, where versions are kept. "
            "Fix: copy the objects there, or --bucket"
        )
    if inventory is None:
        return Stored(prefix, copies=copies, asks=asks), None, None
    report, keys, s3 = inventory, DatasetKeys(dataset), place.bucket.s3
    return (
        Stored(
            prefix,
            lambda: by_path(inventories.objects(s3, report, bucket, prefix, keys)),
            report,
            copies,
            asks,
        ),
        None,
        None,
    )


def _journal(place: Place, dataset: str, source: "Source") -> pathlib.Path:
    import groundplan.data.versions.journal as journal

    return journal.place(place.bucket.name, dataset, source.name)


def _describe(
    place: Place, folder: pathlib.Path | None, statistics: bool
) -> "Callable[[Iterable[DatasetObject]], tuple[Mapping[str, Any], Mapping[str, Any]]]":
    """Returns what reads schema and statistics off the objects of a version."""
    import groundplan.data.versions.content as content

    opened: Open = content.in_bucket(place.bucket)
    if folder is not None:
        root = folder
        opened = lambda item: (root / item.path).open("rb")  # noqa: E731 (in place of the other)

    def describe(
        objects: "Iterable[DatasetObject]",
    ) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        found = content.schema(objects, opened)
        if not statistics:
            return found, {}
        import groundplan.data.versions.statistics as counting

        return found, counting.count(objects, opened, found)

    return describe


def _snapshot(catalog: str, table: str | None) -> dict[str, Any]:
    """What identifies the snapshot of a table; empty without a table."""
    if table is None:
        return {}
    import groundplan.data.versions.iceberg as iceberg

    loaded = iceberg.load(catalog, table)
    return {**iceberg.snapshot(loaded), "schema": iceberg.schema(loaded)}


def _pairs(texts: tuple[str, ...]) -> dict[str, str]:
    for text in texts:
        if not text.partition("=")[1] or not text.partition("=")[0]:
            raise click.UsageError(f"--created-by {text!r} is no KEY=VALUE")
    return {key: value for key, _, value in (text.partition("=") for text in texts)}


def _quality(file: pathlib.Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CommandError(f"--quality {file} can't be read: {error}. Fix: a JSON object") from None
    if not isinstance(found, dict):
        raise CommandError(f"--quality {file} is no JSON object. Fix: a JSON object with `passed`")
    if found.get("passed") is False:
        raise CommandError(
            f"The quality checks in {file} failed: the data is not committed. Fix: mend the "
            "data, and check it again"
        )
    if found.get("passed") is not True:
        raise CommandError(
            f"--quality {file} does not say that the checks passed. Fix: a JSON object with "
            "`passed`, true or false"
        )
    return found
