"""The result of a preview of one stack: the only input of the reports (terminal,
Markdown, HTML, SARIF, JUnit, JSON)."""

from dataclasses import dataclass
from functools import cached_property

from groundplan.cost.estimate import Estimate
from groundplan.diff.changes import Changes
from groundplan.manifest.model import Manifest
from groundplan.policy.finding import Finding
from groundplan.proof import Proof
from groundplan.report.cost_change import CostChange, cost_change
from groundplan.report.judged import Judged
from groundplan.risk.risk import Risk


@dataclass(frozen=True)
class Report:
    """One stack's preview."""

    project: str
    stack: str
    manifest: Manifest | None
    """What the program registers; up to the failure if it failed; `None` if it never
    started."""
    changes: Changes | None = None
    """The changes against the base; `None` without one."""
    risks: tuple[Risk, ...] = ()
    cost: Estimate | None = None
    cost_before: Estimate | None = None
    findings: tuple[Finding, ...] = ()
    """The findings that count: without those that are accepted."""
    new_findings: tuple[Finding, ...] = ()
    """The findings that the base doesn't have."""
    acceptances: tuple[Judged, ...] = ()
    """What is accepted, the expired ones first. What they cover isn't in `findings` and
    `risks` until they expire."""
    proof: Proof | None = None
    """Whether its teams are isolated; `None` without teams or without a solver."""
    unproved: str = ""
    """Why there is no proof of its teams; empty where there is one or no team."""
    message: str = ""
    """Why the program failed; empty on success."""
    frames: tuple[str, ...] = ()
    """Where in the project it failed."""

    @cached_property
    def cost_change(self) -> CostChange | None:
        """The change of the cost; `None` without a base."""
        if self.cost is None or self.cost_before is None:
            return None
        return cost_change(self.cost_before, self.cost, self.changes)

    @property
    def cost_difference(self) -> float | None:
        """USD a month, expected; `None` without a base, and where what changes has no
        known price."""
        change = self.cost_change
        return change.known if change and not change.unknown else None
