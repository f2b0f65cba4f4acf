"""What a preflight finds, and what it could not check."""

from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

FORMAT = 1
"""The version of the JSON document; a reader refuses any other."""


class Stage(str, Enum):
    """When an obstacle is met."""

    UP = "up"
    """`pulumi up` fails at the resource, or leaves it without its capacity."""
    SCALING = "scaling"
    """`pulumi up` succeeds; the resource can't grow to the size that it may have."""
    LATER = "later"
    """It works today and has an end that is near."""


@dataclass(frozen=True)
class Increase:
    """The increase of a service quota that removes an obstacle."""

    service: str
    code: str
    name: str
    region: str
    value: float
    """The new value of the quota."""


@dataclass(frozen=True)
class Finding:
    """An obstacle, and what removes it."""

    check: str
    """The check that reports it: `quotas of EC2`."""
    urn: str
    """The resource whose step of `pulumi up` meets the obstacle."""
    need: str
    limit: str
    fix: str
    stage: Stage = Stage.UP
    region: str = ""
    alternatives: tuple[str, ...] = ()
    """What passes in place of it, the cheapest first."""
    increase: Increase | None = None
    source: str = ""
    """The line that registers the resource: `Pulumi.prod.yaml:12`."""

    @property
    def name(self) -> str:
        """The logical name of the resource."""
        return self.urn.rsplit("::", 1)[-1]

    def to_data(self) -> dict[str, Any]:
        """Returns the finding as data for JSON."""
        data = asdict(self)
        return {**data, "name": self.name, "stage": self.stage.value}


@dataclass(frozen=True)
class Unchecked:
    """What could not be checked, and why."""

    check: str
    what: str
    why: str


@dataclass(frozen=True)
class Result:
    """All that a preflight of a stack says."""

    project: str
    stack: str
    findings: tuple[Finding, ...]
    """In the order of the steps of `pulumi up`."""
    unchecked: tuple[Unchecked, ...]
    checked: tuple[str, ...] = ()
    """The checks that ran to their end."""
    account: str = ""
    """The ID of the account; empty without one."""
    requested: tuple[Increase, ...] = ()
    """The increases that were requested (`--request`)."""

    @property
    def increases(self) -> tuple[Increase, ...]:
        """The increases that remove obstacles: of each quota the largest."""
        largest: dict[tuple[str, str, str], Increase] = {}
        for finding in self.findings:
            wanted = finding.increase
            if wanted:
                key = (wanted.service, wanted.code, wanted.region)
                known = largest.get(key)
                if known is None or known.value < wanted.value:
                    largest[key] = wanted
        return tuple(largest.values())

    def to_data(self) -> dict[str, Any]:
        """Returns the result as data for JSON."""
        return {
            "preflight": FORMAT,
            "project": self.project,
            "stack": self.stack,
            "account": self.account,
            "findings": [finding.to_data() for finding in self.findings],
            "unchecked": [asdict(entry) for entry in self.unchecked],
            "checked": list(self.checked),
            "requested": [asdict(entry) for entry in self.requested],
        }
