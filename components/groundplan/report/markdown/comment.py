"""Reports as one comment on a pull request: the summary and what is dangerous first,
details folded, never over the limit.

The same reports give the same text. The first line is a hidden marker: whoever posts
the comment finds the one of last time by it and edits that in place. What doesn't fit
is left out, least important first, and the comment says what and how to see it.
"""

from collections.abc import Callable, Mapping, Sequence

from groundplan.report.markdown.assessment import (
    access,
    cost,
    dangers,
    failure,
    findings,
    standins,
)
from groundplan.report.markdown.changes import changed, outputs
from groundplan.report.markdown.escape import code, text
from groundplan.report.markdown.fitting import Piece, Section, fit, shares
from groundplan.report.markdown.rank import LEFT_OUT, Rank
from groundplan.report.model import Report
from groundplan.report.wording import command, count, is_unchanged, line, summary

MARKER = "<!-- groundplan-preview -->"

LEAST = 1_000
"""Characters below which no comment can say anything."""


def markdown(reports: Sequence[Report], limit: int = 60_000, marker: str = MARKER) -> str:
    """The comment, in at most `limit` characters (GitHub takes 65,536).

    Raises `ValueError` for a limit under 1,000 and for a marker that isn't a hidden
    comment on one line.
    """
    if limit < LEAST:
        raise ValueError(
            f"a comment of {limit} characters can't say anything: allowed is {LEAST} or more"
        )
    if not (
        marker.startswith("<!--")
        and marker.endswith("-->")
        and "\n" not in marker
        and len(marker) <= LEAST // 4
    ):
        raise ValueError(
            f"the marker {marker!r} is not a hidden comment on one line: expected {MARKER}"
        )
    head = f"{marker}\n{_heading(reports)}\n\n{_summaries(reports, limit // 2)}"
    parts = [_sections(report, len(reports) > 1) for report in reports]
    rooms = shares([sum(map(len, part)) for part in parts], limit - len(head))
    told = zip(reports, parts, rooms, strict=True)
    return head + "".join(fit(part, room, _notice(report, limit)) for report, part, room in told)


def _heading(reports: Sequence[Report]) -> str:
    names = sorted({report.project for report in reports})
    return (
        f"## Groundplan preview: {text(', '.join(names)[:100])}"
        if names
        else "## Groundplan preview"
    )


def _summaries(reports: Sequence[Report], limit: int) -> str:
    """A line a stack; the ones that don't fit are counted."""
    if not reports:
        return "No stack was previewed.\n"
    if len(reports) == 1:
        return f"**{text(summary(reports[0]))}**\n"
    several = len({report.project for report in reports}) > 1
    named = [
        f"{report.project}/{summary(report)}" if several else summary(report) for report in reports
    ]
    section = Section(tuple(Piece(0, f"- {text(name)}\n") for name in named))
    return fit(
        [section],
        limit,
        lambda left: f"- and {count(left.get(0, 0), 'more stack')}\n" if left else "",
    )


def _sections(report: Report, several: bool) -> list[Section]:
    """All that is to be said of a stack besides its summary."""
    readers = (failure, dangers, access, changed, outputs, cost, findings, standins)
    found = [section for reader in readers for section in reader(report) if section.pieces]
    if not found or is_unchanged(report):
        return []
    title = f"\n### {text(report.stack)}\n" if several else ""
    changes = report.changes
    if changes:
        stay = f"{count(changes.unchanged, 'resource')} {'stays' if changes.unchanged == 1 else 'stay'} as before"
        title += f"\nCompared with {code(line(changes.base))}; {stay}.\n"
    return [Section((Piece(Rank.TITLE, title),)), *found]


def _notice(report: Report, limit: int) -> Callable[[Mapping[int, int]], str]:
    def notice(left: Mapping[int, int]) -> str:
        parts = [
            f"{LEFT_OUT[Rank(rank)]}: {number:,}"
            for rank, number in sorted(left.items())
            if Rank(rank) in LEFT_OUT
        ]
        return f"\nLeft out to fit {limit:,} characters: {'; '.join(parts)}. All of it: {code(command(report))}\n"

    return notice
