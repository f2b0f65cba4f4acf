"""Rules as a ruleset of AWS Glue Data Quality, which Deequ evaluates. Pure.

Source: AWS Glue Developer Guide, "Data Quality Definition Language (DQDL) reference".
`between` excludes its ends there, so that a range is two rules; a missing value breaks
no rule but `Completeness`, by a `where` clause; `DataFreshness` asks for each row, so
that the newest one is asked for in SQL.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from groundplan.data.quality.rules import QualityRule, RuleKind


def ruleset(rules: Sequence[QualityRule]) -> str:
    """Returns the text of a ruleset, one rule a line, in the order of `rules`."""
    lines = ",\n".join(f"    {rule_text(rule)}" for rule in rules)
    return f"Rules = [\n{lines}\n]"


def rule_text(rule: QualityRule) -> str:
    """Returns one rule."""
    return _TEXTS[rule.kind](rule)


def _number(value: float) -> str:
    """Exact, and without an exponent, which the language does not have."""
    text = format(Decimal(repr(float(value))), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _where(rule: QualityRule) -> str:
    return f'where "{rule.column} is not null"'


def _fresh(rule: QualityRule) -> str:
    seconds = f"unix_timestamp() - max(unix_timestamp({rule.column}))"
    query = f"select ({seconds}) / 3600.0 from primary"  # noqa: S608 (a validated name)
    return f'CustomSql "{query}" <= {_number(rule.limit)}'


def _allowed(rule: QualityRule) -> str:
    values = ", ".join(f'"{value}"' for value in rule.values)
    return f'ColumnValues "{rule.column}" in [{values}] {_where(rule)}'


_TEXTS: Mapping[RuleKind, Callable[[QualityRule], str]] = {
    RuleKind.ROWS: lambda r: f"RowCount >= {_number(r.limit)}",
    RuleKind.COMPLETE: lambda r: f'Completeness "{r.column}" >= {_number(r.limit)}',
    RuleKind.UNIQUE: lambda r: f'IsUnique "{r.column}" {_where(r)}',
    RuleKind.MIN: lambda r: f'ColumnValues "{r.column}" >= {_number(r.limit)} {_where(r)}',
    RuleKind.MAX: lambda r: f'ColumnValues "{r.column}" <= {_number(r.limit)} {_where(r)}',
    RuleKind.ALLOWED: _allowed,
    RuleKind.FRESH: _fresh,
    RuleKind.REFERENCE: lambda r: (
        f'ReferentialIntegrity "{r.column}" "{r.input}.{r.input_column}" = 1.0'
    ),
}
