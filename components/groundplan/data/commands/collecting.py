"""`groundplan dataset gc`."""

import datetime
from collections.abc import Mapping
from typing import Any

import click

from groundplan.data.commands.place import Place, at, show, where


@click.command(
    epilog="""
\b
Examples:
  groundplan dataset gc clicks                     what would be deleted, and why the rest stays
  groundplan dataset gc clicks --delete
  groundplan dataset gc clicks --grace-days 90 --keep-moves 50 --delete
\b
Kept are versions that a tag names or named in its last moves, that a model of the registry or a
record of the bucket names, that other kept versions were derived from, and young ones. Objects that
were committed where they are in the bucket are never deleted.
Exit codes: 0 done, or shown, 1 something could not be read, 2 the command was misused.
"""
)
@click.argument("dataset")
@click.option("--delete", is_flag=True, help="Delete it. Without it, nothing is changed.")
@click.option(
    "--grace-days",
    default=30,
    show_default=True,
    type=click.IntRange(0),
    help="Versions and objects that are younger stay.",
)
@click.option(
    "--keep-moves",
    default=10,
    show_default=True,
    type=click.IntRange(1),
    help="Of each tag, versions of as many last moves stay.",
)
@click.option(
    "--records",
    multiple=True,
    metavar="PREFIX",
    help="Another folder of records that name dataset versions.",
)
@click.option(
    "--without-registry",
    is_flag=True,
    help="Ask no SageMaker model registry: the environment has none.",
)
@where
def gc(
    dataset: str,
    delete: bool,
    grace_days: int,
    keep_moves: int,
    records: tuple[str, ...],
    without_registry: bool,
    **options: Any,
) -> None:
    """Delete versions that nothing refers to, and objects that no version names."""
    with at(options) as place:
        import groundplan.data.versions.collecting as collecting
        from groundplan.data.versions.keeping import Rules
        from groundplan.data.versions.reference import dataset_name

        found = collecting.collect(
            place.bucket,
            dataset_name(dataset),
            lambda: users(place, records, without_registry),
            Rules(datetime.timedelta(days=grace_days), keep_moves),
            delete=delete,
            by=place.caller(),
        )
        lock = collecting.object_lock(place.bucket)
    data = {**found.as_dict(), "object_lock": lock}
    show(options, data, lambda: _collected(data))


def users(
    place: Place, records: tuple[str, ...], without_registry: bool
) -> Mapping[str, list[str]]:
    """Returns who refers to which version."""
    from itertools import chain

    import groundplan.data.versions.uses as uses

    folders = (*uses.RECORDS, *records)
    found = chain(uses.of_records(place.bucket, folders), uses.of_bucket_registry(place.bucket))
    if without_registry:
        return uses.merged(found)
    return uses.merged(chain(found, uses.of_registry(place.client("sagemaker"))))


def _bytes(data: Mapping[str, Any]) -> str:
    return f"{data['size']:,} bytes"


def _collected(data: Mapping[str, Any]) -> str:
    verb = "deleted" if data["deleted"] else "would be deleted"
    lines = [
        f"{verb}: {len(data['versions'])} versions, {data['objects']:,} objects, {_bytes(data)}",
    ]
    lines += [f"  {digest}" for digest in data["versions"]]
    lines.append(f"kept: {len(data['kept'])} versions")
    if not data["versions"] and not data["kept"]:
        lines.append("There is no version of it. Fix: `groundplan dataset list` has the datasets")
    for digest, reasons in sorted(data["kept"].items()):
        more = f" and {len(reasons) - 3} more" if len(reasons) > 3 else ""
        lines.append(f"  {digest[: len('sha256:') + 12]}  {', '.join(reasons[:3])}{more}")
    if data["locked"]:
        lines.append(f"S3 did not allow to delete {len(data['locked'])}: locked, or not permitted")
        lines += [f"  {address}" for address in data["locked"][:10]]
    if data["object_lock"]:
        lines.append(
            f"Object Lock retains objects ({data['object_lock']}): younger ones can't be deleted"
        )
    if not data["deleted"] and (data["versions"] or data["objects"]):
        lines.append("Nothing was changed. Fix: --delete deletes it")
    return "\n".join(lines)
