"""Versions and releases as a terminal shows them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType


def versions(group: str, endpoint: str, rows: Sequence[Mapping[str, Any]]) -> "RenderableType":
    """Returns the versions of a group, newest first."""
    from rich.table import Table

    if not rows:
        return f"{group} has no versions yet."
    table = Table(title=f"{group} on {endpoint}", title_justify="left")
    for column in ("version", "approval", "registered", "description", ""):
        table.add_column(column)
    for row in rows:
        live = "live" if row["live"] else ""
        table.add_row(
            str(row["version"]), row["approval"], row["created"][:19], row["description"], live
        )
    return table


def version(data: Mapping[str, Any]) -> "RenderableType":
    """One version, and its releases."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    facts = Table.grid(padding=(0, 2))
    for key in (
        "version",
        "arn",
        "status",
        "approval",
        "reason",
        "registered_by",
        "approved_by",
        "description",
    ):
        if data[key]:
            facts.add_row(key.replace("_", " "), Text(str(data[key])))
    for artifact in data["artifacts"]:
        for key, value in artifact.items():
            facts.add_row(key.replace("_", " "), Text(str(value), overflow="fold"))
    for key, value in sorted(data["properties"].items()):
        facts.add_row(key, Text(str(value), overflow="fold"))
    ended = Table(title="releases", title_justify="left")
    for column in ("begun", "kind", "outcome", "by", "reason"):
        ended.add_column(column)
    for record in data["releases"]:
        by = record["started_by"].rsplit(":", 1)[-1]
        ended.add_row(
            record["started_at"], record["kind"], record["outcome"], by, record.get("reason", "")
        )
    return Group(facts, ended) if data["releases"] else facts


def status(found: Mapping[str, Any]) -> "RenderableType":
    """An endpoint now."""
    from rich.table import Table
    from rich.text import Text

    facts = Table.grid(padding=(0, 2))
    serving = (
        f"version {found['version']}"
        if found["version"]
        else "a model from before the first release"
    )
    rows = {
        "endpoint": found["endpoint"],
        "state": found["stage"],
        "serves": serving,
        "configuration": found["config"],
        "failure": found["failure_reason"],
        "alarms on": ", ".join(found["alarms_on"]),
    }
    if not found["as_recorded"]:
        rows["attention"] = (
            f"the last release left {found['last']['live']}: something else has moved the "
            "endpoint since"
        )
    if found["under_way"]:
        plan = found["under_way"]
        kind = plan["kind"] or "a release that can't be read"
        what = f"{kind} of version {plan['version']}" if plan["version"] else kind
        since = f" since {plan['started_at']}" if plan["started_at"] else ""
        by = f", by {plan['started_by']}" if plan["started_by"] else ""
        rows["under way"] = f"{what}{since}{by}"
    if found["problems"]:
        rows["problems"] = "\n".join(found["problems"])
    if found["last"]:
        last = found["last"]
        rows["last release"] = (
            f"{last['release']}: {last['outcome']} {last.get('reason', '')}".rstrip()
        )
    for key, value in rows.items():
        if value:
            facts.add_row(key, Text(str(value), overflow="fold"))
    return facts
