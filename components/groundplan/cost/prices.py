"""Reads the price facts: `facts/prices.json`, and the EC2 column of
`facts/ec2-instances.csv`. US East (N. Virginia), USD."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from groundplan.facts import instances

REGION = "us-east-1"
"""The region whose prices are known."""

FILE = "prices.json"
EC2_FILE = "ec2-instances.csv"
EC2_DATE = re.compile(r"prices as of (\d{4}-\d{2}-\d{2})")
"""Where the comment above the EC2 table says of which date its prices are."""

EC2_OLDER = re.compile(r"^# Prices of (\d{4}-\d{2}-\d{2}) still: (.+)$", re.MULTILINE)
"""A line of that comment that names types whose prices are older."""


@dataclass(frozen=True)
class Price:
    """What one unit of something costs."""

    usd: float
    unit: str
    """`hour`, `GB`, `GB-month`, `request`."""
    source: str
    date: str
    """When the price was so: `2026-10-07`."""


def find(key: str) -> Price | None:
    """The price `nat-gateway-hour`; `None` if it has no source."""
    return _prices().get(key)


def ec2_hour(instance_type: str) -> Price | None:
    """An hour of an EC2 instance, Linux, on demand; `None` if it isn't known."""
    instance = instances.find(instance_type) if not instance_type.startswith("ml.") else None
    return (
        Price(instance.usd_per_hour, "hour", EC2_FILE, _ec2_date(instance.name))
        if instance and instance.usd_per_hour
        else None
    )


def endpoint_hour(instance_type: str) -> Price | None:
    """An hour of an instance of a SageMaker endpoint, `ml.m5.large`; `None` if it isn't
    known."""
    return _tables()["sagemaker-endpoint-hour"].get(instance_type)


def notebook_hour(instance_type: str) -> Price | None:
    """An hour of a SageMaker notebook instance, `ml.t3.medium`; `None` if it isn't
    known."""
    return _tables()["sagemaker-notebook-hour"].get(instance_type)


def training_hour(instance_type: str) -> Price | None:
    """An hour of an instance of a SageMaker training job, `ml.m5.large`; `None` if it
    isn't known."""
    return _tables()["sagemaker-training-hour"].get(instance_type)


def postgres_hour(instance_class: str, multi_az: bool) -> Price | None:
    """An hour of an RDS instance of PostgreSQL, `db.t4g.small`, in one zone or with a
    standby; `None` if it isn't known."""
    return _tables()[f"rds-postgres-{'multi-az-' if multi_az else ''}hour"].get(instance_class)


def lustre_gb_month(throughput: float) -> Price | None:
    """A GB of a persistent FSx for Lustre file system on SSD, of MB/s per TiB; `None`
    if it isn't known."""
    return _tables()["fsx-lustre-ssd-gb-month"].get(f"{throughput:g}")


def every() -> Mapping[str, Price]:
    """All prices of `prices.json`; those of a table by `table/row`."""
    rows = {
        f"{table}/{row}": price
        for table, prices in _tables().items()
        for row, price in prices.items()
    }
    return {**_prices(), **rows}


@cache
def _data() -> Any:
    return json.loads(_text(FILE))


@cache
def _prices() -> Mapping[str, Price]:
    return {
        key: Price(e["usd"], e["unit"], e["source"], e["date"])
        for key, e in _data()["prices"].items()
    }


@cache
def _tables() -> Mapping[str, Mapping[str, Price]]:
    return {
        name: {
            row: Price(usd, table["unit"], edition["source"], edition["date"])
            for edition in table["editions"]
            for row, usd in edition["usd"].items()
        }
        for name, table in _data()["tables"].items()
    }


def ec2_dates(text: str) -> tuple[str, Mapping[str, str]]:
    """Of which date the prices of an EC2 table are, and the types whose prices are of
    another one."""
    match = EC2_DATE.search(text)
    older = {name: date for date, names in EC2_OLDER.findall(text) for name in names.split(", ")}
    return match[1] if match else "", older


def _ec2_date(instance_type: str) -> str:
    date, older = _ec2_dates()
    return older.get(instance_type, date)


@cache
def _ec2_dates() -> tuple[str, Mapping[str, str]]:
    return ec2_dates(_text(EC2_FILE))


def _text(name: str) -> str:
    return resources.files("groundplan.facts").joinpath(name).read_text(encoding="utf-8")
