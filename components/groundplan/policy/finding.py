"""A finding of a rule, and what a rule is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from groundplan.manifest.model import Manifest, Resource


class Severity(str, Enum):
    """How bad a breach of a rule is."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True)
class Breach:
    """What a rule found on one resource."""

    urn: str
    reason: str
    """`bucket data-logs has no public access block: anyone with a policy can open it`."""
    property: str = ""
    """The input that is wrong, if it is one."""
    severity: Severity | None = None
    """How bad this breach is, where it is worse or milder than the rule's."""
    fix: str = ""
    """What to do about this breach, where it is something else than the rule says."""


@dataclass(frozen=True)
class Rule:
    """One rule of the policy."""

    name: str
    """`bucket-public-access-blocked`: the file's name, with hyphens."""
    severity: Severity
    summary: str
    fix: str
    """What to do, as an order."""
    check: Callable[[Resource, Manifest], Iterable[Breach]]
    """What is wrong with one resource, seen in its manifest; nothing for a resource
    that the rule isn't about."""
    url: str = ""
    """The vendor's documentation of it."""


@dataclass(frozen=True)
class Finding:
    """A breach, with all that a reader needs."""

    rule: str
    severity: Severity
    urn: str
    reason: str
    fix: str
    property: str = ""
    source: str = ""
    """Where it comes from: `Pulumi.prod.yaml:12` (the settings), else
    `infra/environment.py:48` (the program)."""
    component: str = ""
    """The component that the resource belongs to."""
