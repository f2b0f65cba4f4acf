"""The verdict of a plan: whether `pulumi up` will succeed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from groundplan.diff.changes import Changes
from groundplan.manifest.model import Manifest
from groundplan.risk.context import Plan
from groundplan.risk.obstacles import Obstacle, Reason, obstacles
from groundplan.risk.risk import Risk


class Status(str, Enum):
    """Whether `pulumi up` will succeed, worst first."""

    NO = "no"
    UNKNOWN = "not known"
    YES = "yes"
    """Nothing that is known prevents it."""


@dataclass(frozen=True)
class Verdict:
    """Whether `pulumi up` will succeed, and why not."""

    obstacles: tuple[Obstacle, ...] = ()
    """Certain ones first."""

    @property
    def status(self) -> Status:
        if any(obstacle.reason.certain for obstacle in self.obstacles):
            return Status.NO
        return Status.UNKNOWN if self.obstacles else Status.YES

    def by_reason(self) -> list[tuple[Reason, tuple[Obstacle, ...]]]:
        """Returns the obstacles of each reason, certain ones first."""
        groups: dict[Reason, list[Obstacle]] = {}
        for obstacle in self.obstacles:
            groups.setdefault(obstacle.reason, []).append(obstacle)
        return [(reason, tuple(group)) for reason, group in groups.items()]


def verdict(changes: Changes, before: Manifest, after: Manifest, risks: Iterable[Risk]) -> Verdict:
    """Returns the verdict of a comparison and its risks."""
    found = list(obstacles(Plan(changes, before, after)))
    covered = {obstacle.urn for obstacle in found if obstacle.reason.certain}
    found += [refusal(risk) for risk in risks if risk.prevents_up and risk.urn not in covered]
    return of(found)


def refusal(risk: Risk) -> Obstacle:
    """Returns the obstacle that a risk states."""
    words = risk.words.removesuffix(".")
    return Obstacle(Reason(words, words, ""), risk.urn, "", risk.because)


def of(found: Sequence[Obstacle]) -> Verdict:
    """Returns the verdict of some obstacles."""
    return Verdict(tuple(sorted(dict.fromkeys(found), key=lambda o: not o.reason.certain)))


def general(words: str, fix: str = "", certain: bool = True) -> Obstacle:
    """An obstacle of the whole stack, not of a resource."""
    return Obstacle(Reason(words, words, fix, certain=certain), "", "")
