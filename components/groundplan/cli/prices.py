"""`groundplan prices`: the list prices of estimates and of spending ceilings."""

from collections.abc import Sequence

import click

from groundplan.command_line.errors import CommandError


@click.group(epilog="\b\nExample:\n  groundplan prices refresh --region eu-central-1 --bulk")
def prices() -> None:
    """Manages the list prices that cost estimates and spending ceilings use."""


@prices.command(
    epilog="""
\b
Requires AWS credentials with the permission pricing:GetProducts, whose calls are free; with
--bulk none, but several hundred megabytes are downloaded.
\b
The prices of a region are in a file of its own, in the folder that GROUNDPLAN_PRICES names,
else in the library's.
\b
Examples:
  AWS_PROFILE=me groundplan prices refresh
  groundplan prices refresh --region eu-central-1 --region eu-north-1 --bulk
  GROUNDPLAN_PRICES=prices groundplan prices refresh --region eu-west-1
\b
Exit codes: 0 done, 1 the price list can't be read, 2 the command was misused.
"""
)
@click.option(
    "--region",
    "regions",
    multiple=True,
    default=["us-east-1"],
    show_default=True,
    metavar="REGION",
    help="Region whose prices are read. Repeatable.",
)
@click.option(
    "--bulk",
    is_flag=True,
    help="Read AWS's public offer files in place of the Price List API, without credentials.",
)
def refresh(regions: tuple[str, ...], bulk: bool) -> None:
    """Updates the prices of regions from the AWS Price List, with source and date of
    each price."""
    from groundplan.facts.regions import names

    unknown = [region for region in regions if region not in names()]
    if unknown:
        raise click.UsageError(
            f"--region {unknown[0]} is not a region. Expected: a region, such as eu-central-1"
        )
    refresh_prices(regions, bulk)


def refresh_prices(regions: Sequence[str], bulk: bool = False) -> None:
    """Updates the price files of regions and prints a summary of each. Raises
    `CommandError`."""
    from groundplan.cost import bulk_price_list, price_list
    from groundplan.cost.refresh import refresh_region
    from groundplan.facts import prices as facts

    def source(region: str) -> price_list.PriceList:
        if bulk:
            attributes = bulk_price_list.attributes(facts.price_list())
            return bulk_price_list.OfferFiles(region, attributes)
        return price_list.QueryApi(price_list.connect())

    for region in regions:
        try:
            summary = refresh_region(
                region, source(region), lambda text: click.echo(text, err=True), facts.folder()
            )
        except price_list.RefreshError as error:
            raise CommandError(str(error)) from None
        click.echo(str(summary))
