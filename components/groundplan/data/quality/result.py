"""The result of a check, as the bucket keeps it: the same document for a check by
pandera and by AWS Glue Data Quality."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class RuleResult:
    """What came of one rule."""

    rule: str
    """Its name: `price: min 0`."""
    passed: bool
    detail: str = ""
    """Why it did not pass."""


@dataclass(frozen=True)
class QualityResult:
    """What came of all rules."""

    dataset: str
    run: str
    rows: int
    rules: tuple[RuleResult, ...]

    @property
    def passed(self) -> bool:
        """Whether every rule passed; false without rules, which say nothing."""
        return bool(self.rules) and all(rule.passed for rule in self.rules)

    @property
    def failed(self) -> tuple[RuleResult, ...]:
        """The rules that did not pass."""
        return tuple(rule for rule in self.rules if not rule.passed)

    def text(self) -> str:
        """Returns the document."""
        return json.dumps({**asdict(self), "passed": self.passed}, sort_keys=True)

    @classmethod
    def read(cls, content: str) -> "QualityResult":
        """Returns the result that `text` wrote."""
        data: Mapping[str, Any] = json.loads(content)
        rules: Sequence[Mapping[str, Any]] = data["rules"]
        return cls(
            data["dataset"], data["run"], data["rows"], tuple(RuleResult(**r) for r in rules)
        )
