"""`groundplan prices`: the list prices that cost estimates use."""

import click

from groundplan.cli.errors import CommandError


@click.group(epilog="\b\nExample:\n  AWS_PROFILE=me groundplan prices refresh")
def prices() -> None:
    """Manages the list prices that cost estimates use."""


@prices.command(
    epilog="""
\b
Requires AWS credentials with the permission pricing:GetProducts, whose calls are free.
\b
Example:
  AWS_PROFILE=me groundplan prices refresh
\b
Exit codes: 0 done, 1 the Price List API can't be read, 2 the command was misused.
"""
)
def refresh() -> None:
    """Updates the price file from the AWS Price List API, with source and date of each
    price."""
    refresh_prices()


def refresh_prices() -> None:
    """Updates the price file and prints a summary. Raises `CommandError`."""
    from groundplan.cost import refresh as cost_refresh
    from groundplan.cost.price_list import RefreshError

    try:
        summary = cost_refresh.refresh_file(
            cost_refresh.FACTS, cost_refresh.connect(), lambda text: click.echo(text, err=True)
        )
    except RefreshError as error:
        raise CommandError(str(error)) from None
    click.echo(str(summary))
