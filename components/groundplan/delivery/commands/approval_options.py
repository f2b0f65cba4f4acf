"""What `groundplan approve` and `groundplan up` share: the project, its delivery
settings, and where approvals are kept."""

import os
import pathlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from groundplan.command_line.errors import CommandError
from groundplan.command_line.program_inputs import project_option

if TYPE_CHECKING:
    from groundplan.delivery.approval.store import Store
    from groundplan.delivery_levels.args import DeliveryArgs
    from groundplan.manifest.project import Project

Command = Callable[..., None]
SHOWN_ONLY = (
    "COLOR",
    "EMOJI",
    "LOGFLOW",
    "LOGTOSTDERR",
    "MEMPROFILERATE",
    "NON_INTERACTIVE",
    "OTEL_TRACES",
    "PARALLEL",
    "PROFILING",
    "SUPPRESS_OUTPUTS",
    "SUPPRESS_PERMALINK",
    "SUPPRESS_PROGRESS",
    "TRACING",
    "VERBOSE",
)
"""Options of Pulumi's commands that decide nothing of what is deployed. Each can be set
by PULUMI_OPTION_NAME (Pulumi 3.208)."""


def shared_options(command: Command) -> Command:
    """The options of both commands."""
    options = (
        click.argument("stack", envvar="GROUNDPLAN_STACK"),
        project_option,
        click.option(
            "--store",
            "place",
            envvar="GROUNDPLAN_APPROVALS",
            metavar="PLACE",
            help="Where approvals are kept: s3://BUCKET/PREFIX or a folder. Default: "
            "delivery.approval.store of the stack's settings.",
        ),
        click.option(
            "--key",
            envvar="GROUNDPLAN_APPROVAL_KEY",
            metavar="ARN",
            help="The KMS key that signs approvals. Default: delivery.approval.keyArn of the "
            "stack's settings, which a pipeline should not trust alone.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@dataclass(frozen=True)
class Delivered:
    """A stack with its delivery settings."""

    project: "Project"
    stack: str
    args: "DeliveryArgs"
    key: str | None
    """The key whose signature counts; `None` where nothing is signed."""
    place: str | None
    """Where approvals are kept."""

    @property
    def valid_hours(self) -> int:
        """Hours that an approval holds."""
        from groundplan.delivery_levels.args import APPROVAL_DEFAULTS

        hours = self.args.get("approval", {}).get("valid_hours")
        return hours or APPROVAL_DEFAULTS["valid_hours"]

    @property
    def has_bucket(self) -> bool:
        """Whether approvals are kept in a bucket."""
        return bool(self.place) and str(self.place).startswith("s3://")

    @property
    def longest_hours(self) -> int:
        """Hours that an approval may hold at most: what the settings say, where they
        do."""
        from groundplan.delivery_levels.validation import MOST_HOURS

        return self.args.get("approval", {}).get("valid_hours") or MOST_HOURS

    @property
    def store(self) -> "Store | None":
        """Where approvals are kept; `None` where nothing says it."""
        return store_at(self.place) if self.place else None


def delivered(folder: pathlib.Path, stack: str, key: str | None, place: str | None) -> Delivered:
    """The stack, with its settings where the command line says nothing else."""
    from groundplan.delivery_levels.declared import InvalidDelivery, declared
    from groundplan.excerpts import YamlFile
    from groundplan.manifest.project import ProjectError, configuration, load

    try:
        project = load(folder)
        args = declared(project.name, stack, configuration(project, stack, {}).values)
    except ProjectError as error:
        raise CommandError(str(error)) from None
    except InvalidDelivery as error:
        file = project.settings_file(stack)
        raise CommandError(error.with_lines(YamlFile.read(file, file.name))) from None
    # Before minutes of previews, and a question to a person.
    _check_options_of_pulumi()
    if key:
        _check_key(key)
    if place:
        _check_place(place)
    approval = args.get("approval", {})
    settled = approval.get("key_arn")
    if key and settled and key != settled:
        raise CommandError(
            f"--key is {key}, and Pulumi.{stack}.yaml names {settled}. "
            "Fix: correct delivery.approval.keyArn, or the pipeline's variable"
        )
    return Delivered(project, stack, args, key or settled, place or approval.get("store"))


def _check_options_of_pulumi() -> None:
    """Raises an error where a variable of the environment adds an option to commands of
    Pulumi that decides what they deploy, or writes it into the settings."""
    prefix = "PULUMI_OPTION_"
    found = sorted(
        name
        for name in os.environ
        if name.startswith(prefix) and name.removeprefix(prefix) not in SHOWN_ONLY
    )
    if found:
        raise CommandError(
            f"{', '.join(found)}: set in the environment, which adds an option to each `pulumi` "
            "that runs. Fix: unset it, or put what it says into the settings"
        )


def _check_place(place: str) -> None:
    """Raises `UsageError` for what is neither a prefix of a bucket nor a folder."""
    from groundplan.delivery.approval.store import PLACE

    is_url = "://" in place or place.startswith("s3:")
    if is_url and not PLACE.fullmatch(place):
        raise click.UsageError(f"--store {place}: expected s3://BUCKET/PREFIX or a folder")
    if not is_url and pathlib.Path(place).is_file():
        raise click.UsageError(f"--store {place} is a file. Fix: name a folder")


def _check_key(key: str) -> None:
    """Raises `UsageError` for what is not the ARN of a key, as the settings do."""
    from groundplan.delivery_levels.validation import KEY

    if not KEY.fullmatch(key):
        raise click.UsageError(
            f"--key {key}: expected the ARN of a KMS key, "
            "arn:aws:kms:us-east-1:123456789012:key/ID. Fix: name the key itself: an alias can be "
            "moved to another key"
        )


def store_at(place: str) -> "Store":
    """The store at a place."""
    from groundplan.delivery.approval.store import PLACE, Bucket, Folder

    _check_place(place)
    found = PLACE.fullmatch(place)
    if found is None:
        return Folder(pathlib.Path(place))
    prefix = (found[2] or "").strip("/")
    return Bucket(client("s3"), found[1], f"{prefix}/" if prefix else "")


def client(service: str, region: str | None = None) -> Any:
    """A client of AWS, in the region of the environment unless one is named."""
    import boto3  # type: ignore[import-untyped]

    from groundplan import aws

    # The default session: another one reads botocore's data again.
    return boto3.client(service, region_name=region, config=aws.CONTROL)


def key_client(key: str) -> Any:
    """A client of KMS in the region of a key."""
    parts = key.split(":")
    return client("kms", parts[3] if len(parts) > 3 else None)


@contextmanager
def command_errors() -> Iterator[None]:
    """Turns the errors of recording, of stores and of AWS into those of a command."""
    from botocore.exceptions import (  # type: ignore[import-untyped]
        BotoCoreError,
        ClientError,
    )

    from groundplan import aws
    from groundplan.command_line.pulumi_cli import PulumiError
    from groundplan.delivery.approval.recording import RecordingError
    from groundplan.delivery.approval.store import StoreError
    from groundplan.manifest import processes
    from groundplan.manifest.text_files import FileError

    try:
        yield
    except processes.Cancelled as error:
        click.echo(f"groundplan: {error}", err=True)
        sys.exit(error.exit_code)
    except (PulumiError, RecordingError, FileError) as error:
        raise CommandError(str(error)) from None
    except StoreError as error:
        raise CommandError(f"The approval can't be kept: {error}") from None
    except (ClientError, BotoCoreError) as error:
        raise CommandError(aws.words(error)) from None
    except OSError as error:
        raise CommandError(f"{error.filename} can't be used: {error.strerror}") from None
