"""Policy findings that are the same but for the resource: listed once, with all
names."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from groundplan.policy.finding import Finding, Severity
from groundplan.report.wording import name_in

SEVERITIES = tuple(Severity)


@dataclass(frozen=True)
class FindingGroup:
    """One finding, or several that are the same."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The finding whose words are shown."""
        return self.findings[0]

    @property
    def others(self) -> tuple[Finding, ...]:
        return self.findings[1:]


def finding_groups(findings: Iterable[Finding]) -> list[FindingGroup]:
    """Findings by what they say, the most severe first, then by rule and resource."""
    ordered = sorted(findings, key=lambda f: (SEVERITIES.index(f.severity), f.rule, f.urn))
    groups: dict[object, list[Finding]] = {}
    for finding in ordered:
        key = (finding.severity, finding.rule, finding.fix, _pattern(finding))
        groups.setdefault(key, []).append(finding)
    return [FindingGroup(tuple(members)) for members in groups.values()]


def _pattern(finding: Finding) -> object:
    """Returns the reason without the name of the resource; with the resource where it
    doesn't have the name."""
    name = name_in(finding.urn)
    pattern, number = re.subn(rf"(?<![\w-]){re.escape(name)}(?![\w-])", "\0", finding.reason)
    return pattern if name and number else (finding.reason, finding.urn, finding.property)
