"""The report as one HTML page that works from a file, on a phone and without a network.

The page may load nothing and run nothing but its own script: the policy in its head
names the digests of the two style sheets and of the script, so that not even markup
that slipped into a name could do anything. All text of the program is escaped by
`markup`. Without scripts everything is there, only not searchable.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from importlib import resources

from groundplan.report.diagram import diagram as pictures
from groundplan.report.html.assessment import access, cost, dangers, findings, table
from groundplan.report.html.changes import changes, sign
from groundplan.report.html.links import Links, prefixes
from groundplan.report.html.tree import invokes, tree
from groundplan.report.html.values import facts, outline
from groundplan.report.markup import Child, Markup, join, tag
from groundplan.report.model import Report
from groundplan.report.wording import (
    DONE,
    command,
    count,
    counts,
    line,
    signed,
    spread,
    summary,
    tally,
    usd,
)
from groundplan.risk.risk import Level

BUDGET = 3_000_000
"""Characters of inputs on a page, spread over its resources, so that the largest stacks
still open."""

LEAST, MOST = 400, 20_000
"""Characters of one resource's inputs: never cut below the first, always at the second."""


FITS = 1500
"""Pixels of a picture that is made smaller where the window is; a wider one scrolls, or
it could not be read."""


def html(reports: Sequence[Report]) -> str:
    """One page for the reports of any number of stacks."""
    rooms = sum(
        len(r.manifest.resources) + (len(r.changes.changes) if r.changes else 0)
        for r in reports
        if r.manifest
    )
    room = min(MOST, max(LEAST, BUDGET // max(rooms, 1)))
    names = prefixes(reports)
    projects = ", ".join(dict.fromkeys(line(report.project) for report in reports)) or "nothing"
    title = f"Preview of {projects}"
    parts = [
        _stack(report, Links(report, name), room)
        for report, name in zip(reports, names, strict=True)
    ]
    page = tag(
        "html",
        tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name="color-scheme", content="light dark"),
            tag("meta", name="referrer", content="no-referrer"),
            tag("title", title),
            tag("style", Markup(STYLE)),
        ),
        tag(
            "body",
            tag("a", "To the report", href="#report", class_="skip"),
            tag("header", tag("h1", title), _stacks(reports, names)),
            tag("main", *parts or [tag("p", "No stack was previewed.")], id="report", tabindex=-1),
            tag(
                "footer",
                tag(
                    "p",
                    "Made by groundplan preview: offline, without credentials, no cloud was asked.",
                ),
            ),
            tag("script", Markup(SCRIPT)),
        ),
        lang="en",
    )
    return f"<!doctype html>\n{page}\n"


def _file(name: str) -> str:
    return (
        resources.files("groundplan.report.html").joinpath(name).read_text(encoding="utf-8").strip()
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


STYLE, SCRIPT = _file("report.css"), _file("report.js")

POLICY = (
    f"default-src 'none'; style-src {_digest(STYLE)} {_digest(pictures.STYLE)}; script-src {_digest(SCRIPT)}; "
    "base-uri 'none'; form-action 'none'"
)


def _stacks(reports: Sequence[Report], names: Sequence[str]) -> Markup | None:
    """A line for each stack; of one stack alone, its own part says it."""
    if len(reports) < 2:
        return None
    rows: list[list[Child]] = []
    for report, name in zip(reports, names, strict=True):
        link = tag("a", line(report.stack), href=f"#{name}")
        dangerous = count(len(report.dangers), "danger") if report.dangers else "none"
        new = report.new_findings if report.changes else report.findings
        rows.append([link, _what(report), _money(report) or "not known", dangerous, str(len(new))])
    return tag(
        "nav",
        table(("Stack", "Changes", "USD a month", "Dangers", "New findings"), rows, "Stacks"),
        aria_label="Stacks",
    )


def _what(report: Report) -> str:
    if report.message:
        return "failed"
    if report.changes is None:
        return "not compared"
    return tally(counts(report)) or "unchanged"


def _money(report: Report) -> str:
    if report.cost is None:
        return ""
    more = f" ({signed(report.cost_difference)})" if report.cost_difference is not None else ""
    return f"{usd(report.cost.expected)}{more}"


def _stack(report: Report, links: Links, room: int) -> Markup:
    sections = [
        ("dangers", f"Dangers{_number(report.dangers)}", dangers(report, links)),
        (
            "changes",
            f"Changes{_number(report.changes.changes if report.changes else ())}",
            changes(report, links, room),
        ),
        ("access", "Access", access(report, links)),
        ("cost", "Cost", cost(report)),
        ("policy", f"Policy{_number(report.findings)}", findings(report, links)),
        ("picture", "Picture", _picture(report)),
        ("resources", "Resources", tree(report, links, room)),
        (
            "outputs",
            "Outputs",
            outline(report.manifest.outputs, MOST) or None if report.manifest else None,
        ),
        ("answers", "Stand-ins", invokes(report)),
        ("about", "About", _about(report)),
    ]
    there = [(links.section(name), title, content) for name, title, content in sections if content]
    return tag(
        "section",
        tag("h2", line(report.stack), id=f"{links.prefix}.title"),
        _failure(report),
        _cards(report, links),
        tag("p", summary(report), class_="summary"),
        tag(
            "nav",
            tag("ul", *(tag("li", tag("a", title, href=f"#{at}")) for at, title, _ in there)),
            aria_label=f"Parts of {line(report.stack)}",
            class_="parts",
        ),
        *(tag("section", tag("h3", title, id=f"{at}.title"), content, id=at, aria_labelledby=f"{at}.title")
          for at, title, content in there),
        id=links.prefix,
        class_="stack",
        aria_labelledby=f"{links.prefix}.title",
    )  # fmt: skip


def _number(of: Sequence[object]) -> str:
    return f" ({len(of):,})" if of else ""


def _failure(report: Report) -> Markup | None:
    if not report.message:
        return None
    where = "\n".join(f"at {frame}" for frame in report.frames)
    found = len(report.manifest.resources) if report.manifest else 0
    return tag(
        "div",
        tag("p", tag("strong", "! This stack could not be previewed.")),
        tag("pre", report.message.strip()),
        tag("pre", where) if where else None,
        tag("p", f"{count(found, 'resource')} had been registered until then."),
        class_="level high failure",
        role="alert",
    )


def _cards(report: Report, links: Links) -> Markup | None:
    """The numbers that matter, each a link to its part."""
    found = counts(report)
    cards = [
        _card(
            links.section("changes"),
            f"{number:,}",
            join([sign(kind), Markup(f" {DONE[kind]}")]),
            kind.value,
        )
        for kind, number in found.items()
        if number
    ]
    if report.changes and not cards:
        cards.append(_card(links.section("changes"), "0", "changes", ""))
    if report.cost:
        between = spread(report.cost.low, report.cost.high)
        money = (
            signed(report.cost_difference)
            if report.cost_difference is not None
            else usd(report.cost.expected)
        )
        told = (
            f"USD a month, now {usd(report.cost.expected)}"
            if report.cost_difference is not None
            else "USD a month"
        )
        cards.append(
            _card(
                links.section("cost"), money, f"{told}{f', range {between}' if between else ''}", ""
            )
        )
    if report.changes:
        worst = [
            level for level in Level if any(danger.level is level for danger in report.dangers)
        ][:1]
        levels = ", ".join(
            f"{n} {level.value}"
            for level in Level
            if (n := [d.level for d in report.dangers].count(level))
        )
        words = f"dangers: {levels}" if levels else "dangers"
        cards.append(
            _card(
                links.section("dangers"),
                f"{len(report.dangers):,}",
                words,
                worst[0].value if worst else "",
            )
        )
    if report.cost or report.findings:
        new = f"findings, {len(report.new_findings):,} new" if report.changes else "findings"
        cards.append(
            _card(
                links.section("policy"),
                f"{len(report.findings):,}",
                new,
                "medium" if report.new_findings else "",
            )
        )
    return tag("ul", *cards, class_="numbers") if cards else None


def _card(at: str, number: str, words: Child, style: str) -> Markup:
    inner = tag("a", tag("b", number), tag("span", words), href=f"#{at}")
    return tag("li", inner, class_=f"level {style}".strip())


def _picture(report: Report) -> Markup | None:
    if report.manifest is None and report.changes is None:
        return None
    drawn = Markup(pictures.diagram(report))  # it escapes what it holds, with the same `markup`
    natural = re.search(r' width="([\d.]+)"', drawn)
    fits = natural is not None and float(natural[1]) <= FITS
    return tag(
        "div",
        drawn,
        class_=f"wide picture{' fits' if fits else ''}",
        tabindex=0,
        role="region",
        aria_label="The environment, drawn",
    )


def _about(report: Report) -> Markup:
    manifest = report.manifest
    providers = (
        ", ".join(f"{name} {version}" for name, version in sorted(manifest.providers.items()))
        if manifest
        else ""
    )
    custom = sum(resource.custom for resource in manifest) if manifest else 0
    return facts([
        ("Project", line(report.project)),
        ("Stack", line(report.stack)),
        ("Compared with", line(report.changes.base) if report.changes else "nothing"),
        ("Resources", f"{custom:,} in {count(len(manifest.resources) - custom, 'component')}" if manifest else ""),
        ("Providers", line(providers)),
        ("Again", tag("code", command(report))),
    ])  # fmt: skip
