"""The report as one HTML page that works from a file, on a phone and without a network.

The page loads nothing and runs only its own script: its content security policy names
the digests of the two style sheets and of the script, so that markup in a resource's
name could not run either. The templates escape all text. Without scripts everything is
readable, only not searchable.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from markupsafe import Markup

from groundplan.diff.changes import Kind
from groundplan.report.diagram import diagram as diagrams
from groundplan.report.html import assessment
from groundplan.report.html.acceptances import acceptances
from groundplan.report.html.changes import changes, edits
from groundplan.report.html.delivery import delivery
from groundplan.report.html.isolation import isolation
from groundplan.report.html.links import Link, Links, prefixes
from groundplan.report.html.tree import invokes, tree
from groundplan.report.html.values import Fact, facts, outline
from groundplan.report.model import Report
from groundplan.report.order import ordered, unchanged
from groundplan.report.risk_groups import RiskGroup, RiskOf
from groundplan.report.templates import environment, visible
from groundplan.report.up import QUESTION, Clause, clauses, verdict_of
from groundplan.report.wording import (
    DONE,
    SYMBOLS,
    command,
    count,
    counts,
    known_cost,
    line,
    place,
    retained_cost,
    scenarios,
    signed,
    summary,
    tally,
)
from groundplan.risk.risk import Level
from groundplan.risk.verdict import Status

BUDGET = 3_000_000
"""Characters of inputs on a page, divided among its resources, so that the largest
stacks still open."""

SHARED_RISKS = "_risks"
"""The id of the risks that several stacks have; no stack's id begins like that."""

LEAST, MOST = 400, 20_000
"""Characters of one resource's inputs: never truncated below the first, always at the
second."""

WIDEST = 1500
"""Pixels of a diagram that is scaled down to the window; a wider one scrolls, because
it would not be readable."""


@dataclass(frozen=True)
class StackRow:
    """A stack in the overview of several stacks."""

    stack: Link
    up: str
    changes: str
    cost: str
    risks: Sequence[tuple[str, str]]
    """Level, and its number of risks."""
    findings: str


@dataclass(frozen=True)
class Card:
    """A number with its unit, linked to its section."""

    target: str
    number: str
    words: str
    level: str = ""
    kind: Kind | None = None


@dataclass(frozen=True)
class Section:
    """A section of a stack: its template and what that shows."""

    id: str
    title: str
    template: str
    content: Any


@dataclass(frozen=True)
class Failure:
    """Why a stack could not be previewed."""

    message: str
    frames: str
    registered: str


@dataclass(frozen=True)
class Up:
    """Whether `pulumi up` will succeed, and why not."""

    status: Status
    reasons: Sequence[Clause]

    @property
    def level(self) -> str:
        """The level whose colour it has."""
        return {Status.NO: "high", Status.UNKNOWN: "medium", Status.YES: "create"}[self.status]


@dataclass(frozen=True)
class Diagram:
    """The environment as SVG."""

    svg: Markup
    scales: bool
    """Whether it is scaled down to a narrow window."""


@dataclass(frozen=True)
class StackPart:
    """A stack's part of the page."""

    prefix: str
    name: str
    summary: str
    base: str
    """What it is compared with, and how many resources don't change."""
    up: Up
    failure: Failure | None
    cards: Sequence[Card]
    sections: Sequence[Section]
    list_id: str
    tree_id: str


def html(reports: Sequence[Report]) -> str:
    """One page for the reports of any number of stacks."""
    shown = sum(
        len(r.manifest.resources) + (len(r.changes.changes) if r.changes else 0)
        for r in reports
        if r.manifest
    )
    limit = min(MOST, max(LEAST, BUDGET // max(shown, 1)))
    links = {
        id(report): Links(report, name)
        for report, name in zip(reports, prefixes(reports), strict=True)
    }
    stacks = ordered(reports)
    same = unchanged(stacks) if len(stacks) > 1 else []
    changed = [report for report in stacks if report not in same]
    shared = assessment.shared_risks(stacks)
    common = [each for group in shared for each in group.risks]
    projects = ", ".join(dict.fromkeys(line(report.project) for report in reports)) or "nothing"
    return TEMPLATES.get_template("page.html.jinja").render(
        title=f"Preview of {projects}",
        policy=POLICY,
        style=Markup(STYLE),  # noqa: S704 (a file of this package)
        script=Markup(SCRIPT),  # noqa: S704
        compared_with=_bases(stacks),
        overview=[_row(report, links[id(report)].prefix) for report in changed],
        same=[Link(line(report.stack), links[id(report)].prefix) for report in same],
        several=len(stacks) > 1,
        risks=_shared(shared, [links[id(report)] for report in stacks]),
        stacks=[_stack(r, links[id(r)], limit, common) for r in stacks],
        calm={links[id(report)].prefix for report in same},
    )


def _bases(reports: Sequence[Report]) -> str:
    """Returns the revisions that stacks are compared with."""
    return ", ".join(dict.fromkeys(line(r.changes.base) for r in reports if r.changes))


def _shared(groups: Sequence[RiskGroup], links: Sequence[Links]) -> Section | None:
    """Returns the risks that several stacks have; `None` without any."""
    if not groups:
        return None
    title = f"Risks of several stacks{_number(groups)}"
    return Section(SHARED_RISKS, title, "risks.html.jinja", assessment.shared(groups, links))


def _file(name: str) -> str:
    return (
        resources.files("groundplan.report.html").joinpath(name).read_text(encoding="utf-8").strip()
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


TEMPLATES = environment("groundplan.report.html", visible)
TEMPLATES.globals |= {"SYMBOLS": SYMBOLS, "DONE": DONE, "BAR": assessment.BAR, "QUESTION": QUESTION}

STYLE, SCRIPT = _file("report.css"), _file("report.js")

POLICY = (
    f"default-src 'none'; style-src {_digest(STYLE)} {_digest(diagrams.STYLE)}; "
    f"script-src {_digest(SCRIPT)}; base-uri 'none'; form-action 'none'"
)


def _row(report: Report, prefix: str) -> StackRow:
    new = report.new_findings if report.changes else report.findings
    return StackRow(
        stack=Link(line(report.stack), prefix),
        up=verdict_of(report).status.value,
        changes=_changes(report),
        cost=_cost(report) or "not known",
        risks=_levels(report),
        findings=str(len(new)),
    )


def _levels(report: Report) -> list[tuple[str, str]]:
    """Returns the levels of a stack's risks, each with its number."""
    levels = [risk.level for risk in report.open_risks]
    return [(n.value, f"{levels.count(n):,} {n.value}") for n in Level if n in levels]


def _changes(report: Report) -> str:
    if report.message:
        return "failed"
    if report.changes is None:
        return "not compared"
    return tally(counts(report)) or "unchanged"


def _cost(report: Report) -> str:
    if report.cost is None:
        return ""
    change = report.cost_change
    if change is None:
        return f"{known_cost(report.cost)}{place(report.cost)}"
    if not change.unknown and signed(change.known) == "0":
        return f"{known_cost(report.cost)}{place(report.cost)}, unchanged"
    difference = "change unknown" if change.unknown else signed(change.known)
    return f"{difference} (now {known_cost(report.cost)}){place(report.cost)}"


def _stack(report: Report, links: Links, limit: int, shared: Sequence[RiskOf]) -> StackPart:
    outputs = report.manifest.outputs if report.manifest else {}
    changed = report.changes.changes if report.changes else ()
    sections = [
        ("causes", "Causes", edits(report, links)),
        (
            "risks",
            f"Risks{_number(report.open_risks)}",
            assessment.risks(report, links, shared),
        ),
        ("changes", f"Changes{_number(changed)}", changes(report, links, limit)),
        ("access", "Access", assessment.access(report, links)),
        ("isolation", "Isolation of teams", isolation(report)),
        ("delivery", "Delivery level", delivery(report)),
        ("cost", "Cost", assessment.cost(report)),
        ("policy", f"Policy{_number(report.findings)}", assessment.findings(report, links)),
        (
            "acceptances",
            f"Accepted{_number(report.acceptances)}",
            acceptances(report, links),
        ),
        ("diagram", "Diagram", _diagram(report)),
        ("resources", "Resources", tree(report, links, limit) or None),
        (
            "outputs",
            "Outputs",
            outline(outputs, MOST) if report.manifest and (outputs or not report.message) else None,
        ),
        ("invokes", "Invoke results", invokes(report)),
        ("about", "About", _about(report)),
    ]
    return StackPart(
        prefix=links.prefix,
        name=line(report.stack),
        summary=summary(report),
        base=_base(report),
        up=Up(verdict_of(report).status, [*clauses(report)]),
        failure=_failure(report),
        cards=_cards(report, links),
        sections=[
            Section(links.section(name), title, f"{name}.html.jinja", content)
            for name, title, content in sections
            if content is not None
        ],
        list_id=links.section("list"),
        tree_id=links.section("all"),
    )


def _base(report: Report) -> str:
    if report.changes is None:
        return ""
    unchanged = count(report.changes.unchanged, "resource")
    return f"Compared with {line(report.changes.base)}; {unchanged} unchanged."


def _number(of: Sequence[object]) -> str:
    return f" ({len(of):,})" if of else ""


def _failure(report: Report) -> Failure | None:
    if not report.message:
        return None
    registered = len(report.manifest.resources) if report.manifest else 0
    return Failure(
        report.message.strip(),
        "\n".join(f"at {frame}" for frame in report.frames),
        f"{count(registered, 'resource')} had been registered until then.",
    )


def _cards(report: Report, links: Links) -> list[Card]:
    """Returns the key figures of a stack."""
    target = links.section("changes")
    cards = [
        Card(target, f"{number:,}", f" {DONE[kind]}", kind.value, kind)
        for kind, number in counts(report).items()
        if number
    ]
    if report.changes and not cards:
        cards.append(Card(target, "0", "changes"))
    cards += _cost_card(report, links)
    if report.changes:
        levels = [risk.level for risk in report.open_risks]
        numbers = [f"{levels.count(n)} {n.value}" for n in Level if n in levels]
        words = f"risks: {', '.join(numbers)}" if levels else "risks"
        worst = next((level.value for level in Level if level in levels), "")
        cards.append(Card(links.section("risks"), f"{len(levels):,}", words, worst))
    if report.cost or report.findings:
        new = f"findings, {len(report.new_findings):,} new" if report.changes else "findings"
        level = "medium" if report.new_findings else ""
        cards.append(Card(links.section("policy"), f"{len(report.findings):,}", new, level))
    return cards


def _cost_card(report: Report, links: Links) -> list[Card]:
    if not report.cost:
        return []
    now, change = known_cost(report.cost), report.cost_change
    between = scenarios(report.cost)
    number = now if change is None else "unknown" if change.unknown else signed(change.known)
    words = f"USD a month{place(report.cost)}"
    if number == "0":
        number, words = now, f"{words}, unchanged"
    elif change:
        words += f", now {now}"
    words += "".join(f"; {part}" for part in (between, retained_cost(report)) if part)
    return [Card(links.section("cost"), number, words)]


def _diagram(report: Report) -> Diagram | None:
    if report.changes is None and not (report.manifest and report.manifest.resources):
        return None
    drawing = diagrams.drawing(report)
    return Diagram(diagrams.svg(drawing), drawing.width <= WIDEST)


def _about(report: Report) -> list[Fact]:
    manifest = report.manifest
    providers = sorted(manifest.providers.items()) if manifest else []
    custom = sum(resource.custom for resource in manifest) if manifest else 0
    components = len(manifest.resources) - custom if manifest else 0
    return facts(
        ("Project", line(report.project)),
        ("Stack", line(report.stack)),
        ("Compared with", line(report.changes.base) if report.changes else "nothing"),
        ("Resources", f"{custom:,} in {count(components, 'component')}" if manifest else ""),
        ("Providers", line(", ".join(f"{name} {version}" for name, version in providers))),
        ("Command", Link(command(report), code=True)),
    )
