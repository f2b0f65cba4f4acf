"""`groundplan bootstrap`: where does Pulumi keep its state?"""

import json
import re
import sys
from typing import TYPE_CHECKING

import click

from groundplan.command_line.errors import CommandError
from groundplan.command_line.stack_options import json_option
from groundplan.operations.environment_region import region_of

if TYPE_CHECKING:
    from groundplan.operations.bootstrap.plan import Part, Settings

BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
"""S3 User Guide, "General purpose bucket naming rules"; a dot breaks TLS."""
REGION = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-\d{1,2}")
ALIAS = re.compile(r"alias/(?!aws/)[A-Za-z0-9/_-]{1,250}")


@click.command(
    epilog="""
\b
Examples:
  groundplan bootstrap --region us-east-1 --dry-run       what would be created
  groundplan bootstrap --region us-east-1 --yes
  pulumi login 's3://pulumi-state-123456789012-us-east-1?region=us-east-1&awssdk=v2'
\b
Exit codes: 0 the account has all (with --dry-run: nothing is to do), 1 something could not be
created, or was not confirmed, 2 the command was misused, 3 with --dry-run: there is something
to do.
"""
)
@click.option("--region", help="The region. Default: what the environment says.")
@click.option("--bucket", help="Default: pulumi-state-ACCOUNT-REGION.")
@click.option(
    "--key-alias", default="alias/pulumi-state", show_default=True, help="The key's alias."
)
@click.option("--dry-run", is_flag=True, help="Show what is missing, and change nothing.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@json_option
def bootstrap(
    region: str | None,
    bucket: str | None,
    key_alias: str,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Create, once in an account, the bucket of Pulumi's state and the KMS key that
    encrypts it and the stacks' secrets.

    What exists stays; what it lacks is added. Nothing is deleted or weakened. Pulumi
    Cloud needs none of this."""
    _check(bucket, key_alias)
    if as_json and not (dry_run or yes):
        raise click.UsageError("--json asks nothing. Fix: add --yes or --dry-run")

    import boto3  # type: ignore[import-untyped]
    from botocore.exceptions import (  # type: ignore[import-untyped]
        BotoCoreError,
        ClientError,
    )

    from groundplan import aws
    from groundplan.operations.bootstrap.account import parts
    from groundplan.operations.bootstrap.bucket import Taken
    from groundplan.operations.bootstrap.plan import Settings, Unusable, report

    where = region_of(region, {})
    if not REGION.fullmatch(where):
        raise click.UsageError(
            f"--region {where}: expected the name of a region, such as us-east-1"
        )
    session = boto3.session.Session(region_name=where)
    try:
        identity = session.client("sts", config=aws.CONTROL).get_caller_identity()
        account, partition = identity["Account"], identity["Arn"].split(":")[1]
        name = bucket or f"pulumi-state-{account}-{where}"
        settings = Settings(name, where, key_alias, account, partition)
        s3, kms = (session.client(service, config=aws.CONTROL) for service in ("s3", "kms"))
        found = list(parts(s3, kms, settings))
        missing = [part for part in found if part.status != "exists"]
        if missing and not dry_run:
            if not yes:
                _show(settings, found)
                click.confirm(f"Create or change these in account {account}?", abort=True)
            for part in parts(s3, kms, settings):
                part.apply()
            found = list(parts(s3, kms, settings))
    except Taken as error:
        raise CommandError(f"The bucket {name} {error}. Fix: --bucket with another name") from None
    except Unusable as error:
        raise CommandError(str(error)) from None
    except (ClientError, BotoCoreError) as error:
        raise CommandError(aws.words(error)) from None
    if as_json:
        click.echo(json.dumps(report(settings, found), indent=2))
    else:
        _show(settings, found)
    if dry_run and missing:
        sys.exit(3)


def _check(bucket: str | None, key_alias: str) -> None:
    if bucket is not None and not BUCKET.fullmatch(bucket):
        raise click.UsageError(
            f"--bucket {bucket}: expected 3 to 63 lowercase letters, digits and hyphens"
        )
    if not ALIAS.fullmatch(key_alias):
        raise click.UsageError(f"--key-alias {key_alias}: expected alias/NAME, not alias/aws/NAME")


def _show(settings: "Settings", found: "list[Part]") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    colors = {"exists": "green", "create": "yellow", "change": "yellow"}
    table = Table()
    for column in ("", "part", ""):
        table.add_column(column, overflow="fold")
    for part in found:
        status = Text(part.status.value, colors[part.status.value])
        table.add_row(status, Text(part.name), Text(part.detail))
    Console().print(table)
    if all(part.status == "exists" for part in found):
        click.echo("Next:")
        for command in settings.commands:
            click.echo(f"  {command}")
