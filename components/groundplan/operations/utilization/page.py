"""The report as one HTML page, which loads nothing else: no script, no font, no picture
from elsewhere. By the standard library only, so that Lambda needs no layer.

All text comes through `_text`, which escapes it.
"""

import html
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

STYLE = """
:root { color-scheme: light dark; --text: #1d232a; --page: #fff; --line: #d5dae0;
  --faint: #5c6670; --cost: #6b7785; --saving: #0b62c4; --bad: #b3261e; --few: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e9ec; --page: #14181c; --line: #39424b;
  --faint: #a3adb7; --cost: #98a4b0; --saving: #6db1ff; --bad: #ff8a80; --few: #f0b95b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 75rem; font: 1rem/1.5 system-ui, sans-serif;
  color: var(--text); background: var(--page); overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
.faint { color: var(--faint); } .bad { color: var(--bad); font-weight: 600; }
.few { color: var(--few); } .scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .875rem; width: 100%; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code { font-size: .85rem; }
svg { display: block; width: 100%; height: auto; } svg text { fill: currentColor; font-size: 12px; }
.cost { fill: var(--cost); } .saving { fill: var(--saving); }
"""

GRAVE = ("idle", "too large", "too small")
WIDTH, BAR, LABEL = 720, 26, 180
MOST_BARS = 15


def page(document: Mapping[str, Any], title: str) -> bytes:
    """Returns the page of a report's document."""
    parts = [
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width, initial-scale=1'>",
        f"<title>{_text(title)}</title><style>{STYLE}</style></head><body>",
        f"<h1>{_text(title)}</h1>",
        _summary(document),
        _missing(document["missing"]),
        _section("What idles, is too large or too small", _findings(document, GRAVE)),
        _section("Teams, by tags", _bars(document["teams"]) + _sums(document["teams"], "Team")),
        _section("Namespaces of the cluster, by OpenCost", _namespaces(document["namespaces"])),
        _section("Kinds of resources", _bars(document["kinds"]) + _sums(document["kinds"], "Kind")),
        _section("Billed by AWS", _billed(document["billed"])),
        _section("Not judged", _findings(document, ("not enough data", "unknown"))),
        _section("Limits", _limits(document["thresholds"])),
        "</body></html>\n",
    ]
    return "\n".join(parts).encode("utf-8", "replace")


def money(usd: float | None) -> str:
    """Returns an amount; an unknown one is not zero."""
    return "unknown" if usd is None else f"{usd:,.2f}"


def _text(value: object) -> str:
    """Returns text that is no markup and that a page shows: without control and
    direction characters, and without half surrogates."""
    shown = "".join(
        "\ufffd" if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in str(value)
    )
    return html.escape(shown, quote=True)


def _section(title: str, body: str) -> str:
    return f"<h2>{_text(title)}</h2>{body}"


def _summary(document: Mapping[str, Any]) -> str:
    total = document["total"]
    lines = [
        (
            f"{document['region']}, {document['from'][:10]} until {document['until'][:10]}, "
            f"{total['resources']:,} resources."
        ),
        f"They cost {money(total['usdPerMonth'])} USD a month at list prices on demand"
        + _and_unknown(total["unknownCosts"], "resources have no known price"),
        f"What is advised saves {money(total['savingUsdPerMonth'])} USD a month"
        + _and_unknown(total["unknownSavings"], "savings are not known"),
    ]
    return "".join(f"<p>{_text(line)}</p>" for line in lines)


def _and_unknown(count: int, what: str) -> str:
    return f"; {count:,} {what}." if count else "."


def _missing(sentences: Sequence[str]) -> str:
    if not sentences:
        return ""
    return _section(
        "Not looked at", "<ul>" + "".join(f"<li>{_text(s)}</li>" for s in sentences) + "</ul>"
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int]) -> str:
    """Returns a table of cells that are markup already."""

    def cell(tag: str, place: int, content: str) -> str:
        shown = " class='number'" if place in numbers else ""
        scope = " scope='col'" if tag == "th" else ""
        return f"<{tag}{scope}{shown}>{content}</{tag}>"

    def row(tag: str, cells: Sequence[str]) -> str:
        return "<tr>" + "".join(cell(tag, n, c) for n, c in enumerate(cells)) + "</tr>"

    body = "".join(row("td", cells) for cells in rows)
    if not body:
        return "<p class='faint'>None.</p>"
    head = row("th", [_text(h) for h in heads])
    return f"<div class='scroll'><table>{head}{body}</table></div>"


def _findings(document: Mapping[str, Any], verdicts: Sequence[str]) -> str:
    heads = ["Resource", "Verdict", "Measured", "Advice", "USD a month", "Saves"]
    rows = (
        [
            (
                f"{_text(row['name'])}<br><span class='faint'>{_text(row['kind'])}"
                f"{_text(', ' + row['team'] if row['team'] else '')}</span>"
            ),
            (
                f"<span class='{'bad' if row['verdict'] in GRAVE else 'few'}'>"
                f"{_text(row['verdict'])}</span>"
            ),
            _text(row["reason"]),
            _text(row["advice"])
            + (f"<br><code>{_text(row['setting'])}</code>" if row["setting"] else ""),
            f"<span title='{_text(row['cost'])}'>{money(row['usdPerMonth'])}</span>",
            _saving(row),
        ]
        for row in document["findings"]
        if row["verdict"] in verdicts
    )
    return _table(heads, rows, (4, 5))


def _saving(row: Mapping[str, Any]) -> str:
    if row["savingUsdPerMonth"] is None and row["verdict"] not in ("idle", "too large"):
        return ""
    return money(row["savingUsdPerMonth"])


def _sums(sums: Mapping[str, Mapping[str, Any]], name: str) -> str:
    heads = [name, "Resources", "USD a month", "Without a price", "Could save"]
    rows = (
        [
            _text(key),
            f"{value['resources']:,}",
            money(value["usdPerMonth"]),
            f"{value['unknownCosts']:,}",
            money(value["savingUsdPerMonth"]),
        ]
        for key, value in _dearest(sums)
    )
    return _table(heads, rows, (1, 2, 3, 4))


def _dearest(sums: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    return sorted(sums.items(), key=lambda item: (-item[1]["usdPerMonth"], item[0]))


def _bars(sums: Mapping[str, Mapping[str, Any]]) -> str:
    """Returns a plot: what each costs, and in front of that what it could save."""
    shown = [item for item in _dearest(sums) if item[1]["usdPerMonth"] > 0][:MOST_BARS]
    if not shown:
        return ""
    widest = shown[0][1]["usdPerMonth"]
    scale = (WIDTH - LABEL - 90) / widest
    rows = []
    for place, (name, value) in enumerate(shown):
        y, cost = place * BAR, value["usdPerMonth"] * scale
        saving = min(cost, value["savingUsdPerMonth"] * scale)
        label = name if len(name) <= 24 else f"{name[:23]}…"
        rows.append(
            f"<text x='0' y='{y + 16}'>{_text(label)}</text>"
            f"<rect class='cost' x='{LABEL}' y='{y + 4}' width='{cost:.1f}' height='{BAR - 10}'/>"
            f"<rect class='saving' x='{LABEL}' y='{y + 4}' width='{saving:.1f}' "
            f"height='{BAR - 10}'/>"
            f"<text x='{LABEL + cost + 6:.1f}' y='{y + 16}'>{money(value['usdPerMonth'])}</text>"
        )
    label = "USD a month; blue: what could be saved"
    return (
        f"<p class='faint'>{label}</p>"
        f"<svg viewBox='0 0 {WIDTH} {len(shown) * BAR}' role='img' aria-label='{label}'>"
        f"{''.join(rows)}</svg>"
    )


def _namespaces(shares: Sequence[Mapping[str, Any]] | None) -> str:
    if shares is None:
        return "<p class='faint'>Unknown: OpenCost was not asked, or did not answer.</p>"
    heads = ["Namespace", "USD in the window", "of which GPUs", "GPU hours"]
    rows = (
        [
            _text("(idle)" if share["namespace"] == "__idle__" else share["namespace"]),
            money(share["usd"]),
            money(share["gpuUsd"]),
            f"{share['gpuHours']:,.1f}",
        ]
        for share in shares
    )
    return _table(heads, rows, (1, 2, 3))


def _billed(billed: Mapping[str, Any] | None) -> str:
    if billed is None:
        return "<p class='faint'>Unknown: Cost Explorer was not asked, or has nothing.</p>"
    services = sorted(billed["services"].items(), key=lambda item: -item[1])
    table = _table(
        ["Service", "USD in the window"], ([_text(k), money(v)] for k, v in services), (1,)
    )
    return f"<p>{money(billed['usd'])} USD in the window.</p>{table}"


def _limits(thresholds: Mapping[str, Mapping[str, Any]]) -> str:
    rows = (
        [_text(t["meaning"]), f"{t['value']:g} {_text(t['unit'])}", _text(t["source"])]
        for t in thresholds.values()
    )
    return _table(["Limit", "Value", "Source"], rows, ())
