"""What differs between a stack's state and what exists, and what was not compared."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

FORMAT = 1
"""The version of the JSON document."""


class Kind(str, Enum):
    """How something differs."""

    CHANGED = "changed"
    """A property has another value than the state."""
    DELETED = "deleted"
    """The state has it, the account doesn't."""
    UNMANAGED = "unmanaged"
    """It has the stack's tags, and the state doesn't know it."""


@dataclass(frozen=True)
class Difference:
    """One difference."""

    kind: Kind
    id: str
    """The URN, or the ARN of what is unmanaged."""
    path: str = ""
    """The changed property: `scalingConfig.maxSize`."""
    recorded: Any = None
    """The value in the state."""
    live: Any = None
    """The value in the account."""
    source: str = ""
    """The line that registers the resource, where the program is known."""

    @property
    def name(self) -> str:
        """The logical name, or the ARN."""
        return self.id.rsplit("::", 1)[-1] if self.id.startswith("urn:") else self.id

    def to_data(self) -> dict[str, Any]:
        """Returns the difference as data for JSON."""
        return {**asdict(self), "name": self.name, "kind": self.kind.value}


@dataclass(frozen=True)
class NotCompared:
    """What was not compared, and why."""

    what: str
    """A resource's name, or a type."""
    why: str


@dataclass(frozen=True)
class Drift:
    """All that a comparison says."""

    project: str
    stack: str
    tool: str
    """What read the account: `pulumi refresh`, `AWS APIs`."""
    differences: tuple[Difference, ...]
    not_compared: tuple[NotCompared, ...]
    compared: int
    """How many resources were compared."""
    pending: Mapping[str, tuple[str, ...]]
    """What differs between the program and the state, which is no drift: `create`,
    `delete` -> names. Empty without a program."""

    def to_data(self) -> dict[str, Any]:
        """Returns the result as data for JSON."""
        return {
            "drift": FORMAT,
            "project": self.project,
            "stack": self.stack,
            "tool": self.tool,
            "compared": self.compared,
            "differences": [each.to_data() for each in self.differences],
            "not_compared": [asdict(each) for each in self.not_compared],
            "pending": {key: list(names) for key, names in self.pending.items()},
        }
