"""List prices of AWS by region: `prices/<region>.csv`, each with its source and date.

A price is of one region. What a region's file does not list is not known there, and no
other region's price takes its place. `price-list.json` says how each is looked up in
the AWS Price List, and which cost the same everywhere. Files of the same form in the
folder that `GROUNDPLAN_PRICES` names come first, price by price.
"""

import csv
import json
import math
import os
import pathlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from groundplan.facts import regions as regions_

FOLDER = pathlib.Path(str(resources.files("groundplan.facts"))) / "prices"
"""The folder of the library's price files."""

OWN_FOLDER = "GROUNDPLAN_PRICES"
"""The environment variable that names the user's folder of price files."""

LIST = "price-list.json"

LARGEST = 5_000_000
"""Bytes of a price file; the largest of the library has some 50 KB."""

SOURCE = re.compile(r"^# (\d+): (\d{4}-\d{2}-\d{2}), (.+)$", re.MULTILINE)
"""A comment line of a price file: the number of a source, its date and its name."""

HOME = "us-east-1"
"""The region whose file has the prices that are the same in all regions."""


@dataclass(frozen=True)
class Price:
    """What one unit of something costs in a region."""

    usd: float
    unit: str
    """`hour`, `GB`, `GB-month`, `request`."""
    source: str
    date: str
    """When the price was so: `2026-10-07`."""


class PriceBook:
    """The known prices of a region."""

    def __init__(self, region: str, prices: Mapping[str, Price]) -> None:
        self.region = region
        """`eu-west-1`; empty where a resource's region is not known, which has no
        prices."""
        self.prices = prices
        """All prices; those of a table by `table/row`."""

    def find(self, key: str) -> Price | None:
        """Returns the price `nat-gateway-hour`; `None` if it is not known in the
        region."""
        return self.prices.get(key)

    def ec2_hour(self, instance_type: str) -> Price | None:
        """An hour of an EC2 instance, Linux, on demand."""
        return self.find(f"ec2-hour/{instance_type}")

    def endpoint_hour(self, instance_type: str) -> Price | None:
        """An hour of an instance of a SageMaker endpoint, `ml.m5.large`."""
        return self.find(f"sagemaker-endpoint-hour/{instance_type}")

    def notebook_hour(self, instance_type: str) -> Price | None:
        """An hour of a SageMaker notebook instance, `ml.t3.medium`."""
        return self.find(f"sagemaker-notebook-hour/{instance_type}")

    def training_hour(self, instance_type: str) -> Price | None:
        """An hour of an instance of a SageMaker training job, `ml.m5.large`."""
        return self.find(f"sagemaker-training-hour/{instance_type}")

    def postgres_hour(self, instance_class: str, multi_az: bool) -> Price | None:
        """An hour of an RDS instance of PostgreSQL, `db.t4g.small`, in one zone or with
        a standby."""
        zones = "multi-az-" if multi_az else ""
        return self.find(f"rds-postgres-{zones}hour/{instance_class}")

    def lustre_gb_month(self, throughput: float) -> Price | None:
        """A GB of a persistent FSx for Lustre file system on SSD, of MB/s per TiB."""
        return self.find(f"fsx-lustre-ssd-gb-month/{throughput:g}")


class PriceFileError(ValueError):
    """A price file is invalid; the message has the file and the fix."""


def folder() -> pathlib.Path:
    """Returns the folder that a refresh writes to: the user's, else the library's.

    A relative one is of the current folder or the next above it that has it, as a
    program runs in a folder of the project and the CLI in another.
    """
    own = pathlib.Path(os.environ.get(OWN_FOLDER) or FOLDER)
    here = pathlib.Path.cwd()
    above = (place / own for place in (here, *here.parents))
    return next((place for place in above if place.is_dir()), here / own)


def of(region: str | None) -> PriceBook:
    """Returns the prices of a region; none for `None`, a region that is not known.
    Raises `PriceFileError` where a file is not a price file."""
    return _of(region or "", folder())


@cache
def _of(region: str, own: pathlib.Path) -> PriceBook:
    if not region:
        return PriceBook("", {})
    known = _everywhere(own) if region != HOME and regions_.partition(region) == "aws" else {}
    for place in dict.fromkeys((FOLDER, own)):
        file = place / f"{region}.csv"
        if file.is_file():
            known = {**known, **_read(file, region)}
    return PriceBook(region, known)


def _read(file: pathlib.Path, region: str) -> Mapping[str, Price]:
    try:
        with file.open("rb") as stream:
            data = stream.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise ValueError(f"it is larger than {LARGEST:,} bytes")
        return parsed(data.decode("utf-8"))
    except (OSError, ValueError, csv.Error) as error:
        raise PriceFileError(
            f"{file.name} of {OWN_FOLDER} can't be read: {error}. Fix: remove it, and run "
            f"`groundplan prices refresh --region {region}`"
        ) from None


@cache
def regions() -> tuple[str, ...]:
    """Returns the regions that have a price file."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.csv")))


def parsed(text: str) -> Mapping[str, Price]:
    """Returns the prices in the text of a price file. Raises `ValueError` for any other
    text."""
    sources = {number: (date, name) for number, date, name in SOURCE.findall(text)}
    prices: dict[str, Price] = {}
    units = _units()
    numbered = [
        (number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if not line.startswith("#")
    ]
    rows = csv.DictReader(line for _, line in numbered)
    for row in rows:
        number = numbered[min(rows.line_num, len(numbered)) - 1][0]
        try:
            date, source = sources[row["source"]]
            usd = float(row["usd"])
            if not 0 <= usd < math.inf:
                raise ValueError(f"line {number}: usd is {row['usd']}. Allowed: 0 or more")
            unit = units.get(row["price"].split("/")[0], "")
            prices[row["price"]] = Price(usd, unit, source, date)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"line {number}: not a row of a price file: {row} ({error})") from None
    return prices


def written(region: str, prices: Mapping[str, Price]) -> str:
    """Returns the text of a price file: rows by name, sources by date."""
    sources = sorted({(price.date, price.source) for price in prices.values()})
    numbers = {source: number for number, source in enumerate(sources, 1)}
    return "\n".join(
        [
            (
                f"# AWS list prices in {region}, in USD, without tax, discount and free tier; of "
                "tiered prices the first that is"
            ),
            "# charged. What is not listed is not known. Each price names its source:",
            *(f"# {number}: {date}, {name}" for (date, name), number in numbers.items()),
            "price,usd,source",
            *(
                f"{key},{amount(price.usd)},{numbers[price.date, price.source]}"
                for key, price in sorted(prices.items())
            ),
            "",
        ]
    )


def amount(usd: float) -> str:
    """A price as the files spell it: `0.0000002`, never `2e-07`."""
    return f"{usd:.12f}".rstrip("0").rstrip(".")


@cache
def price_list() -> Mapping[str, Any]:
    """Returns how the prices are looked up: the data of `price-list.json`."""
    data: Mapping[str, Any] = json.loads(FOLDER.with_name(LIST).read_text(encoding="utf-8"))
    return data


@cache
def _units() -> Mapping[str, str]:
    data = price_list()
    return {name: entry["unit"] for name, entry in {**data["prices"], **data["tables"]}.items()}


@cache
def _everywhere(own: pathlib.Path) -> Mapping[str, Price]:
    """Returns the prices that are the same in all regions."""
    entries = price_list()["prices"]
    return {
        key: price
        for key, price in _of(HOME, own).prices.items()
        if entries.get(key, {}).get("anywhere")
    }
