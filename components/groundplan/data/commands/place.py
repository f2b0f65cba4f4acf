"""Where `groundplan dataset` works: the bucket of a stack, or one that is named; and
how it answers."""

import json
import pathlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from groundplan.command_line.errors import CommandError
from groundplan.command_line.stack_exports import exports
from groundplan.command_line.stack_options import (
    json_option,
    outputs_option,
    region_option,
    stack_option,
)

if TYPE_CHECKING:  # boto3 is slow to load, and `groundplan --help` has no use for it
    from groundplan.data.versions.bucket import Bucket

CONFLICT = 3
"""Exit code of a commit, a tag or a rollback that another one preceded."""

Command = Callable[..., None]

BUCKET = "artifactBucket"
"""The export with the bucket's name."""

NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]|arn:aws[a-z-]*:s3:\S+")
"""The name of a bucket, or the ARN of an access point (Amazon S3 User Guide, "Bucket
naming rules")."""

CONNECTIONS = 64
"""Connections to S3 that are kept open: more than there are threads."""


@dataclass(frozen=True)
class Place:
    """A bucket, and the session that it is reached with."""

    bucket: "Bucket"
    region: str | None
    session: Any

    def caller(self) -> str:
        """Returns the ARN of who acts; empty where there is no AWS STS to ask."""
        from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

        try:
            return str(self.client("sts").get_caller_identity()["Arn"])
        except (BotoCoreError, ClientError):
            return ""

    def client(self, service: str) -> Any:
        """Returns a client of an AWS service."""
        from botocore.config import Config  # type: ignore[import-untyped]

        config = Config(
            max_pool_connections=CONNECTIONS,
            retries={"mode": "standard", "max_attempts": 8},
            connect_timeout=5,
            read_timeout=60,
        )
        return self.session.client(service, region_name=self.region, config=config)


class Preceded(CommandError):
    """Another commit came first."""

    exit_code = CONFLICT


def where(command: Command) -> Command:
    """The options that say of which bucket, and how to answer."""
    bucket = click.option(
        "--bucket",
        envvar="GROUNDPLAN_BUCKET",
        metavar="NAME",
        help="The bucket, in place of the stack's.",
    )
    return bucket(region_option(outputs_option(stack_option(json_option(command)))))


@contextmanager
def at(options: Mapping[str, Any]) -> Iterator[Place]:
    """What a command works with; errors that the user can fix become messages."""
    name, found = options["bucket"], {}
    if not name:
        found = dict(exports(options["outputs"], options["stack"]))
        name = found.get(BUCKET)
    if not name:
        raise CommandError(f"The stack exports no {BUCKET}. Fix: --bucket NAME")
    if not NAME.fullmatch(name):
        fix = "its name alone: 3 to 63 lower-case letters, digits, dots and hyphens"
        raise CommandError(f"{name!r} is no name of a bucket. Fix: {fix}")

    import boto3  # type: ignore[import-untyped]
    from botocore.exceptions import BotoCoreError, ClientError

    from groundplan import aws
    from groundplan.data.versions.bucket import Bucket
    from groundplan.data.versions.errors import Conflict, DatasetError

    try:
        place = Place(
            Bucket(None, str(name)), options["region"] or found.get("region"), boto3.Session()
        )
        yield Place(Bucket(place.client("s3"), str(name)), place.region, place.session)
    except Conflict as error:
        raise Preceded(str(error)) from None
    except DatasetError as error:
        raise CommandError(str(error)) from None
    except (ClientError, BotoCoreError) as error:
        if aws.code(error) == "NoSuchBucket":
            raise CommandError(
                f"There is no bucket {name}, or not in this region. Fix: the name that `pulumi "
                f"stack output {BUCKET}` prints"
            ) from None
        raise CommandError(aws.words(error)) from None
    except KeyboardInterrupt:
        raise CommandError(
            "Interrupted. Nothing was published. Fix: the same command continues"
        ) from None


def show(options: Mapping[str, Any], data: Any, shown: Callable[[], Any]) -> None:
    """Prints data as JSON, or what `shown` returns: a text, or a table."""
    if options["as_json"]:
        click.echo(json.dumps(data, indent=2, sort_keys=True, default=str))
        return
    found = shown()
    if isinstance(found, str):
        click.echo(found)
        return
    from rich.console import Console

    Console().print(found)


def reference(place: Place, text: str) -> str:
    """Returns a reference by digest. The first eight digits of a digest are enough:
    `clicks@sha256:1f0c2b7a`."""
    import groundplan.data.versions.reading as reading

    dataset, at_sign, digest = text.partition("@")
    digits = digest.removeprefix("sha256:")
    if at_sign and 8 <= len(digits) < 64 and set(digits) <= set("0123456789abcdef"):
        listed = reading.versions(place.bucket.s3, place.bucket.name, dataset)
        found = [item for item in listed if item.digest.startswith(f"sha256:{digits}")]
        if len(found) != 1:
            raise CommandError(
                f"{text} is the beginning of {len(found)} digests. Fix: `groundplan dataset list "
                f"{dataset}` has them in full"
            )
        return f"{dataset}@{found[0].digest}"
    return reading.resolve(place.bucket.s3, place.bucket.name, text)


def existing_folder(path: pathlib.Path) -> pathlib.Path:
    """Returns a folder. Raises `CommandError` if it is none."""
    if not path.is_dir():
        raise CommandError(
            f"{path} is no folder. Fix: name the folder that holds the dataset's files"
        )
    return path
