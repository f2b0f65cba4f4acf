"""`groundplan dataset tag` and `rollback`."""

from typing import Any

import click

from groundplan.command_line.errors import CommandError
from groundplan.data.commands.place import at, reference, show, where


@click.command(
    epilog="""
\b
Examples:
  groundplan dataset tag clicks:latest production --reason "checked by hand"
  groundplan dataset tag clicks@sha256:1f0c2b7a v2
\b
Exit codes: 0 the tag names the version, 1 it can't, 2 the command was misused,
3 another was faster.
"""
)
@click.argument("version", metavar="DATASET[:TAG|@DIGEST]")
@click.argument("name", metavar="TAG")
@click.option("--reason", default="", help="Why, for the tag's history.")
@where
def tag(version: str, name: str, reason: str, **options: Any) -> None:
    """Let a tag name a version. It is created, or moved."""
    with at(options) as place:
        import groundplan.data.versions.tagging as tagging

        dataset, _, digest = reference(place, version).partition("@")
        seen = tagging.settled(place.bucket, dataset, name)
        wanted = tagging.Wanted(digest, tagging.TAG, place.caller(), reason)
        moved = tagging.move(place.bucket, dataset, name, wanted, seen)
    data = {**moved.document(), "reference": moved.reference, "moved": moved.digest != seen.digest}
    show(options, data, lambda: f"{dataset}:{name} names {moved.digest}")


@click.command(
    epilog="""
\b
Examples:
  groundplan dataset rollback clicks:production --reason "labels of 2026-11-27 are wrong"
  groundplan dataset rollback clicks --to sha256:1f0c2b7a... --reason "..."
\b
The versions stay; only the tag moves. Exit codes: as of tag.
"""
)
@click.argument("version", metavar="DATASET[:TAG]")
@click.option(
    "--to", "digest", default="", metavar="DIGEST", help="A version that the tag named before."
)
@click.option("--reason", required=True, help="Why, for the tag's history.")
@where
def rollback(version: str, digest: str, reason: str, **options: Any) -> None:
    """Move a tag back to the version that it named before."""
    with at(options) as place:
        import groundplan.data.versions.tagging as tagging
        from groundplan.data.versions.reference import Reference

        found = Reference.parse(version)
        if found.digest:
            raise CommandError(f"{version} names no tag. Fix: DATASET:TAG, and --to DIGEST")
        if digest:
            bare = digest.removeprefix("sha256:")
            digest = reference(place, f"{found.dataset}@sha256:{bare}").partition("@")[2]
        caller = place.caller()
        moved = tagging.rollback(place.bucket, found.dataset, found.tag, caller, reason, digest)
    data = {**moved.document(), "reference": moved.reference}
    show(options, data, lambda: f"{found.dataset}:{found.tag} names {moved.digest} again")
