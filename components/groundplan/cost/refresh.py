"""Renews the known prices of a region from the AWS Price List:
`facts/prices/<region>.csv`.

`facts/price-list.json` says how each price is looked up. A price that no product or
several products match keeps its old value and date, and the summary says why. Nothing
is written before all prices are read; files of other regions stay as they are.
"""

import contextlib
import datetime
import os
import pathlib
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from groundplan.cost.price_list import (
    NoSuchProduct,
    PriceList,
    Product,
    RefreshError,
)
from groundplan.cost.usage_types import CODES, spellings
from groundplan.facts import prices
from groundplan.facts.prices import HOME, Price

Report = Callable[[str], None]
"""Called with a line of progress."""


@dataclass
class Summary:
    """The result of a refresh."""

    region: str = HOME
    renewed: list[str] = field(default_factory=list)
    """Prices that the price list has: `nat-gateway-hour`,
    `sagemaker-endpoint-hour/ml.m5.large`, `ec2-hour/m7i.large`."""
    changed: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Those of them whose value is another: the old and the new one, in USD."""
    added: list[str] = field(default_factory=list)
    """Those that were not known before."""
    kept: dict[str, str] = field(default_factory=dict)
    """Prices that stay as they were, with their old date -> why."""
    unknown: dict[str, str] = field(default_factory=dict)
    """Prices that remain unknown -> why."""

    def take(self, key: str, old: float | None, new: float) -> None:
        self.renewed.append(key)
        if old is None:
            self.added.append(key)
        elif old != new:
            self.changed[key] = (old, new)

    def miss(self, key: str, known: bool, why: str) -> None:
        (self.kept if known else self.unknown)[key] = why

    def __str__(self) -> str:
        totals = (
            f"{self.region}: {len(self.renewed)} prices renewed ({len(self.changed)} changed, "
            f"{len(self.added)} new), {len(self.kept)} kept, {len(self.unknown)} unknown"
        )
        lines = [f"{key}: {old:g} -> {new:g}" for key, (old, new) in self.changed.items()]
        lines += [f"{key} kept: {why}" for key, why in self.kept.items()]
        lines += [f"{key} unknown: {why}" for key, why in self.unknown.items()]
        return "\n".join([totals, *lines])


def refresh_region(
    region: str,
    price_list: PriceList,
    report: Report,
    folder: pathlib.Path,
    today: datetime.date | None = None,
) -> Summary:
    """Renews the prices of a region in its file below `folder`, which is written at
    once, at the end.

    Raises `RefreshError` where a file can't be read or written, or the price list not
    be read; then nothing has changed.
    """
    path = folder / f"{region}.csv"
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        before = prices.parsed(text)
    except (OSError, ValueError) as error:
        raise RefreshError(f"the price facts can't be read: {path}: {error}") from None
    day = (today or datetime.datetime.now(datetime.UTC).date()).isoformat()
    renewed, summary = refresh(region, price_list, prices.price_list(), before, day, report)
    _replace(path, prices.written(region, renewed))
    return summary


def refresh(
    region: str,
    source: PriceList,
    looked_up: Mapping[str, Any],
    before: Mapping[str, Price],
    today: str,
    report: Report,
) -> tuple[dict[str, Price], Summary]:
    """Returns the prices of a region as the price list has them now, and each one's
    result."""
    summary, after = Summary(region), dict(before)
    for done, (key, entry) in enumerate(looked_up["prices"].items(), 1):
        if entry.get("anywhere") and region != HOME:
            continue
        report(f"{region}: {done} of {len(looked_up['prices'])} prices: {key}")
        old = before.get(key)
        found = _entry(source, region, entry, today)
        if isinstance(found, str):
            summary.miss(key, old is not None, found)
        else:
            after[key] = found
            summary.take(key, old.usd if old else None, found.usd)
    for name, table in looked_up["tables"].items():
        report(f"{region}: table {name}")
        after |= _table(source, region, name, table, before, today, summary)
    return after, summary


def _entry(source: PriceList, region: str, entry: Mapping[str, Any], today: str) -> Price | str:
    """Returns the price of an entry, or why there is none."""
    if "filters" not in entry:
        return "how to look it up in the price list isn't known"
    why = "the code of the region in usage types isn't known" if region not in CODES else ""
    for filters in spellings(entry["filters"], region):
        try:
            matches = list(source.products(entry["service"], _in_region(filters, entry, region)))
        except NoSuchProduct as error:
            why = f"the price list doesn't know it: {error}"
            continue
        usd = _only(matches, Decimal(str(entry.get("from", 0))))
        if isinstance(usd, Decimal):
            return _price(float(usd / Decimal(entry.get("divisor", 1))), entry, matches, today)
        why = usd
    return why


def _table(
    source: PriceList,
    region: str,
    name: str,
    table: Mapping[str, Any],
    before: Mapping[str, Price],
    today: str,
    summary: Summary,
) -> dict[str, Price]:
    known = {key for key in before if key.startswith(f"{name}/")}
    try:
        matches = _by_row(
            source.products(table["service"], _in_region(table["filters"], table, region)),
            table["key"],
        )
    except NoSuchProduct as error:
        for key in known or {name}:
            summary.miss(key, key in known, f"the price list doesn't know it: {error}")
        return {}
    now: dict[str, Price] = {}
    rows = {f"{name}/{row}": products for row, products in matches.items()}
    for key in sorted({*known, *rows}):
        usd = _only(rows.get(key, ()), Decimal(0))
        if isinstance(usd, Decimal):
            now[key] = _price(float(usd), table, rows[key], today)
            summary.take(key, before[key].usd if key in before else None, now[key].usd)
        elif key in known:
            summary.kept[key] = usd
    return now


def _price(usd: float, entry: Mapping[str, Any], matches: Iterable[Product], today: str) -> Price:
    offer = max(product.published for product in matches) or today
    source = f"AWS Price List, offer {entry['service']} of {offer}"
    return Price(usd, entry["unit"], source, today)


def _in_region(
    filters: Mapping[str, str], entry: Mapping[str, Any], region: str
) -> Mapping[str, str]:
    return {**filters, **({} if entry.get("anywhere") else {"regionCode": region})}


def _by_row(matches: Iterable[Product], key: str) -> dict[str, list[Product]]:
    rows: dict[str, list[Product]] = {}
    for product in matches:
        if product.attributes.get(key):
            rows.setdefault(product.attributes[key], []).append(product)
    return rows


def _only(matches: Iterable[Product], start: Decimal) -> Decimal | str:
    """Returns the one price above zero of the tier that begins at `start`, or why there
    is none."""
    usd = {
        price
        for product in matches
        for begin, price in product.tiers
        if begin == start and price > 0
    }
    if len(usd) == 1:
        return usd.pop()
    return f"{len(usd)} different prices match" if usd else "the price list has no price for it"


def _replace(path: pathlib.Path, text: str) -> None:
    """Writes the text to a temporary file beside the file, then replaces it."""
    name = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=path.name, dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        pathlib.Path(name).chmod(path.stat().st_mode if path.exists() else 0o644)
        pathlib.Path(name).replace(path)
    except OSError as error:
        raise RefreshError(
            f"the price facts can't be written: {error}. Fix: name a folder of yours in "
            f"{prices.OWN_FOLDER}"
        ) from None
    finally:
        with contextlib.suppress(FileNotFoundError):
            pathlib.Path(name).unlink()
