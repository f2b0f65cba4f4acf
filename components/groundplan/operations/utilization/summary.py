"""The report as a few lines of text, for a notification."""

from collections.abc import Mapping
from typing import Any

from groundplan.operations.utilization.page import GRAVE, money

MOST = 10
"""Findings that are named; the report has all."""


def text(document: Mapping[str, Any], environment: str, report_uri: str) -> str:
    """Returns the summary. It names resources, never a value of theirs."""
    total, findings = document["total"], document["findings"]
    counts = [
        f"{sum(row['verdict'] == verdict for row in findings)} {verdict}" for verdict in GRAVE
    ]
    lines = [
        f"Utilization of {environment}, {document['from'][:10]} until {document['until'][:10]}",
        "",
        f"{total['resources']:,} resources: {', '.join(counts)}.",
        (
            f"{money(total['usdPerMonth'])} USD a month at list prices"
            f"{_unknown(total['unknownCosts'])}; {money(total['savingUsdPerMonth'])} could be saved"
            f"{_unknown(total['unknownSavings'])}."
        ),
    ]
    grave = [row for row in findings if row["verdict"] in GRAVE]
    if grave:
        lines += ["", *(_line(row) for row in grave[:MOST])]
    if len(grave) > MOST:
        lines.append(f"... and {len(grave) - MOST} more")
    if document["missing"]:
        lines += ["", f"{len(document['missing'])} things could not be looked at: see the report."]
    return "\n".join([*lines, "", f"Report: {report_uri}"])


def _line(row: Mapping[str, Any]) -> str:
    saving = row["savingUsdPerMonth"]
    saves = f", saves {money(saving)} USD a month" if saving else ""
    change = f" ({row['setting']})" if row["setting"] else ""
    return f"- {row['kind']} {row['name']}: {row['verdict']}{saves}{change}"


def _unknown(count: int) -> str:
    return f", and {count:,} unknown" if count else ""
