"""Renews the price facts from the AWS Price List API: `prices.json`, and the EC2 column
of `ec2-instances.csv` beside it.

Each price names its service, its filters and the beginning of its tier in the API. A
price that no product or several products match keeps its old value and date, and the
summary says why. Nothing is written before all prices are read.
"""

import contextlib
import csv
import datetime
import io
import json
import os
import pathlib
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import resources
from typing import Any

from groundplan.cost.price_list import (
    NoSuchProduct,
    PricingClient,
    Product,
    RefreshError,
    products,
)
from groundplan.cost.price_list import connect as connect
from groundplan.cost.prices import EC2_DATE, EC2_FILE, EC2_OLDER, FILE, REGION, ec2_dates

Report = Callable[[str], None]
"""Called with a line of progress."""

EC2_FILTERS = {
    "capacitystatus": "Used",
    "operatingSystem": "Linux",
    "operation": "RunInstances",
    "preInstalledSw": "NA",
    "tenancy": "Shared",
}
"""The on-demand price of Linux, as AWS's pricing pages define it (AWS Price List API,
attributes of AmazonEC2)."""

FACTS = pathlib.Path(str(resources.files("groundplan.facts"))) / FILE
"""The price file that the library reads."""

EC2_COLUMN = "usd_per_hour_us_east_1"


@dataclass
class Summary:
    """The result of a refresh."""

    renewed: list[str] = field(default_factory=list)
    """Prices that the API has: `nat-gateway-hour`,
    `sagemaker-endpoint-hour/ml.m5.large`, `ec2/m7i.large`."""
    changed: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Those of them whose value is another: the old and the new one, in USD."""
    added: list[str] = field(default_factory=list)
    """Rows of tables that had no price before."""
    kept: dict[str, str] = field(default_factory=dict)
    """Prices that stay as they were, with their old date -> why."""

    def take(self, key: str, old: float | None, new: float) -> None:
        self.renewed.append(key)
        if old is None:
            self.added.append(key)
        elif old != new:
            self.changed[key] = (old, new)

    def __str__(self) -> str:
        totals = (
            f"{len(self.renewed)} prices renewed ({len(self.changed)} changed, {len(self.added)} "
            f"new), {len(self.kept)} kept"
        )
        lines = [f"{key}: {old:g} -> {new:g}" for key, (old, new) in self.changed.items()]
        return "\n".join(
            [totals, *lines, *(f"{key} kept: {why}" for key, why in self.kept.items())]
        )


def refresh_file(
    path: pathlib.Path, client: PricingClient, report: Report, today: datetime.date | None = None
) -> Summary:
    """Renews `path` (a prices.json) and the `ec2-instances.csv` beside it; both files
    are replaced at once, at the end.

    Raises `RefreshError` where a file can't be read or written, or the API can't be
    asked; then nothing has changed.
    """
    ec2_path = path.with_name(EC2_FILE)
    try:
        data, table = (
            json.loads(path.read_text(encoding="utf-8")),
            ec2_path.read_text(encoding="utf-8"),
        )
    except (OSError, ValueError) as error:
        raise RefreshError(f"the price facts can't be read: {error}") from None
    if not isinstance(data, dict) or data.get("format") != 1:
        raise RefreshError(f"{path} is not a price file of format 1")
    day = (today or datetime.datetime.now(datetime.UTC).date()).isoformat()
    renewed, summary = refresh(client, data, day, report)
    ec2_text = refresh_ec2(client, table, day, report, summary)
    _replace({path: json.dumps(renewed, indent=2, ensure_ascii=False) + "\n", ec2_path: ec2_text})
    return summary


def refresh(
    client: PricingClient, data: Mapping[str, Any], today: str, report: Report
) -> tuple[dict[str, Any], Summary]:
    """The data of `prices.json` with the API's present prices, and the result for each
    price."""
    summary, prices, tables = Summary(), {}, {}
    for done, (key, entry) in enumerate(data["prices"].items(), 1):
        report(f"{done} of {len(data['prices'])} prices: {key}")
        prices[key] = _entry(client, key, entry, today, summary)
    for name, table in data["tables"].items():
        report(f"table {name}")
        tables[name] = _table(client, name, table, today, summary)
    return {**data, "prices": prices, "tables": tables}, summary


def refresh_ec2(
    client: PricingClient, text: str, today: str, report: Report, summary: Summary
) -> str:
    """The text of the EC2 table with the API's present prices; all else is unchanged,
    byte for byte."""
    report("table ec2")
    try:
        matches = _by_row(
            products(client, "AmazonEC2", {**EC2_FILTERS, "regionCode": REGION}), "instanceType"
        )
    except NoSuchProduct as error:
        summary.kept["ec2"] = f"the price list doesn't know it: {error}"
        return text
    comments = [line for line in text.splitlines() if line.startswith("#")]
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    date, older = ec2_dates(text)
    still: dict[str, list[str]] = {}
    for row in rows:
        name, old = row["instance_type"], row[EC2_COLUMN]
        usd = _only(matches.get(name, ()), Decimal(0))
        if isinstance(usd, Decimal):
            summary.take(f"ec2/{name}", float(old) if old else None, float(usd))
            row[EC2_COLUMN] = _written(usd)
        elif old:
            summary.kept[f"ec2/{name}"] = usd
            still.setdefault(older.get(name, date), []).append(name)
    if not any(row["instance_type"] in matches for row in rows):
        return text
    unchanged = [
        f"# Prices of {day} still: {', '.join(names)}" for day, names in sorted(still.items())
    ]
    header = [
        EC2_DATE.sub(f"prices as of {today}", line)
        for line in comments
        if not EC2_OLDER.match(line)
    ]
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return "\n".join([*header, *unchanged, out.getvalue()])


def _entry(
    client: PricingClient, key: str, entry: Mapping[str, Any], today: str, summary: Summary
) -> Mapping[str, Any]:
    if "filters" not in entry:
        summary.kept[key] = "how to find it in the price list isn't known"
        return entry
    try:
        matches = list(products(client, entry["service"], _filters(entry)))
    except NoSuchProduct as error:
        summary.kept[key] = f"the price list doesn't know it: {error}"
        return entry
    usd = _only(matches, Decimal(str(entry.get("from", 0))))
    if isinstance(usd, str):
        summary.kept[key] = usd
        return entry
    new = float(usd / Decimal(entry.get("divisor", 1)))
    summary.take(key, entry["usd"], new)
    skus = ", ".join(sorted({product.sku for product in matches}))
    offer = max(product.published for product in matches)
    source = f"AWS Price List API, offer {entry['service']} of {offer or today}, SKU {skus}"
    return {**entry, "usd": new, "source": source, "date": today}


def _table(
    client: PricingClient, name: str, table: Mapping[str, Any], today: str, summary: Summary
) -> Mapping[str, Any]:
    before = {
        row: usd for edition in reversed(table["editions"]) for row, usd in edition["usd"].items()
    }
    try:
        matches = _by_row(products(client, table["service"], _filters(table)), table["key"])
    except NoSuchProduct as error:
        summary.kept.update(
            {f"{name}/{row}": f"the price list doesn't know it: {error}" for row in before}
        )
        return table
    now: dict[str, float] = {}
    for row in sorted({*before, *matches}):
        usd = _only(matches.get(row, ()), Decimal(0))
        if isinstance(usd, Decimal):
            now[row] = float(usd)
            summary.take(f"{name}/{row}", before.get(row), now[row])
        elif row in before:
            summary.kept[f"{name}/{row}"] = usd
    left = [
        {**old, "usd": {row: usd for row, usd in old["usd"].items() if row not in now}}
        for old in table["editions"]
    ]
    filters = ", ".join(f"{key} {value}" for key, value in sorted(table["filters"].items()))
    new = {
        "date": today,
        "source": f"AWS Price List API, offer {table['service']}, {filters}",
        "usd": now,
    }
    return {**table, "editions": [edition for edition in [new, *left] if edition["usd"]]}


def _filters(entry: Mapping[str, Any]) -> Mapping[str, str]:
    return {**entry["filters"], **({} if entry.get("anywhere") else {"regionCode": REGION})}


def _by_row(matches: Iterable[Product], key: str) -> dict[str, list[Product]]:
    rows: dict[str, list[Product]] = {}
    for product in matches:
        if product.attributes.get(key):
            rows.setdefault(product.attributes[key], []).append(product)
    return rows


def _only(matches: Iterable[Product], start: Decimal) -> Decimal | str:
    """The one price above zero of the tier that begins at `start`, or why there is
    none."""
    usd = {
        price
        for product in matches
        for begin, price in product.tiers
        if begin == start and price > 0
    }
    if len(usd) == 1:
        return usd.pop()
    return f"{len(usd)} different prices match" if usd else "the price list has no price for it"


def _written(usd: Decimal) -> str:
    short = f"{usd:.6f}"
    return short if Decimal(short) == usd else f"{usd.normalize():f}"


def _replace(files: Mapping[pathlib.Path, str]) -> None:
    """Writes all files to temporary ones beside them first, then replaces each."""
    written: dict[pathlib.Path, str] = {}
    try:
        for path, text in files.items():
            handle, name = tempfile.mkstemp(prefix=path.name, dir=path.parent)
            written[path] = name
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            pathlib.Path(name).chmod(path.stat().st_mode)
        for path, name in written.items():
            pathlib.Path(name).replace(path)
    except OSError as error:
        raise RefreshError(f"the price facts can't be written: {error}") from None
    finally:
        for name in written.values():
            with contextlib.suppress(FileNotFoundError):
                pathlib.Path(name).unlink()
