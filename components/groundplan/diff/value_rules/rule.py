"""A rule: what the change of a property does, where that depends on the values or on
other inputs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from groundplan.manifest.property_paths import keys_of


class Outcome(str, Enum):
    """What a change does."""

    REPLACED = "replaced"
    IN_PLACE = "updated in place"
    REFUSED = "refused"
    """By the provider or the service: `pulumi up` fails."""
    UNKNOWN = "not known"


@dataclass(frozen=True)
class Sides:
    """The inputs of a resource before and after a change."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    old: Any
    """The value of the rule's property before, `ABSENT` where there is none."""
    new: Any


Condition = Callable[[Sides], bool | None]
"""Whether a rule applies; `None` where the values that decide aren't known."""


@dataclass(frozen=True)
class Rule:
    """What the change of a property does under a condition."""

    path: str
    """The property: `storageInfo.ebsStorageInfo.volumeSize`."""
    when: Condition
    outcome: Outcome
    why: str = ""
    """Why it is refused, as a sentence without its full stop."""

    @property
    def keys(self) -> tuple[str, ...]:
        return keys_of(self.path)


def replaced(path: str, when: Condition) -> Rule:
    """A change that forces replacement under a condition."""
    return Rule(path, when, Outcome.REPLACED)


def in_place(path: str, when: Condition) -> Rule:
    """A change that updates in place under a condition."""
    return Rule(path, when, Outcome.IN_PLACE)


def refused(path: str, when: Condition, why: str) -> Rule:
    """A change that the provider or the service refuses under a condition."""
    return Rule(path, when, Outcome.REFUSED, why)


def unknown(path: str, when: Condition) -> Rule:
    """A change of which only the cloud knows what it does."""
    return Rule(path, when, Outcome.UNKNOWN)


Table = Mapping[str, tuple[Rule, ...]]
"""Type token -> its rules.

The first rule of a property that applies decides; where none does, the property is
updated in place. Replacement facts of these properties are not used.
"""
