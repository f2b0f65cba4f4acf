"""What a comment says besides the changed resources: failure, danger, access, costs,
findings, and what it all rests on."""

import json
from collections.abc import Iterable, Iterator, Sequence

from groundplan.policy.finding import Finding, Severity
from groundplan.report import costs
from groundplan.report.markdown.escape import code, fence, raw, text
from groundplan.report.markdown.fitting import Piece, Section
from groundplan.report.markdown.rank import Rank
from groundplan.report.model import Report
from groundplan.report.wording import clear, count, fold, line, name_in, printable, shown, usd
from groundplan.risk.access_changes import AccessChange, access_changes
from groundplan.risk.risk import Risk

MOST_NAMES = 5
"""Resources in danger that a line names; more are folded."""

MOST_FOLDED = 50
"""Resources in danger that are named at all."""

LONGEST, LONGEST_CELL, LONGEST_MESSAGE = 600, 300, 4_000

MOST_FRAMES = 20

SEVERITIES = tuple(Severity)


def failure(report: Report) -> Iterator[Section]:
    """Why it failed and where, and what was registered until then."""
    if not report.message:
        return
    message = fold(printable(report.message.strip()), LONGEST_MESSAGE)
    frames = [f"  at {fold(line(frame), LONGEST_CELL)}" for frame in report.frames[-MOST_FRAMES:]]
    content = "\n".join([message, *frames])
    marks = fence([content])
    yield Section((Piece(Rank.FAILURE, f"\n{marks}text\n{content}\n{marks}\n"),))
    yield from _registered(report)


def _registered(report: Report) -> Iterator[Section]:
    if report.manifest is None:
        return
    said = "were registered" if report.cost else "had been registered until then"
    names: dict[str, list[str]] = {}
    for resource in report.manifest:
        top = resource
        while top.parent and top.parent in report.manifest.by_urn:
            top = report.manifest.by_urn[top.parent]
        names.setdefault(top.name, []).append(line(resource.name))
    pieces = [
        f"- {code(line(top))}: {text(fold(', '.join(found), LONGEST))}\n"
        for top, found in sorted(names.items())
    ]
    yield _details(
        f"{count(len(report.manifest.resources), 'resource')} {said}", Rank.BASIS, pieces
    )


def dangers(report: Report) -> Iterator[Section]:
    """Worst first; what depends on it is folded where it is much."""
    pieces = tuple(Piece(Rank.DANGER, _danger(danger)) for danger in report.dangers)
    yield Section(pieces, "\n**Dangers**\n\n")


def _danger(danger: Risk) -> str:
    said = text(fold(line(danger.words), LONGEST))
    because = f" Because: {text(fold(line(danger.because), LONGEST))}" if danger.because else ""
    said = f"- **{danger.level.value.upper()}**, {text(danger.kind.replace('-', ' '))}: {said}{because}\n"
    names, number = danger.affected[:MOST_FOLDED], len(danger.affected)
    if not number:
        return said
    if number <= MOST_NAMES:
        return f"{said}  Depends on it: {', '.join(code(line(name)) for name in names)}\n"
    more = f" and {number - MOST_FOLDED:,} more" if number > MOST_FOLDED else ""
    named = ", ".join(raw(name) for name in names)
    return f"{said}  <details><summary>{number:,} resources depend on it</summary>{named}{more}</details>\n"


def access(report: Report) -> Iterator[Section]:
    """Who may do what from now on, and no longer."""
    rows = access_changes(report.changes) if report.changes else []
    condition = any(row.condition for row in rows)
    header = [
        "",
        "Resource",
        "Effect",
        "Action",
        "Target",
        "Principal",
        *(["Condition"] if condition else []),
    ]
    yield _table("Access", header, Rank.ACCESS, (_access(row, condition) for row in rows))


def _access(row: AccessChange, condition: bool) -> list[str]:
    cells = [row.action, row.target, row.principal, *([row.condition] if condition else [])]
    return [
        code(row.sign),
        code(line(row.resource)),
        text(row.effect),
        *(_cell(cell) for cell in cells),
    ]


def _cell(value: str) -> str:
    return code(fold(line(value), LONGEST_CELL))


def cost(report: Report) -> Iterator[Section]:
    """The cost table, and below it what it rests on."""
    table = costs.table(report)
    if table:
        rows = [[code(line(row.component)), *table.cells(row)[1:]] for row in table.rows]
        rows += (
            [[text(table.others.component), *table.cells(table.others)[1:]]] if table.others else []
        )
        total = _row(f"**{cell}**" if cell else "" for cell in table.cells(table.total))
        section = _table("Cost", table.header, Rank.COST, rows, "USD a month", numbers=True)
        yield Section(section.pieces, section.before, total)
    yield from _basis(report, bool(table))


def _basis(report: Report, table: bool) -> Iterator[Section]:
    estimate = report.cost
    if estimate is None or not (table or estimate.unknown):
        return
    pieces = [
        f"- No known price, not counted: {text(fold(line(what), LONGEST))}\n"
        for what in estimate.unknown
    ]
    pieces += [
        f"- {text(what)}: {text(words)}\n" for what, words in sorted(estimate.assumptions.items())
    ]
    for old, new in costs.changed_items(report) if report.cost_before else ():
        item = new or old
        then, now = (
            f"{usd(side.expected)} ({text(fold(line(side.basis), LONGEST))})" if side else "0"
            for side in (old, new)
        )
        pieces.append(f"- {code(line(item.name if item else ''))}: {then} → {now}\n")
    pieces += [f"- Prices: {text(line(estimate.source))}\n"] if estimate.source else []
    yield _details("What the costs rest on", Rank.BASIS, pieces)


def findings(report: Report) -> Iterator[Section]:
    """The new findings; those that the base has too are counted. Without a base, all of
    them, folded."""
    header = ("Severity", "Rule", "Resource", "Reason", "Fix", "Source")
    if report.changes is None:
        table = _table(
            "", header, Rank.FINDING, (_finding(finding) for finding in _ordered(report.findings))
        )
        title = f"<details><summary>{count(len(report.findings), 'policy finding')}</summary>\n"
        yield Section(table.pieces, f"\n{title}{table.before}", "\n</details>\n")
        return
    yield _table(
        "New policy findings",
        header,
        Rank.FINDING,
        (_finding(finding) for finding in _ordered(report.new_findings)),
    )
    old = len(report.findings) - len(report.new_findings)
    if old > 0:
        yield Section(
            (Piece(Rank.FINDING, f"\n{count(old, 'policy finding')} that the base has too.\n"),)
        )


def _ordered(found: Sequence[Finding]) -> list[Finding]:
    return sorted(
        found,
        key=lambda f: (SEVERITIES.index(f.severity), f.rule, name_in(f.urn), f.property, f.reason),
    )


def _finding(finding: Finding) -> list[str]:
    words = (text(fold(line(words), LONGEST_CELL)) for words in (finding.reason, finding.fix))
    cells = [finding.severity.value, code(line(finding.rule)), code(line(name_in(finding.urn)))]
    return [*cells, *words, code(line(finding.source))]


def standins(report: Report) -> Iterator[Section]:
    """The answers that stood in for the cloud's."""
    invokes = report.manifest.invokes if report.manifest else ()
    pieces = []
    for invoke in invokes:
        given = (
            f" of {code(fold(shown(invoke.arguments), LONGEST_CELL))}" if invoke.arguments else ""
        )
        answer = json.dumps(clear(invoke.answer), sort_keys=True, ensure_ascii=False, default=str)
        pieces.append(
            f"- {code(line(invoke.token))}{given}: {code(fold(line(answer), LONGEST_CELL))}\n"
        )
    yield _details(f"{count(len(pieces), 'answer')} stood in for the cloud's", Rank.BASIS, pieces)


def _details(title: str, rank: Rank, pieces: Sequence[str]) -> Section:
    before = f"\n<details><summary>{raw(title)}</summary>\n\n"
    return Section(tuple(Piece(rank, piece) for piece in pieces), before, "\n</details>\n")


def _table(
    title: str,
    header: Sequence[str],
    rank: Rank,
    rows: Iterable[Sequence[str]],
    unit: str = "",
    numbers: bool = False,
) -> Section:
    """A table; with `numbers`, all cells but the first are aligned to the right."""
    before = f"\n**{title}**{f', {unit}' if unit else ''}\n\n" if title else "\n"
    rule = ["---", *(["---:" if numbers else "---"] * (len(header) - 1))]
    return Section(
        tuple(Piece(rank, _row(row)) for row in rows), before + _row(header) + _row(rule)
    )


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"
