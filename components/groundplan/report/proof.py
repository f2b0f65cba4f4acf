"""A proof as lines of text."""

from collections.abc import Iterator

from groundplan.proof.model import Counterexample, Proof, Result, Verdict
from groundplan.report.model import Report

WORDS = {
    Verdict.PROVED: "proved",
    Verdict.REFUTED: "REFUTED",
    Verdict.UNKNOWN: "NOT DECIDED",
}


def headline(proof: Proof) -> str:
    """Returns the verdict in one line."""
    stack = f"{proof.project}/{proof.stack}"
    if not proof.results:
        return f"{stack}: nothing to prove, as it has no teams."
    counts = ", ".join(
        f"{len(proof.of(verdict))} {WORDS[verdict].lower()}"
        for verdict in (Verdict.REFUTED, Verdict.UNKNOWN, Verdict.PROVED)
        if proof.of(verdict)
    )
    verdict = {
        Verdict.PROVED: "every team is isolated",
        Verdict.REFUTED: "teams are not isolated",
        Verdict.UNKNOWN: "it is not decided whether teams are isolated",
    }[proof.verdict]
    claims = "claim" if len(proof.results) == 1 else "claims"
    teams = ", ".join(proof.teams)
    return f"{stack}: {verdict}. {len(proof.results)} {claims}: {counts}. Teams: {teams}."


def footer(report: Report) -> str:
    """Returns what a preview says of the isolation of its teams, in one line; empty for
    a stack without teams."""
    if report.unproved:
        return f"isolation of teams: not proved, as {report.unproved}"
    proof = report.proof
    if proof is None or not proof.results:
        return ""
    counts = ", ".join(
        f"{len(proof.of(verdict))} {WORDS[verdict].lower()}"
        for verdict in (Verdict.REFUTED, Verdict.UNKNOWN, Verdict.PROVED)
        if proof.of(verdict)
    )
    more = "" if proof.verdict is Verdict.PROVED else f" (groundplan prove {report.stack})"
    return f"isolation of teams: {counts} of {len(proof.results)} claims{more}"


def is_isolated(report: Report) -> bool:
    """Returns whether every claim is proved; true for a stack without teams."""
    if report.unproved:
        return False
    return report.proof is None or report.proof.verdict is Verdict.PROVED


def open_lines(proof: Proof, *verdicts: Verdict) -> list[str]:
    """Returns the claims that aren't proved (or have one of some verdicts), a line
    each."""
    return [
        f"{WORDS[verdict]}: {result.claim}"
        for verdict in verdicts or (Verdict.REFUTED, Verdict.UNKNOWN)
        for result in proof.of(verdict)
    ]


def lines(proof: Proof, every_claim: bool = False) -> Iterator[str]:
    """Yields the verdict, each claim that isn't proved with its counterexample, and
    what the proof assumes."""
    yield headline(proof)
    shown = list(Verdict) if every_claim else [Verdict.REFUTED, Verdict.UNKNOWN]
    for verdict in sorted(shown, key=list(WORDS).index, reverse=True):
        for result in proof.of(verdict):
            yield from _claim(result)
    if proof.results:
        yield ""
        yield "Assumed:"
        yield from (f"- {assumption}" for assumption in proof.assumptions)


def claim_lines(result: Result) -> list[str]:
    """A claim, and why it is not proved."""
    return list(_claim(result))


def _claim(result: Result) -> Iterator[str]:
    found = result.counterexample
    if found is None and not result.reason:
        yield f"{WORDS[result.verdict]}: {result.claim}"
        return
    yield ""
    yield f"{WORDS[result.verdict]}: {result.claim}"
    if result.reason:
        yield f"  because      {result.reason}"
    if found is not None:
        yield from _counterexample(found)


def _counterexample(found: Counterexample) -> Iterator[str]:
    yield f"  principal    {found.principal}"
    yield f"  action       {found.action}"
    yield f"  resource     {found.resource}"
    for key, value in found.parameters:
        yield f"  with         {key} = {value}"
    where = " ".join(part for part in (found.declared_in, found.source) if part)
    yield f"  allowed by   {found.statement}" + (f" of {where}" if where else "")
    for step in found.path:
        yield f"  by way of    {step}"
    for assumption in found.assumptions:
        yield f"  assuming     {assumption}"
