"""Whether teams are isolated, on the page: the claims that aren't proved, each with its
counterexample."""

from collections.abc import Sequence
from dataclasses import dataclass

from groundplan.proof.model import Verdict
from groundplan.report.model import Report
from groundplan.report.proof import claim_lines, footer
from groundplan.report.wording import line

MOST = 200
"""Claims that the page shows."""

LEVELS = {Verdict.REFUTED: "high", Verdict.UNKNOWN: "medium", Verdict.PROVED: "low"}


@dataclass(frozen=True)
class Claim:
    """A claim that isn't proved."""

    level: str
    words: str
    details: str
    """Why, or its counterexample; empty where there is neither."""


@dataclass(frozen=True)
class Isolation:
    """The proof of a stack."""

    summary: str
    claims: Sequence[Claim]
    assumptions: Sequence[str]
    more: str


def isolation(report: Report) -> Isolation | None:
    """Returns the proof; `None` for a stack without teams."""
    summary = footer(report)
    if not summary:
        return None
    proof = report.proof
    results = [
        (verdict, result)
        for verdict in (Verdict.REFUTED, Verdict.UNKNOWN)
        for result in (proof.of(verdict) if proof else ())
    ]
    claims = []
    for verdict, result in results[:MOST]:
        title, *details = [text for text in claim_lines(result) if text]
        claims.append(Claim(LEVELS[verdict], line(title), "\n".join(map(line, details))))
    more = f"{len(results) - MOST:,} more claims" if len(results) > MOST else ""
    assumptions = [line(text) for text in proof.assumptions] if proof else []
    return Isolation(line(summary), claims, assumptions, more)
