"""The summary of a changed resource for one line: its most important properties."""

from dataclasses import dataclass

from groundplan.diff.changes import Change, Kind
from groundplan.report.summary_inputs import highlights
from groundplan.report.wording import FORCES, clear, line, name_in

MOST = 4
"""Properties that one line names."""


@dataclass(frozen=True)
class Summary:
    """The text after a resource's name."""

    properties: tuple[str, ...] = ()
    """Paths of properties; of a new resource inputs with their values."""
    more: int = 0
    """How many properties aren't named."""
    words: str = ""
    """`forces replacement`, `was data-logs`."""
    note: str = ""


def summary(change: Change) -> Summary:
    """Returns the summary of a change."""
    note = line(change.note)
    if change.kind is Kind.CREATE and change.after:
        inputs = highlights(clear(change.after.inputs), of=change.after.type)
        return Summary(tuple(map(line, inputs[: MOST - 1])), note=note)
    if change.kind in (Kind.DELETE, Kind.RETAIN):
        return Summary(note=note)
    causes = (
        [item for item in change.properties if item.replaces] if change.kind is Kind.REPLACE else []
    )
    paths = [line(item.path) for item in causes or change.properties] + [
        line(item.path) for item in change.options
    ]
    words = FORCES if causes else _origin(change)
    return Summary(tuple(paths[:MOST]), max(len(paths) - MOST, 0), words, note)


def _origin(change: Change) -> str:
    before, after = change.before, change.after
    if not (before and after):
        return ""
    if change.kind is Kind.RENAME:
        return (
            f"was {line(before.name)}"
            if before.name != after.name
            else f"was a {line(before.type)}"
        )
    if change.kind is Kind.MOVE:
        return (
            f"was below {line(name_in(before.parent))}"
            if before.parent
            else "was directly in the stack"
        )
    return ""
