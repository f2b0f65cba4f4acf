"""What a proof consists of: claims, verdicts, counterexamples."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Verdict(Enum):
    """The verdict on a claim."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNKNOWN = "unknown"
    """Neither: it depends on what the plan doesn't have."""


class Layer(Enum):
    """What a claim is about."""

    OBJECTS = "objects"
    """Folders of buckets."""
    KEYS = "keys"
    """Encryption keys."""
    RESOURCES = "resources"
    """Other resources that are tagged as a team's."""
    ROLES = "roles"
    """Who acts as a role: trust policies, pod identity."""
    KUBERNETES = "kubernetes"
    """RBAC and access entries."""
    VOLUMES = "volumes"
    NETWORK = "network"


@dataclass(frozen=True)
class Counterexample:
    """A request that a claim says is refused, and that the plan allows."""

    principal: str
    """Who: `role training-jobs-access`, `pods of namespace research`."""
    action: str
    """`s3:GetObject`; of Kubernetes `create pods/exec`."""
    resource: str
    """A concrete ARN, path or object."""
    statement: str
    """What allows it: `statement ReadDatasets`, `claim scratch`."""
    declared_in: str
    """The logical name of the resource with the statement."""
    source: str = ""
    """The line of the program that registers the resource."""
    parameters: tuple[tuple[str, str], ...] = ()
    """What else the request contains: (`s3:prefix`, `teams/research/`)."""
    path: tuple[str, ...] = ()
    """How the team comes to be the principal, step by step."""
    assumptions: tuple[str, ...] = ()
    """What the plan doesn't have, and is assumed: a condition that is met."""

    def to_data(self) -> dict[str, Any]:
        """Returns the counterexample as data for JSON."""
        return {
            "principal": self.principal,
            "action": self.action,
            "resource": self.resource,
            "parameters": dict(self.parameters),
            "statement": self.statement,
            "declaredIn": self.declared_in,
            "source": self.source,
            "path": list(self.path),
            "assumptions": list(self.assumptions),
        }


@dataclass(frozen=True)
class Result:
    """A claim and its verdict."""

    claim: str
    """The claim in a sentence: `research reads nothing in teams/forecasting/ of
    artifacts-bucket`."""
    layer: Layer
    team: str
    """The team that the claim restricts."""
    owner: str
    """The team whose data it protects; empty where the data has no one owner."""
    verdict: Verdict
    counterexample: Counterexample | None = None
    reason: str = ""
    """Why it is not decided."""

    def to_data(self) -> dict[str, Any]:
        """Returns the result as data for JSON."""
        return {
            "claim": self.claim,
            "layer": self.layer.value,
            "team": self.team,
            "owner": self.owner,
            "verdict": self.verdict.value,
            **({"reason": self.reason} if self.reason else {}),
            **(
                {"counterexample": self.counterexample.to_data()}
                if self.counterexample is not None
                else {}
            ),
        }


@dataclass(frozen=True)
class Proof:
    """The results of all claims on a plan."""

    project: str
    stack: str
    teams: tuple[str, ...]
    results: tuple[Result, ...]
    assumptions: Sequence[str] = field(default_factory=tuple)
    """What every verdict rests on, as sentences."""

    @property
    def verdict(self) -> Verdict:
        """Refuted if one claim is; else unknown if one is; else proved."""
        verdicts = {result.verdict for result in self.results}
        for verdict in (Verdict.REFUTED, Verdict.UNKNOWN):
            if verdict in verdicts:
                return verdict
        return Verdict.PROVED

    def of(self, verdict: Verdict) -> tuple[Result, ...]:
        """Returns the results with a verdict."""
        return tuple(result for result in self.results if result.verdict is verdict)

    def to_data(self) -> dict[str, Any]:
        """Returns the proof as data for JSON."""
        return {
            "project": self.project,
            "stack": self.stack,
            "teams": list(self.teams),
            "verdict": self.verdict.value,
            "claims": {verdict.value: len(self.of(verdict)) for verdict in Verdict},
            "results": [result.to_data() for result in self.results],
            "assumptions": list(self.assumptions),
        }
