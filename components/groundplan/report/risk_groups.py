"""Risks that are the same but for the resource, of one stack or of several: listed
once, with all names."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from groundplan.report.model import Report
from groundplan.report.wording import name_in
from groundplan.risk.risk import ORDER, Level, Risk


@dataclass(frozen=True)
class RiskOf:
    """A risk in the stack that has it."""

    stack: str
    risk: Risk
    source: str = ""
    """The line to edit: `Pulumi.prod.yaml:12`."""
    report: int = 0
    """The position of the stack's report."""


@dataclass(frozen=True)
class RiskGroup:
    """One risk, or several that are the same."""

    risks: tuple[RiskOf, ...]

    @property
    def first(self) -> Risk:
        """The risk whose words are shown."""
        return self.risks[0].risk

    @property
    def level(self) -> Level:
        return self.first.level

    @property
    def stacks(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.stack for each in self.risks))

    @property
    def others(self) -> tuple[str, ...]:
        """The names of the other resources that it holds for."""
        first = self.first.urn
        names = (name_in(e.risk.urn) for e in self.risks if e.risk.urn != first)
        mine = name_in(first)
        return tuple(dict.fromkeys(name for name in names if name != mine))

    @property
    def because(self) -> tuple[str, ...]:
        """The different causes, each once."""
        return tuple(dict.fromkeys(e.risk.because for e in self.risks if e.risk.because))

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """The different lines of the causes, each with the key of its settings."""
        places = [(e.risk.source, e.risk.setting) for e in self.risks]
        return tuple(dict.fromkeys(place for place in places if any(place)))

    @property
    def affected(self) -> tuple[str, ...]:
        """The names of all resources that depend on one of them."""
        if len(self.risks) == 1:
            return self.first.affected
        members = {self.first.urn and name_in(self.first.urn), *self.others}
        names = dict.fromkeys(name for e in self.risks for name in e.risk.affected)
        return tuple(name for name in names if name not in members)


def risk_groups(reports: Sequence[Report]) -> list[RiskGroup]:
    """Returns the risks of some stacks, the worst first, then in their order."""
    several = len({report.project for report in reports}) > 1
    return grouped(
        RiskOf(
            f"{report.project}/{report.stack}" if several else report.stack,
            risk,
            risk.source or report.source(risk.urn),
            number,
        )
        for number, report in enumerate(reports)
        for risk in report.open_risks
    )


def grouped(risks: Iterable[RiskOf]) -> list[RiskGroup]:
    """Risks by what they say, the worst first."""
    found: dict[object, list[RiskOf]] = {}
    for each in risks:
        risk = each.risk
        found.setdefault((risk.level, risk.kind, _pattern(risk)), []).append(each)
    groups = [RiskGroup(tuple(members)) for members in found.values()]
    return sorted(groups, key=lambda group: ORDER.index(group.level))


def by_level(risks: Iterable[Risk]) -> list[Risk]:
    """Risks with the worst first."""
    return sorted(risks, key=lambda risk: ORDER.index(risk.level))


def _pattern(risk: Risk) -> object:
    """Returns the words of a risk without the name of its resource and the noun before
    it; the words themselves where they don't have the name."""
    name = name_in(risk.urn)
    if not name or name not in risk.words:
        return risk.words
    parts = re.split(rf"\b(?:[Tt]he )((?:[\w-]+ ){{1,5}}){re.escape(name)}(?![\w-])", risk.words)
    if len(parts) == 1:
        return re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", "\0", risk.words)
    return tuple(parts[::2])
