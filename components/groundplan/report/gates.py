"""When a preview fails a build: `--fail-on 'up,risk,policy,cost:500'`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from groundplan.delivery_levels.assessment import EXPORT
from groundplan.delivery_levels.choices import DeliveryLevel
from groundplan.policy.finding import Severity
from groundplan.problems import shown
from groundplan.proof.model import Verdict
from groundplan.report import delivery, up
from groundplan.report.acceptances import verdict
from groundplan.report.judged import Status as Accepted
from groundplan.report.model import Report
from groundplan.report.risk_groups import RiskOf, grouped
from groundplan.report.wording import line
from groundplan.risk.risk import Level
from groundplan.risk.verdict import Status

RISK = {"high": (Level.HIGH,), "medium": (Level.HIGH, Level.MEDIUM), "low": tuple(Level)}
POLICY = {
    "critical": (Severity.CRITICAL,),
    "high": (Severity.CRITICAL, Severity.HIGH),
    "medium": (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM),
    "low": tuple(Severity),
}
UP = {"": (Status.NO,), "unknown": (Status.NO, Status.UNKNOWN)}
ISOLATION = ("", "unknown")
ALLOWED = (
    "up[:unknown], isolation[:unknown], changes, risk[:high|medium|low], "
    "policy[:critical|high|medium|low], accepted, level, cost:USD (a month; cost>USD is read too)"
)


MOST_NAMES = 5
"""Risks, findings, or resources without a price that the text of a gate names."""


class GateError(ValueError):
    """The text names no gate."""


@dataclass(frozen=True)
class Gate:
    """One condition."""

    kind: str
    threshold: str = ""

    def broken(self, report: Report) -> str:
        """Returns why a report breaks the gate; empty if it doesn't."""
        count = 0
        if self.kind == "up":
            return self._up(report)
        if self.kind == "isolation":
            return self._isolation(report)
        if self.kind == "changes":
            count = len(report.changes.changes) if report.changes else 0
            return f"{_count(count, 'change')}" if count else ""
        if self.kind == "risk":
            risks = [risk for risk in report.risks if risk.level in RISK[self.threshold]]
            named = [
                f"{group.level.value}: {line(group.first.words)}"
                + (f" (and of {len(group.others):,} more)" if group.others else "")
                for group in grouped(RiskOf(report.stack, risk) for risk in risks)
            ]
            what = f"{_count(len(risks), 'risk')} of level {self.threshold} or above"
            return f"{what}. {_first(named)}" if risks else ""
        if self.kind == "policy":
            found = report.new_findings if report.changes else report.findings
            severe = [f for f in found if f.severity in POLICY[self.threshold]]
            order = tuple(Severity)
            named = [
                f"{finding.severity.value}: {line(finding.rule)}: {line(finding.reason)}."
                for finding in sorted(severe, key=lambda f: order.index(f.severity))
            ]
            what = f"{_count(len(severe), 'policy finding')} of severity {self.threshold} or above"
            return f"{what}. {_first(named)}" if severe else ""
        if self.kind == "accepted":
            return self._accepted(report)
        if self.kind == "level":
            return _level(report)
        return self._cost(report)

    def _accepted(self, report: Report) -> str:
        """Returns what this change accepts itself: a gate that it breaks would be
        passed by accepting what breaks it."""
        named = [
            verdict(judged)
            for judged in report.acceptances
            if judged.is_new and judged.status is Accepted.ACCEPTED
        ]
        what = _count(len(named), "acceptance")
        return f"{what} that this change adds or extends. {_first(named)}" if named else ""

    def _up(self, report: Report) -> str:
        status = up.verdict_of(report).status
        if status not in UP[self.threshold]:
            return ""
        found = up.clauses(report)
        more = f", and {_count(len(found) - 1, 'more reason')}" if len(found) > 1 else ""
        answer = "it fails" if status is Status.NO else "it isn't known whether it succeeds"
        return f"{answer}, because {found[0].words}{more}"

    def _isolation(self, report: Report) -> str:
        proof = report.proof
        if proof is None:
            return line(report.unproved) if self.threshold and report.unproved else ""
        refuted, unknown = proof.of(Verdict.REFUTED), proof.of(Verdict.UNKNOWN)
        if refuted:
            return f"{_count(len(refuted), 'claim')} refuted: {line(refuted[0].claim)}"
        if unknown and self.threshold:
            return f"{_count(len(unknown), 'claim')} not decided: {line(unknown[0].claim)}"
        return ""

    def _cost(self, report: Report) -> str:
        """A charge without a known price is never zero: what the gate cannot decide,
        it fails."""
        change = report.cost_change
        if change is not None:
            cost, unknown, text = change.known, change.unknown, f"{change.known:+.0f} USD a month"
        elif report.cost is not None:
            cost = report.cost.expected
            unknown = tuple(item.name for item in report.cost.unpriced)
            text = f"{cost:.0f} USD a month"
        else:
            return ""
        if cost > float(self.threshold):
            return f"{text} is more than {self.threshold}"
        if not unknown:
            return ""
        return (
            f"it can't be decided whether it is more than {self.threshold}: {text}, without "
            f"{_listed(unknown)}, which {'has' if len(unknown) == 1 else 'have'} no known price"
        )


def parse(text: str) -> list[Gate]:
    """Returns the gates in a comma-separated list. Raises `GateError` with what is
    allowed."""
    return [_parse(part.strip()) for part in text.split(",") if part.strip()]


def broken(reports: Sequence[Report], gates: Sequence[Gate]) -> list[str]:
    """Returns what breaks which gate, a line each."""
    lines = []
    for report in reports:
        found = [(gate, gate.broken(report)) for gate in gates]
        lines += [
            f"{report.project}/{report.stack} fails on {gate.kind}: {why}"
            for gate, why in found
            if why
        ]
    return lines


def _parse(part: str) -> Gate:
    cost = re.fullmatch(r"cost\s*[:>]\s*(\d+(?:\.\d+)?)", part)
    if cost:
        return Gate("cost", cost[1])
    if part == "cost":  # a shell reads `cost>500` without quotes as a redirection
        raise GateError(f"--fail-on cost: it has no limit. Fix: cost:500. Allowed are {ALLOWED}")
    kind, _, threshold = part.partition(":")
    if kind == "risk" and threshold in ("", *RISK):
        return Gate(kind, threshold or "medium")
    if kind == "policy" and threshold in ("", *POLICY):
        return Gate(kind, threshold or "high")
    if kind == "up" and threshold in UP:
        return Gate(kind, threshold)
    if kind == "isolation" and threshold in ISOLATION:
        return Gate(kind, threshold)
    if part in ("changes", "accepted", "level"):
        return Gate(part)
    if kind == "danger":
        raise GateError(f"--fail-on {part}: the gate is called risk[:high|medium|low]")
    raise GateError(f"--fail-on {part}: allowed are {ALLOWED}")


def _level(report: Report) -> str:
    """Returns what the declared level of delivery lacks, in the program or the
    repository."""
    lacking = report.delivery.lacking if report.delivery else []
    named = [f"{delivery.sentence(item)}." for item in lacking]
    declared = report.delivery.declared if report.delivery else None
    if report.delivery and report.delivery.unknown is not None:
        allowed = ", ".join(level.value for level in DeliveryLevel)
        return f"the output {EXPORT} is {shown(report.delivery.unknown)}. Allowed: {allowed}"
    if not named or declared is None:
        return ""
    return f"{declared.value} lacks {_count(len(named), 'demand')}. {_first(named)}"


def _first(sentences: Sequence[str]) -> str:
    """Returns the first sentences of what breaks a gate, the worst first."""
    more = len(sentences) - MOST_NAMES
    listed = " ".join(sentences[:MOST_NAMES])
    return f"{listed} And {more:,} more." if more > 0 else listed


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    return ", ".join(map(line, names[:MOST_NAMES])) + more


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
