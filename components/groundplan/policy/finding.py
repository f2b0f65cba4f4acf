"""Rules, their breaches and findings."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum

from groundplan.manifest.model import Manifest, Resource


class Severity(str, Enum):
    """The severity of a breach."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True)
class Breach:
    """A breach of a rule by one resource."""

    urn: str
    reason: str
    """`bucket data-logs has no public access block: anyone with a policy can open
    it`."""
    property: str = ""
    """The input that breaks the rule, if it is one."""
    severity: Severity | None = None
    """The severity of this breach, where it differs from the rule's."""
    fix: str = ""
    """The fix of this breach, where it differs from the rule's."""
    settings_fix: str = ""
    """Its fix in the settings, where that differs from the rule's."""


@dataclass(frozen=True)
class Rule:
    """A rule."""

    name: str
    """`bucket-public-access-blocked`: the file's name, with hyphens."""
    severity: Severity
    summary: str
    """The requirement, as a sentence: `Buckets are versioned.`"""
    reason: str
    """Why it is required, in one or two sentences."""
    fix: str
    """What to do, in the imperative: `set enable_key_rotation to true`."""
    check: Callable[[Resource, Manifest], Iterable[Breach]]
    """Returns the breaches of one resource, seen in its manifest; none for a resource
    that the rule doesn't apply to."""
    url: str = ""
    """The vendor's documentation of the rule."""
    settings_fix: str = ""
    """What to do in a stack file, with keys in its spelling, where a setting of the
    components decides it: `set deletionProtection to true`."""


@dataclass(frozen=True)
class Finding:
    """A breach with its rule, its source and its component."""

    rule: str
    severity: Severity
    urn: str
    reason: str
    fix: str
    """In the language of the source: keys of settings, or arguments of a program."""
    property: str = ""
    source: str = ""
    """Its source: `Pulumi.prod.yaml:12` (the settings), else `infra/environment.py:48`
    (the program)."""
    component: str = ""
    """The component that the resource belongs to."""
    setting: str = ""
    """The key of the settings that configure the resource:
    `groundplan:training.pools.gpu`; empty where the program does."""
    settings_fix: str = field(default="", compare=False, repr=False)
    """The fix for a reader of settings, if there is one."""
