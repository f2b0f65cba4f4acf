"""The rules of a dataset, as data that a job's arguments and a result carry. Pure."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any


class RuleKind(str, Enum):
    """What a rule is about."""

    ROWS = "rows"
    COMPLETE = "complete"
    UNIQUE = "unique"
    MIN = "min"
    MAX = "max"
    ALLOWED = "allowed"
    FRESH = "newest-within-hours"
    REFERENCE = "references"
    DISTRIBUTION = "largest-drift"


@dataclass(frozen=True)
class QualityRule:
    """One rule."""

    kind: RuleKind
    column: str = ""
    """Empty for a rule of the whole table."""
    limit: float = 0.0
    """Rows, a share, a value, hours or a distance, as the kind says."""
    values: tuple[str, ...] = ()
    """Allowed texts."""
    input: str = ""
    """The input that a reference is in."""
    input_column: str = ""

    @property
    def name(self) -> str:
        """What people read: `price: min 0`."""
        detail = f" {self.limit:g}" if self.kind not in _WITHOUT_LIMIT else ""
        if self.kind is RuleKind.ALLOWED:
            detail = f" {', '.join(self.values)}"
        elif self.kind is RuleKind.REFERENCE:
            detail = f" {self.input}.{self.input_column}"
        where = f"{self.column}: " if self.column else ""
        return f"{where}{self.kind.value}{detail}"


_WITHOUT_LIMIT = (RuleKind.UNIQUE, RuleKind.ALLOWED, RuleKind.REFERENCE)


def of_args(args: Mapping[str, Any]) -> tuple[QualityRule, ...]:
    """Returns the rules of `QualityArgs`, which are valid, with their defaults."""
    return tuple(_of_args(args))


def _of_args(args: Mapping[str, Any]) -> Iterator[QualityRule]:
    yield QualityRule(RuleKind.ROWS, limit=float(args.get("minimum_rows", 1)))
    for column, rules in sorted(args["columns"].items()):
        if "complete" in rules:
            yield QualityRule(RuleKind.COMPLETE, column, rules["complete"])
        if rules.get("unique"):
            yield QualityRule(RuleKind.UNIQUE, column)
        if "min" in rules:
            yield QualityRule(RuleKind.MIN, column, rules["min"])
        if "max" in rules:
            yield QualityRule(RuleKind.MAX, column, rules["max"])
        if "allowed" in rules:
            yield QualityRule(RuleKind.ALLOWED, column, values=tuple(rules["allowed"]))
        if "newest_within_hours" in rules:
            yield QualityRule(RuleKind.FRESH, column, rules["newest_within_hours"])
        if "references" in rules:
            to = rules["references"]
            yield QualityRule(
                RuleKind.REFERENCE, column, input=to["input"], input_column=to["column"]
            )
        if "largest_drift" in rules:
            yield QualityRule(RuleKind.DISTRIBUTION, column, rules["largest_drift"])


def text(rules: tuple[QualityRule, ...]) -> str:
    """Returns the rules as a job's argument carries them."""
    return json.dumps([{**asdict(rule), "kind": rule.kind.value} for rule in rules], sort_keys=True)


def read(content: str) -> tuple[QualityRule, ...]:
    """Returns the rules that `text` wrote."""
    return tuple(
        QualityRule(**{**data, "kind": RuleKind(data["kind"]), "values": tuple(data["values"])})
        for data in json.loads(content)
    )
