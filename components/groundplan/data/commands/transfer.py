"""`groundplan dataset checkout`."""

import json
import pathlib
from typing import Any

import click

from groundplan.command_line.errors import CommandError
from groundplan.data.commands.place import at, reference, show, where
from groundplan.data.commands.progress import progress


@click.command(
    epilog="""
\b
Examples:
  groundplan dataset checkout clicks:production data/
  groundplan dataset checkout clicks@sha256:1f0c2b7a data/ --delete
  groundplan dataset checkout clicks --list > objects.jsonl      keys and version ids, one a line
\b
What was overwritten or deleted since is read by its version id; checksums are verified.
The same command again continues what was interrupted.
Exit codes: 0 downloaded, 1 something could not be read, 2 the command was misused.
"""
)
@click.argument("version", metavar="DATASET[:TAG|@DIGEST]")
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=pathlib.Path))
@click.option(
    "--list", "listed", is_flag=True, help="Print the objects as JSON lines; download nothing."
)
@click.option("--delete", is_flag=True, help="Delete files that the version does not have.")
@click.option(
    "--workers", default=16, show_default=True, type=click.IntRange(1, 64), help="Threads."
)
@where
def checkout(
    version: str,
    folder: pathlib.Path | None,
    listed: bool,
    delete: bool,
    workers: int,
    **options: Any,
) -> None:
    """Download a version into a folder, or list its objects."""
    if (folder is None) != listed:
        raise click.UsageError("name a FOLDER, or --list")
    with at(options) as place:
        import groundplan.data.versions.checkout as checking_out
        import groundplan.data.versions.reading as reading

        found = reading.read(place.bucket.s3, place.bucket.name, reference(place, version))
        if found.table:
            raise CommandError(
                f"{found.reference} is a snapshot of the table {found.table.get('table')}. Fix: "
                f"read it with an engine for Iceberg, at snapshot {found.table.get('snapshot_id')}"
            )
        if folder is None:
            for item in found.objects:
                click.echo(json.dumps(item.as_dict(), sort_keys=True))
            return
        quiet = options["as_json"]
        with progress(found.dataset, found.objects.size, quiet=quiet) as step:
            done = checking_out.checkout(
                place.bucket,
                found,
                folder,
                delete=delete,
                workers=workers,
                progress=lambda item: step(item.size),
            )
    data = {"reference": found.reference, "folder": str(folder), **vars(done)}
    unsure = (
        f"; of {done.unverified:,} only the size could be verified (pip install awscrt)"
        if done.unverified
        else ""
    )
    show(
        options,
        data,
        lambda: (
            f"{found.reference}: {done.downloaded:,} files written, {done.present:,} were there"
            f"{unsure}"
        ),
    )
