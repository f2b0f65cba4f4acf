"""Products of the AWS Price List and their prices, from AWS's public offer files: one
CSV for each service and region, which needs no AWS account.

Format: AWS Billing User Guide, "Reading the service price list file". A file of EC2 has
hundreds of megabytes: it is read as it arrives, and only what a filter names is kept.
"""

import csv
import io
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from groundplan.cost.price_list import Product, RefreshError

URL = "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/{service}/current/{region}/index.csv"

SECONDS = 60
"""The longest that the server may be silent."""

HEADER = "SKU"
"""The first column of the header; the lines above it describe the file."""

Open = Callable[[str], AbstractContextManager[IO[bytes]]]


class OfferFiles:
    """The offer files of a region. Each is read once."""

    def __init__(self, region: str, attributes: Iterable[str], open_: Open | None = None) -> None:
        """`attributes` are the names, as the query API spells them, that filters and
        tables use."""
        self._region, self._open = region, open_ or _download
        self._names = {_bare(name): name for name in attributes}
        self._offers: dict[str, list[Product]] = {}

    def products(self, service: str, filters: Mapping[str, str]) -> Iterator[Product]:
        """Yields all products of a service whose attributes are as `filters` says.
        Raises `RefreshError` where the file can't be read."""
        if service not in self._offers:
            self._offers[service] = self._read(service)
        wanted = {name: value for name, value in filters.items() if name != "regionCode"}
        for product in self._offers[service]:
            if all(product.attributes.get(name) == value for name, value in wanted.items()):
                yield product

    def _read(self, service: str) -> list[Product]:
        url = URL.format(service=service, region=self._region)
        try:
            with self._open(url) as file:
                return list(_products(io.TextIOWrapper(file, "utf-8", newline=""), self._names))
        except (OSError, ValueError, KeyError, InvalidOperation, csv.Error) as error:
            raise RefreshError(
                f"the offer file of {service} in {self._region} can't be read: {error}. Fix: a "
                "network, and a region that has the service"
            ) from None


def _download(url: str) -> AbstractContextManager[IO[bytes]]:
    opened: AbstractContextManager[IO[bytes]] = urllib.request.urlopen(url, timeout=SECONDS)  # noqa: S310
    return opened


def _products(lines: Iterable[str], names: Mapping[str, str]) -> Iterator[Product]:
    """Yields the on-demand products of a file, with the attributes in `names`; prices
    of several tiers are several rows of one SKU."""
    rows = csv.reader(lines)
    published, header = _head(rows)
    columns = {
        index: names[bare] for index, text in enumerate(header) if (bare := _bare(text)) in names
    }
    place = {text: index for index, text in enumerate(header)}
    attributes: dict[str, Mapping[str, str]] = {}
    tiers: dict[str, set[tuple[Decimal, Decimal]]] = {}
    for row in rows:
        if row[place["TermType"]] != "OnDemand" or row[place["Currency"]] != "USD":
            continue
        sku = row[place["SKU"]]
        attributes[sku] = {name: row[index] for index, name in columns.items() if row[index]}
        begin = Decimal(row[place["StartingRange"]] or 0)
        tiers.setdefault(sku, set()).add((begin, Decimal(row[place["PricePerUnit"]])))
    for sku, found in attributes.items():
        yield Product(sku, found, tuple(sorted(tiers[sku])), published)


def _head(rows: Iterator[list[str]]) -> tuple[str, list[str]]:
    """Returns the day of the offer, and the header."""
    published = ""
    for row in rows:
        if row and row[0] == HEADER:
            return published, row
        if row and row[0] == "Publication Date":
            published = row[1][:10]
    raise ValueError("it has no header")


def _bare(name: str) -> str:
    """A name as both spellings have it: `preInstalledSw`, `Pre Installed S/W`."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def attributes(price_list: Mapping[str, Any]) -> set[str]:
    """Returns the attributes that the filters and keys of a price list name."""
    entries = [*price_list["prices"].values(), *price_list["tables"].values()]
    keys = {entry["key"] for entry in entries if "key" in entry}
    return keys | {name for entry in entries for name in entry.get("filters", {})}
