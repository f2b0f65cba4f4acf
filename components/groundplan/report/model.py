"""The result of a preview of one stack: the only input of the reports (terminal,
Markdown, HTML, SARIF, JUnit, JSON)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from groundplan.cost.estimate import Estimate
from groundplan.delivery_levels.assessment import Assessment
from groundplan.diff.changes import Changes, Kind
from groundplan.diff.edits.edit import NO_EDITS, Edits
from groundplan.manifest.model import Manifest
from groundplan.policy.finding import Finding
from groundplan.proof import Proof
from groundplan.report.cost_change import CostChange, cost_change
from groundplan.report.judged import Judged
from groundplan.report.preflight import Preflight
from groundplan.risk.risk import Risk
from groundplan.risk.verdict import Verdict


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
    delivery: Assessment | None = None
    """Which level of delivery it meets; `None` where the program failed."""
    edits: Edits = NO_EDITS
    """The edits of settings and programs since the base, which cause the changes."""
    preflight: Preflight | None = None
    """What a preflight found in the account; `None` without one."""
    message: str = ""
    """Why the program failed, or that of the base; empty on success."""
    frames: tuple[str, ...] = ()
    """Where in the project it failed."""
    base_failed: bool = False
    """Whether the program of the base failed, rather than the program."""
    verdict: Verdict | None = None
    """Whether `pulumi up` will succeed; `None` where nothing is compared."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """URN -> the line to edit: `Pulumi.prod.yaml:12`, `infra/environment.py:48`."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """URN of a resource that settings configure -> their key:
    `groundplan:training.pools.gpu`."""

    @property
    def open_risks(self) -> tuple[Risk, ...]:
        """The risks of what `pulumi up` does: without those of what it fails at, which
        the verdict states."""
        if self.verdict is None:
            return self.risks
        return tuple(risk for risk in self.risks if not risk.prevents_up)

    @property
    def failed(self) -> bool:
        """Whether the program failed."""
        return bool(self.message) and not self.base_failed

    def source(self, urn: str) -> str:
        """Returns the line to edit for a resource; empty where it isn't known."""
        registered = self.manifest.by_urn.get(urn) if self.manifest else None
        return self.sources.get(urn) or (registered.source if registered else "")

    def is_configured(self, urn: str) -> bool:
        """Returns whether a resource is configured by settings, rather than in a
        program."""
        return urn in self.settings

    @cached_property
    def cost_change(self) -> CostChange | None:
        """The change of the cost; `None` without a base."""
        if self.cost is None or self.cost_before is None:
            return None
        return cost_change(self.cost_before, self.cost, self.changes)

    @property
    def retained_cost(self) -> float:
        """USD a month of what leaves the stack and stays in the cloud, which is charged
        on."""
        kept = {
            change.resource.urn
            for change in (self.changes.changes if self.changes else ())
            if change.kind is Kind.RETAIN
        }
        items = self.cost_before.items if self.cost_before else ()
        return sum(item.expected for item in items if item.urn in kept)

    @property
    def cost_difference(self) -> float | None:
        """USD a month, expected; `None` without a base, and where what changes has no
        known price."""
        change = self.cost_change
        return change.known if change and not change.unknown else None
