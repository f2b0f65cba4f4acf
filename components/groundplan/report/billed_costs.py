"""What was billed against what was estimated: as JSON, and in the terminal."""

from collections.abc import Mapping
from typing import Any

from groundplan.cost.spending.bill import Bill
from groundplan.cost.spending.comparison import Comparison
from groundplan.cost.spending.measurement import Measured


def document(
    stack: str,
    bill: Bill,
    found: Comparison,
    tags: Mapping[str, str],
    usage: str,
    measured: Measured,
    written: str,
) -> dict[str, Any]:
    """Returns the comparison as plain data: what `--json` prints."""
    return {
        "version": 1,
        "stack": stack,
        "from": f"{bill.period.start}",
        "until": f"{bill.period.end}",
        "period": f"{bill.period}",
        "source": bill.source,
        "tags": dict(tags),
        "usage": usage,
        "components": [
            {
                "component": row.component,
                "estimatedUsd": _cents(row.estimated),
                "billedUsd": _cents(row.billed),
                "differenceUsd": _cents(row.difference),
                "hasUnknownPrice": row.unknown,
            }
            for row in found.rows
        ],
        "estimatedUsd": _cents(found.estimated),
        "billedUsd": _cents(found.billed),
        "differencePercent": None if found.percent is None else round(found.percent, 1),
        "unattributedUsd": _cents(found.unattributed),
        "unknownComponents": {name: _cents(usd) for name, usd in sorted(found.foreign.items())},
        "notComparedUsd": _cents(bill.not_compared_usd),
        "teams": {name: _cents(usd) for name, usd in sorted(bill.teams.items())},
        "untagged": list(found.untagged),
        "learned": measured,
        "learnedFile": written,
        "notes": _notes(bill, found, tags, measured, written),
    }


def _notes(
    bill: Bill,
    found: Comparison,
    tags: Mapping[str, str],
    measured: Measured,
    written: str,
) -> list[str]:
    notes = list(bill.notes)
    if not tags:
        notes.append(
            "The environment has no tags of its own: costs of other environments in the account "
            "whose components have the same names are counted. Fix: set groundplan:tags"
        )
    if found.untagged:
        names = ", ".join(found.untagged[:5]) + (", ..." if len(found.untagged) > 5 else "")
        notes.append(
            f"AWS does not attribute what has no tags: {len(found.untagged)} of the resources with "
            f"a charge, {names}"
        )
    if found.unattributed:
        notes.append("Unattributed: billed with the environment's tags, without a component's")
    if bill.not_compared_usd:
        notes.append(
            f"Not compared: {bill.not_compared_usd:.2f} USD of taxes, credits, refunds and fees"
        )
    if written:
        notes.append(
            f"Estimates use the measured usage of {bill.period.start:%B %Y} from now on: "
            f"{len(measured)} resources in {written}"
        )
    return notes


def _cents(usd: float) -> float:
    return round(usd, 2)


def show(data: Mapping[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    table = Table(title=Text(f"{data['stack']}, {data['period']}, by {data['source']}"))
    table.add_column("component", overflow="fold")
    for column in ("estimated", "billed", "difference"):
        table.add_column(f"{column} USD", justify="right")
    for row in data["components"]:
        estimated = f"{row['estimatedUsd']:,.2f}" + (" + ?" if row["hasUnknownPrice"] else "")
        table.add_row(
            Text(row["component"]),
            estimated,
            f"{row['billedUsd']:,.2f}",
            f"{row['differenceUsd']:+,.2f}",
        )
    for name, usd in data["unknownComponents"].items():
        table.add_row(Text(f"{name} (not in the stack)"), "", f"{usd:,.2f}", f"{usd:+,.2f}")
    if data["unattributedUsd"]:
        usd = data["unattributedUsd"]
        table.add_row("(unattributed)", "", f"{usd:,.2f}", f"{usd:+,.2f}")
    percent = data["differencePercent"]
    table.add_section()
    table.add_row(
        "total",
        f"{data['estimatedUsd']:,.2f}",
        f"{data['billedUsd']:,.2f}",
        "" if percent is None else f"{percent:+.1f} %",
    )
    console.print(table)
    teams = ", ".join(f"{name} {usd:,.2f} USD" for name, usd in data["teams"].items())
    if teams:
        console.print(Text(f"Teams: {teams}"))
    if data["usage"]:
        console.print(Text(f"The estimate uses {data['usage']}."))
    for note in data["notes"]:
        console.print(Text(note))
