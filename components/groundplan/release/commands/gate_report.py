"""A gate report for a terminal, and as Markdown for a pull request or a ticket."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType

RULES = {"measured": "", "count": "rows ≥", "min": "≥", "max": "≤", "regression": "worse ≤"}


def title(report: Mapping[str, Any]) -> str:
    """Who is compared with whom."""
    champion = report["champion"]
    against = f"champion {champion['version']}" if champion else "no champion: the first release"
    return f"Version {report['candidate']['version']} for {report['endpoint']}, {against}"


def verdict(report: Mapping[str, Any], missing: list[str]) -> str:
    """Returns what it comes to, as one sentence. `missing`: what `sign_off_problems`
    says."""
    count = len(report["broken"])
    said = (
        f"{count} {'gate is' if count == 1 else 'gates are'} broken" if count else "All gates hold"
    )
    if not report["sign_off"]["required"]:
        return f"{said}."
    return f"{said}; not signed off: {'; '.join(missing)}." if missing else f"{said}; signed off."


def rows(report: Mapping[str, Any]) -> list[tuple[bool, str, str, str, str, str, str]]:
    """Each check: whether it holds, metric, slice, candidate, champion, limit,
    reason."""
    found = []
    for check in report["checks"]:
        limit = (
            "" if check["limit"] is None else f"{RULES[check['rule']]} {_number(check['limit'])}"
        )
        candidate, champion = _number(check["candidate"]), _number(check["champion"])
        found.append(
            (
                check["ok"],
                check["metric"],
                check["slice"] or "all",
                candidate,
                champion,
                limit,
                check["reason"],
            )
        )
    if report["smoke"]:
        smoke = report["smoke"]
        found.append(
            (smoke["ok"], "recorded requests", "", "", "", str(smoke["requests"]), smoke["reason"])
        )
    return found


def table(
    report: Mapping[str, Any], missing: list[str], tried: Mapping[str, Any] | None = None
) -> "RenderableType":
    """For a terminal. `tried`: what came of recorded requests that were just sent."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    shown = Table()
    for column in ("", "metric", "slice"):
        shown.add_column(column)
    for column in ("candidate", "champion", "limit"):
        shown.add_column(column, justify="right", no_wrap=True)
    shown.add_column("", overflow="fold")
    for ok, *cells in rows(report):
        shown.add_row(
            Text("ok" if ok else "broken", style="green" if ok else "bold red"),
            *(Text(cell) for cell in cells),
        )
    parts: list[Any] = (
        [Text(title(report)), shown] if shown.rows else [Text(f"{title(report)}: no gates.")]
    )
    if tried:
        parts += [Text(f"Recorded requests to {tried['endpoint']}"), _tried(tried)]
    whole = not report["broken"] and not missing
    parts.append(Text(verdict(report, missing), style="" if whole else "bold red"))
    parts += [Text(f"  - {sentence}") for sentence in report["broken"]]
    parts.append(Text(f"Report {report['digest']}", style="dim", overflow="fold"))
    return Group(*parts)


def _tried(tried: Mapping[str, Any]) -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    shown = Table()
    shown.add_column("")
    shown.add_column("request")
    shown.add_column("ms", justify="right")
    shown.add_column("", overflow="fold")
    for request in tried["requests"]:
        word = Text(
            "ok" if request["ok"] else "broken", style="green" if request["ok"] else "bold red"
        )
        shown.add_row(
            word,
            Text(request["name"]),
            f"{request['latency_ms']:.0f}",
            Text("; ".join(request["faults"])),
        )
    return shown


def markdown(report: Mapping[str, Any], missing: list[str]) -> str:
    """As Markdown, with all that a person who signs needs."""
    lines = [f"## {_escaped(title(report))}", "", f"**{_escaped(verdict(report, missing))}**", ""]
    checks = rows(report)
    if checks:
        lines += [
            "| | metric | slice | candidate | champion | limit | |",
            "|---|---|---|---:|---:|---:|---|",
        ]
        lines += [
            f"| {'ok' if ok else '**broken**'} | {' | '.join(_escaped(cell) for cell in cells)} |"
            for ok, *cells in checks
        ]
        lines.append("")
    for who in ("candidate", "champion"):
        source = (report[who] or {}).get("metrics")
        if source:
            lines.append(f"- {who}'s metrics: `{source['uri']}` ({source['digest']})")
    lines.append(f"- report: `{report['digest']}`")
    return "\n".join(lines) + "\n"


def _number(value: float | str | None) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return f"{value:.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


def _escaped(text: str) -> str:
    """Text that can't end a table's cell, and in which the name of a slice is no
    markup."""
    for character in "\\`*_[]<>|":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.split())
