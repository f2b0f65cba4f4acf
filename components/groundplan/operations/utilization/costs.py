"""What resources cost in a month, by the list prices of the region. A price that is not
known is not zero."""

from collections.abc import Sequence

from groundplan.facts.prices import Price, PriceBook
from groundplan.operations.utilization.resources import HOURS, Cost

GP3_IOPS, GP3_MIBPS = 3000, 125
"""What the price of a gp3 volume's size includes (AWS documentation, "General Purpose
SSD volumes")."""


def hours(book: PriceBook, key: str, count: float, what: str) -> Cost:
    """Returns the cost of so many units, all hours of a month."""
    return _cost([(book.find(key), count * HOURS)], f"{count:g} x {what}, {HOURS} h", key, book)


def nothing(what: str) -> Cost:
    """Returns the cost of what has no charge now."""
    return Cost(0.0, what)


def volume(book: PriceBook, kind: str, gib: float, iops: float, mibps: float) -> Cost:
    """Returns the cost of an EBS volume: its size, and what it has beyond that."""
    parts = [(book.find(f"ebs-{kind}-gb-month"), gib)]
    if kind == "gp3":
        if iops > GP3_IOPS:
            parts.append((book.find("ebs-gp3-iops-month"), iops - GP3_IOPS))
        if mibps > GP3_MIBPS:
            parts.append((book.find("ebs-gp3-mibps-month"), mibps - GP3_MIBPS))
    elif kind in ("io1", "io2"):
        parts.append((book.find(f"ebs-{kind}-iops-month"), iops))
    return _cost(parts, f"{gib:g} GiB {kind}", f"ebs-{kind}", book)


def lustre(book: PriceBook, gib: float, throughput: float | None) -> Cost:
    """Returns the cost of a persistent Lustre file system on SSD."""
    if throughput is None:
        return Cost(None, "no price for file systems of this type")
    price = book.lustre_gb_month(throughput)
    what = f"{gib:g} GiB with {throughput:g} MB/s per TiB"
    return _cost([(price, gib)], what, f"fsx-lustre-ssd-gb-month/{throughput:g}", book)


def stored_logs(book: PriceBook, gigabytes: float) -> Cost:
    """Returns the cost of stored log events."""
    price = book.find("log-storage-gb-month")
    return _cost([(price, gigabytes)], f"{gigabytes:.3g} GB stored", "log-storage-gb-month", book)


def summed(costs: Sequence[Cost]) -> Cost:
    """Returns the sum; unknown if a part is."""
    basis = " + ".join(dict.fromkeys(cost.basis for cost in costs)) or "nothing runs"
    if any(cost.usd is None for cost in costs):
        return Cost(None, basis)
    return Cost(sum(cost.usd or 0.0 for cost in costs), basis)


def share(cost: Cost, part: float) -> float | None:
    """Returns a part of a cost; None if it is unknown."""
    return None if cost.usd is None else cost.usd * part


def _cost(
    parts: Sequence[tuple[Price | None, float]], what: str, key: str, book: PriceBook
) -> Cost:
    total = 0.0
    for price, quantity in parts:
        if price is None:
            return Cost(
                None, f"{what}: no price of {key} is known in {book.region or 'the region'}"
            )
        total += price.usd * quantity
    return Cost(total, what)
