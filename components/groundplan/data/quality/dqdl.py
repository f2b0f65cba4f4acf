"""Rules as a ruleset of AWS Glue Data Quality, which Deequ evaluates. Pure.

Source: AWS Glue Developer Guide, "Data Quality Definition Language (DQDL) reference";
what it leaves open was tried with Deequ 2.1 and AWS's own parser `dqdl`, which are what
Glue's evaluator is built of: `tests/data/versions/quality_cases.py` has each rule with
missing values, without values, and with values of other types.

- `ColumnValues`, "Null behavior": a missing value breaks the rule; here it breaks none
  but `Completeness`, by a `where` clause ("Filtering with Where Clause"). Without a row
  left, the rule passes.
- `ColumnValues`, `between`: excludes its ends, so that a range is two rules.
- `IsUnique`: the guide says nothing of missing values. Deequ counts groups of values
  that are there; the `where` clause says so.
- `ColumnValues ... in`: a text with an apostrophe never matches (Deequ doubles it,
  which Spark reads as nothing), so that such texts are compared in SQL.
- `DataFreshness`, "Null behavior": asks each row, and a missing value breaks it; the
  newest value is asked for in SQL.
- `ReferentialIntegrity`: a missing value counts as one that is not there, and it takes
  no `where` clause; values that are missing in the input are counted in SQL.
- `CustomSql` has to return a whole number: Deequ does not take a decimal. All of them
  count what is wrong.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from groundplan.data.quality.rules import QualityRule, RuleKind

HOUR = 3600


def ruleset(rules: Sequence[QualityRule]) -> str:
    """Returns the text of a ruleset, one rule a line, in the order of `rules`, which
    are `evaluated` ones."""
    lines = ",\n".join(f"    {rule_text(rule)}" for rule in rules)
    return f"Rules = [\n{lines}\n]"


def evaluated(rules: Sequence[QualityRule]) -> tuple[QualityRule, ...]:
    """Returns the rules that the language has; a distribution is compared beside it."""
    return tuple(rule for rule in rules if rule.kind in _TEXTS)


def rule_text(rule: QualityRule) -> str:
    """Returns one rule."""
    return _TEXTS[rule.kind](rule)


def _number(value: float) -> str:
    """Exact, and without an exponent, which the language does not have."""
    text = format(Decimal(repr(float(value))), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _where(rule: QualityRule) -> str:
    return f'where "{rule.column} is not null"'


def _none(query: str) -> str:
    """Returns the rule that a query counts nothing. Names are validated, texts are
    quoted by `_sql_text`."""
    return f'CustomSql "select count(*) from {query}" = 0'  # noqa: S608


def _fresh(rule: QualityRule) -> str:
    time = f"unix_timestamp(to_timestamp(`{rule.column}`))"
    newest = f"select max({time}) as newest from primary"  # noqa: S608
    oldest = f"unix_timestamp() - {round(rule.limit * HOUR)}"
    return _none(f"({newest}) where newest is null or newest < {oldest}")


def _allowed(rule: QualityRule) -> str:
    if any("'" in value for value in rule.values):
        values = ", ".join(map(_sql_text, rule.values))
        column = f"`{rule.column}`"
        return _none(f"primary where {column} is not null and {column} not in ({values})")
    values = ", ".join(f'"{value}"' for value in rule.values)
    return f'ColumnValues "{rule.column}" in [{values}] {_where(rule)}'


def _sql_text(value: str) -> str:
    """A text in SQL within a text of the language: by its bytes, which need no
    quotes."""
    return f"decode(unhex('{value.encode().hex()}'), 'UTF-8')"


def _referred(rule: QualityRule) -> str:
    # The aliases of the input and of the data itself, `primary`, are views.
    value, there = f"primary.`{rule.column}`", f"`{rule.input}`.`{rule.input_column}`"
    join = f"left anti join `{rule.input}` on {value} = {there}"
    return _none(f"primary {join} where {value} is not null")


_TEXTS: Mapping[RuleKind, Callable[[QualityRule], str]] = {
    RuleKind.ROWS: lambda r: f"RowCount >= {_number(r.limit)}",
    RuleKind.COMPLETE: lambda r: f'Completeness "{r.column}" >= {_number(r.limit)}',
    RuleKind.UNIQUE: lambda r: f'IsUnique "{r.column}" {_where(r)}',
    RuleKind.MIN: lambda r: f'ColumnValues "{r.column}" >= {_number(r.limit)} {_where(r)}',
    RuleKind.MAX: lambda r: f'ColumnValues "{r.column}" <= {_number(r.limit)} {_where(r)}',
    RuleKind.ALLOWED: _allowed,
    RuleKind.FRESH: _fresh,
    RuleKind.REFERENCE: _referred,
}
