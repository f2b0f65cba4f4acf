"""What a comment says besides the changed resources: failure, risks, access, costs,
policy findings, and the basis of all of these."""

import json
from collections.abc import Iterable, Iterator, Sequence

from groundplan.policy.finding import Finding, Severity
from groundplan.report import costs, obstacles
from groundplan.report.delivery import headline, sentences
from groundplan.report.markdown.escape import fence
from groundplan.report.markdown.fitting import Piece, Section
from groundplan.report.markdown.rank import Rank
from groundplan.report.markdown.render import LONGEST_CELL, LONGEST_MESSAGE, render
from groundplan.report.model import Report
from groundplan.report.proof import footer, open_lines
from groundplan.report.risk_groups import RiskGroup, risk_groups
from groundplan.report.wording import clear, count, fold, line, name_in, printable, shown
from groundplan.risk.access_changes import access_changes

MOST_NAMES = 5
"""Affected resources that a line names; more are folded."""

MOST_FOLDED = 50
"""Affected resources that are named at all."""

MOST_CAUSES = 3
"""Causes of the same risk that are named."""

MOST_FRAMES = 20

SEVERITIES = tuple(Severity)


def failure(report: Report) -> Iterator[Section]:
    """Yields why and where the program failed, and the resources registered until
    then."""
    if not report.message:
        return
    message = fold(printable(report.message.strip()), LONGEST_MESSAGE)
    frames = [f"  at {fold(line(frame), LONGEST_CELL)}" for frame in report.frames[-MOST_FRAMES:]]
    content = "\n".join([message, *frames])
    yield Section((Piece(Rank.FAILURE, _piece("failure", fence([content]), content)),))
    yield from _registered(report)


def _registered(report: Report) -> Iterator[Section]:
    if report.manifest is None:
        return
    verb = "were registered" if report.cost else "had been registered until then"
    names: dict[str, list[str]] = {}
    for resource in report.manifest:
        top = resource
        while top.parent and top.parent in report.manifest.by_urn:
            top = report.manifest.by_urn[top.parent]
        names.setdefault(top.name, []).append(line(resource.name))
    pieces = [_piece("registered", top, ", ".join(below)) for top, below in sorted(names.items())]
    yield _details(f"{count(len(report.manifest.resources), 'resource')} {verb}", pieces)


def risks(report: Report) -> Iterator[Section]:
    """Yields the risks, most severe first; a long list of affected resources is
    folded."""
    yield Section(tuple(_risks(risk_groups([report]))), "\n**Risks**\n\n")


def risks_of_all(reports: Sequence[Report]) -> Section:
    """Returns the risks of several stacks, each once with the names of its stacks."""
    return Section(tuple(_risks(risk_groups(reports), True)), "\n**Risks**\n\n")


def _risks(groups: Iterable[RiskGroup], several: bool = False) -> Iterator[Piece]:
    for group in groups:
        affected, others = group.affected, group.others[:MOST_FOLDED]
        number = len(affected)
        folded = f"{number:,} resources depend on it" if number > MOST_NAMES else ""
        more = f"and {number - MOST_FOLDED:,} more" if number > MOST_FOLDED else ""
        lacking = max(len(group.others) - MOST_FOLDED, 0)
        because = "; ".join(group.because[:MOST_CAUSES])
        yield Piece(
            Rank.RISK,
            _piece(
                "risk",
                group.first,
                group.stacks[:MOST_FOLDED] if several else (),
                (others, f"and {lacking:,} more" if lacking else ""),
                because,
                group.places[:MOST_CAUSES],
                (affected[:MOST_FOLDED], folded, more),
            ),
        )


def access(report: Report) -> Iterator[Section]:
    """Yields the permissions that are granted and revoked."""
    rows = access_changes(report.changes) if report.changes else []
    condition = any(row.condition for row in rows)
    header = ["", "Resource", "Effect", "Action", "Target", "Principal"]
    header += ["Condition"] if condition else []
    yield Section(
        _pieces(Rank.ACCESS, (_piece("access", row, condition) for row in rows)),
        _head("Access", header),
    )


def cost(report: Report) -> Iterator[Section]:
    """Yields the cost table, and below it the basis of the estimate."""
    table = costs.table(report)
    if table:
        rows = [_piece("cost", row.component, table.cells(row)[1:]) for row in table.rows]
        rows += [render("comment", "row", table.cells(table.others))] if table.others else []
        yield Section(
            _pieces(Rank.COST, rows),
            _head("Cost", table.header, "USD a month", numbers=True),
            _piece("total_cost", table.cells(table.total)),
        )
    yield from _basis(report, bool(table))


def _basis(report: Report, table: bool) -> Iterator[Section]:
    estimate = report.cost
    if estimate is None or not (table or estimate.unknown):
        return
    pieces = [_piece("unknown_price", text) for text in estimate.unknown]
    pieces += [_piece("assumption", *entry) for entry in sorted(estimate.assumptions.items())]
    for changed in costs.changed_costs(report):
        before, after = ((side.amount, side.basis) for side in (changed.before, changed.after))
        pieces.append(_piece("changed_cost", changed.name, before, after))
    pieces += [_piece("prices", estimate.source)] if estimate.source else []
    yield _details("Basis of the costs", pieces)


def findings(report: Report) -> Iterator[Section]:
    """Yields the new findings, and the number of those that the base has too. Without a
    base, all findings, folded."""
    header = ("Severity", "Rule", "Resource", "Reason", "Fix", "Source")
    if report.changes is None:
        title = count(len(report.findings), "policy finding")
        start = _piece("findings", title, header)
        yield Section(_findings(report.findings), start, render("comment", "details_end"))
        return
    yield Section(_findings(report.new_findings), _head("New policy findings", header))
    known = len(report.findings) - len(report.new_findings)
    if known > 0:
        text = _piece("base_findings", count(known, "policy finding"))
        yield Section((Piece(Rank.FINDING, text),))


def _findings(findings: Sequence[Finding]) -> tuple[Piece, ...]:
    ordered = sorted(
        findings,
        key=lambda f: (SEVERITIES.index(f.severity), f.rule, name_in(f.urn), f.property, f.reason),
    )
    return _pieces(Rank.FINDING, (_piece("finding", f, name_in(f.urn)) for f in ordered))


def invokes(report: Report) -> Iterator[Section]:
    """Yields the invoke results that the preview returned to the program."""
    calls = report.manifest.invokes if report.manifest else ()
    pieces = []
    for call in calls:
        result = json.dumps(clear(call.answer), sort_keys=True, ensure_ascii=False, default=str)
        arguments = shown(call.arguments) if call.arguments else ""
        pieces.append(_piece("invoke", call.token, arguments, result))
    yield _details(f"{count(len(pieces), 'invoke result')} of the preview", pieces)


def isolation(report: Report) -> Iterator[Section]:
    """Yields whether teams are isolated, and the claims that aren't proved."""
    title = footer(report)
    if not title:
        return
    open_claims = open_lines(report.proof) if report.proof else []
    shown_claims = open_claims[:MOST_FOLDED]
    if len(open_claims) > len(shown_claims):
        shown_claims.append(f"and {count(len(open_claims) - len(shown_claims), 'more claim')}")
    content = "\n".join(fold(line(claim), LONGEST_CELL) for claim in shown_claims)
    piece = _piece("failure", fence([content]), content) if content else _piece("isolation", title)
    yield _details("Isolation of teams" if report.unproved else f"I{title[1:]}", [piece])


def preflight(report: Report) -> Iterator[Section]:
    """Yields what a preflight found in the account."""
    if report.preflight is None:
        return
    found = [fold(text, LONGEST_CELL) for text in obstacles.sentences(report.preflight)]
    start = render("comment", "details", obstacles.headline(report.preflight))
    pieces = _pieces(Rank.FINDING, (_piece("isolation", text) for text in found))
    yield Section(pieces or (Piece(Rank.FINDING, ""),), start, render("comment", "details_end"))


def delivery(report: Report) -> Iterator[Section]:
    """Yields which level of delivery the stack meets, and what it lacks for the
    declared one, or for the next."""
    if report.delivery is None:
        return
    listed = [fold(text, LONGEST_CELL) for text in sentences(report.delivery)]
    content = "\n".join(listed[:MOST_FOLDED])
    piece = _piece("failure", fence([content]), content) if content else ""
    yield _details(headline(report.delivery), [piece])


def _piece(macro: str, *arguments: object) -> str:
    return render("assessment", macro, *arguments)


def _pieces(rank: Rank, texts: Iterable[str]) -> tuple[Piece, ...]:
    return tuple(Piece(rank, text) for text in texts)


def _details(title: str, texts: Iterable[str]) -> Section:
    start, end = render("comment", "details", title), render("comment", "details_end")
    return Section(_pieces(Rank.BASIS, texts), start, end)


def _head(title: str, header: Sequence[str], unit: str = "", numbers: bool = False) -> str:
    """Returns the title and the header of a table; with `numbers`, all columns but the
    first are aligned to the right."""
    return render("comment", "table_head", title, unit, header, numbers)
