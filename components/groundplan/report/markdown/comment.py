"""Reports as one comment on a pull request: the summary and the risks first, details
folded, never longer than the limit.

The same reports give the same text. The first line is a hidden marker, by which the
previous comment is identified and edited in place. Pieces that don't fit are omitted,
the least important first, and the comment says which and how to see them.
"""

from collections.abc import Callable, Mapping, Sequence

from groundplan.report import up
from groundplan.report.markdown.acceptances import acceptances
from groundplan.report.markdown.assessment import (
    access,
    cost,
    delivery,
    failure,
    findings,
    invokes,
    isolation,
    preflight,
    risks,
    risks_of_all,
)
from groundplan.report.markdown.changes import changed, edits, outputs
from groundplan.report.markdown.fitting import Piece, Section, fit, shares
from groundplan.report.markdown.rank import OMITTED, Rank
from groundplan.report.markdown.render import render
from groundplan.report.model import Report
from groundplan.report.order import ordered, unchanged
from groundplan.report.wording import command, count, is_unchanged, summary

MARKER = "<!-- groundplan-preview -->"

MOST_STACKS = 50
"""Stacks that one line names."""

LEAST = 1_000
"""The smallest limit: a shorter comment has no content."""


def markdown(reports: Sequence[Report], limit: int = 60_000, marker: str = MARKER) -> str:
    """Returns the comment, in at most `limit` characters (GitHub accepts 65,536).

    Raises `ValueError` for a limit under 1,000 and for a marker that isn't a hidden
    comment on one line.
    """
    if limit < LEAST:
        raise ValueError(
            f"a comment of {limit} characters is too short: allowed is {LEAST} or more"
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
    stacks = ordered(reports)
    several = len(stacks) > 1
    head = f"{marker}\n{_heading(stacks)}\n{_up(reports, limit // 4)}"
    head += _summaries(stacks, limit // 2)
    if several:
        head += _compared_with(stacks)
        head += fit([risks_of_all(stacks)], (limit - len(head)) // 2, _more_risks)
    parts = [_sections(report, several) for report in stacks]
    limits = shares([sum(map(len, part)) for part in parts], limit - len(head))
    return head + "".join(
        fit(part, share, _notice(report, limit))
        for report, part, share in zip(stacks, parts, limits, strict=True)
    )


def _heading(reports: Sequence[Report]) -> str:
    names = sorted({report.project for report in reports})
    return render("comment", "heading", ", ".join(names)[:100])


def _up(reports: Sequence[Report], limit: int) -> str:
    """Returns whether `pulumi up` will succeed, and why not."""
    if not up.is_worth_saying(reports):
        return ""
    first, *rest = up.lines(reports)
    title = render("comment", "summary", first)
    pieces = tuple(Piece(0, render("comment", "item", text.strip())) for text in rest)
    reasons = fit(
        [Section(pieces)],
        max(limit - len(title), 0),
        lambda left: f"- and {count(left.get(0, 0), 'more reason')}\n" if left else "",
    )
    return f"{title}\n{reasons}\n" if pieces else f"{title}\n"


def _summaries(reports: Sequence[Report], limit: int) -> str:
    """A line a stack; the ones that don't fit are counted."""
    if not reports:
        return "No stack was previewed.\n"
    if len(reports) == 1:
        return render("comment", "summary", summary(reports[0]))
    same = unchanged(reports)
    listed = [report for report in reports if len(same) < 2 or report not in same]
    names = [_summary(report, reports) for report in listed]
    names += [_unchanged(same, reports)] if len(listed) < len(reports) else []
    section = Section(tuple(Piece(0, render("comment", "item", name)) for name in names))
    return fit(
        [section],
        limit,
        lambda left: f"- and {count(left.get(0, 0), 'more stack')}\n" if left else "",
    )


def _summary(report: Report, reports: Sequence[Report]) -> str:
    return _prefix(report, reports) + summary(report)


def _unchanged(same: Sequence[Report], reports: Sequence[Report]) -> str:
    """Returns the stacks without a change, in one line."""
    bases = dict.fromkeys(report.changes.base for report in same if report.changes)
    names = [_prefix(report, reports) + report.stack for report in same]
    more = f" and {len(names) - MOST_STACKS:,} more" if len(names) > MOST_STACKS else ""
    return f"unchanged against {', '.join(bases)}: {', '.join(names[:MOST_STACKS])}{more}"


def _prefix(report: Report, reports: Sequence[Report]) -> str:
    return f"{report.project}/" if len({each.project for each in reports}) > 1 else ""


def _compared_with(reports: Sequence[Report]) -> str:
    """Returns the revision that several stacks are compared with."""
    bases = dict.fromkeys(report.changes.base for report in reports if report.changes)
    return render("comment", "compared", list(bases)[:MOST_STACKS]) if bases else ""


def _more_risks(omitted: Mapping[int, int]) -> str:
    number = sum(omitted.values())
    return f"- and {count(number, 'more risk')}\n" if number else ""


def _sections(report: Report, several: bool) -> list[Section]:
    """Returns the sections of a stack below its summary."""
    above = () if several else (risks,)
    below = (
        *(preflight, access, changed, outputs, cost, findings, acceptances),
        *(isolation, delivery, invokes),
    )
    readers = (failure, edits, *above, *below)
    sections = [section for reader in readers for section in reader(report) if section.pieces]
    if not sections or is_unchanged(report):
        return []
    changes = report.changes
    title = render(
        "comment",
        "stack",
        report.stack if several else "",
        changes.base if changes else "",
        f"{count(changes.unchanged, 'resource')} unchanged" if changes else "",
    )
    return [Section((Piece(Rank.TITLE, title),)), *sections]


def _notice(report: Report, limit: int) -> Callable[[Mapping[int, int]], str]:
    def notice(omitted: Mapping[int, int]) -> str:
        parts = [
            f"{OMITTED[Rank(rank)]}: {number:,}"
            for rank, number in sorted(omitted.items())
            if Rank(rank) in OMITTED
        ]
        return render("comment", "omitted", f"{limit:,}", "; ".join(parts), command(report))

    return notice
