"""`groundplan facts`: the table of EC2 instance types that components use."""

import sys

import click

from groundplan.cli import prices
from groundplan.command_line.errors import CommandError


@click.group(
    epilog="\b\nExample:\n  groundplan facts refresh --region us-east-1 --region us-west-2"
)
def facts() -> None:
    """Manages the table of EC2 instance types that components use."""


@facts.command(
    epilog="""
\b
Requires AWS credentials with the permission ec2:DescribeInstanceTypes, whose calls are free;
--prices requires pricing:GetProducts too.
\b
Examples:
  AWS_PROFILE=me groundplan facts refresh
  groundplan facts refresh --region us-east-1 --region us-east-2 --region us-west-2
  groundplan facts refresh --check
\b
Exit codes: 0 done, or nothing would change; 1 EC2 can't be read, or --check finds changes;
2 the command was misused.
"""
)
@click.option(
    "--region",
    "regions",
    multiple=True,
    default=["us-east-1"],
    show_default=True,
    metavar="REGION",
    help="Region whose instance types are read. Repeatable; the first region that offers a type "
    "describes it.",
)
@click.option(
    "--remove",
    is_flag=True,
    help="Remove types that none of the regions offers. Default: they remain in the table.",
)
@click.option(
    "--check", is_flag=True, help="Write nothing; exit with 1 if an instance type would change."
)
@click.option(
    "--prices",
    "with_prices",
    is_flag=True,
    help="Update the prices of the regions too, as `groundplan prices refresh` does.",
)
def refresh(regions: tuple[str, ...], remove: bool, check: bool, with_prices: bool) -> None:
    """Updates the table of EC2 instance types from EC2, with source and date."""
    from groundplan.facts import refresh as facts_refresh

    if check and with_prices:
        raise click.UsageError("--check and --prices exclude each other")
    if not all(regions):
        raise click.UsageError("--region is empty. Expected: a region, such as us-east-1")
    try:
        summary = facts_refresh.refresh_file(
            facts_refresh.FILE,
            regions,
            lambda text: click.echo(text, err=True),
            client=facts_refresh.connect,
            remove=remove,
            check=check,
        )
    except facts_refresh.RefreshError as error:
        raise CommandError(str(error)) from None
    click.echo(str(summary))
    if with_prices:
        prices.refresh_prices(regions)
    if check and summary.changes:
        sys.exit(1)
