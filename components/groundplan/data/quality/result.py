"""The result of a check, as the bucket keeps it: the contract between what checks a run
(AWS Glue, pandera in a container) and the steps that judge and publish it.

    quality/<dataset>/<pipeline>/<run>/result.json
        {"dataset": "clicks", "run": "run-1", "rows": 3, "passed": false,
         "rules": [{"rule": "price: min 0", "passed": false, "detail": "...",
                    "compared": true}, ...],
         "schema": {"format": "parquet", "columns": [{"name", "type"}, ...]},
         "statistics": "sha256:..."}
    quality/<dataset>/<pipeline>/<run>/statistics.json
        what `groundplan.data.sketches.Counts.document` returns; the digest in the
        result is that of its bytes

`schema` and `statistics` may be empty: a check that counts nothing. A rule with
`compared` false had nothing to compare with: it passed, and says so. What writes a
result writes the statistics first, so that a result names what is there.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

RESULT, STATISTICS, REPORT = "result.json", "statistics.json", "report.html"
"""Names of the objects of a run, in its folder of results."""


@dataclass(frozen=True)
class RuleResult:
    """What came of one rule."""

    rule: str
    """Its name: `price: min 0`."""
    passed: bool
    detail: str = ""
    """Why it did not pass; of a distribution, its distance."""
    compared: bool = True
    """False if there was nothing to compare with."""


@dataclass(frozen=True)
class QualityResult:
    """What came of all rules."""

    dataset: str
    run: str
    rows: int
    rules: tuple[RuleResult, ...]
    schema: Mapping[str, Any] = field(default_factory=dict)
    """Format and columns, as a dataset version has them; empty if unknown."""
    statistics: str = ""
    """Digest of the statistics beside it; empty if nothing was counted."""

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
            data["dataset"],
            data["run"],
            data["rows"],
            tuple(RuleResult(**r) for r in rules),
            data.get("schema", {}),
            data.get("statistics", ""),
        )
