"""Validates quality rules."""

import math
import re
from collections.abc import Collection, Iterator

from groundplan.data.quality.args import ColumnRulesArgs, QualityArgs
from groundplan.problems import Problem, one_of, under, whole_number

COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,126}")
"""Names that need no quotes in SQL, of which rulesets have some."""
PRIMARY = "primary"
"""The alias of the data itself (DQDL, `CustomSql`)."""
MAX_RULES = 500
"""Rules that fit into the argument of a job."""


def problems(args: QualityArgs, inputs: Collection[str]) -> list[Problem]:
    """Returns the problems of rules. `inputs` are the names that references can
    have."""
    found = whole_number("minimum_rows", args.get("minimum_rows"), 1, 10**12)
    columns = args.get("columns", {})
    count = sum(len(rules) for rules in columns.values())
    if "columns" in args and not count:
        found.append(Problem("columns", {}, "at least one rule of a column", "add a rule"))
    if count > MAX_RULES:
        found.append(Problem("columns", count, f"at most {MAX_RULES} rules", "remove some"))
    for name, rules in columns.items():
        if not COLUMN.fullmatch(name):
            allowed = "a column of letters, digits and underscores"
            found.append(Problem(f"columns.{name}", name, allowed, "rename it in the script"))
        if count and not rules:
            fix = "add a rule, or remove the column"
            found.append(Problem(f"columns.{name}", {}, "at least one rule", fix))
        found += under(f"columns.{name}", _column(rules, inputs))
    return found


def _column(rules: ColumnRulesArgs, inputs: Collection[str]) -> Iterator[Problem]:
    complete, hours = rules.get("complete"), rules.get("newest_within_hours")
    if complete is not None and not 0 < complete <= 1:
        yield Problem("complete", complete, "a share above 0, at most 1")
    if hours is not None and not 0 < hours < 10**6:
        yield Problem("newest_within_hours", hours, "hours above 0")
    drift = rules.get("largest_drift")
    if drift is not None and not 0 < drift < 1:
        yield Problem("largest_drift", drift, "a distance between 0 and 1")
    low, high = rules.get("min"), rules.get("max")
    for key, value in (("min", low), ("max", high)):
        if value is not None and not math.isfinite(value):
            yield Problem(key, value, "a finite number")
    if low is not None and high is not None and low > high:
        yield Problem("min", low, f"at most max, {high:g}", "lower it, or raise max")
    yield from _allowed(rules)
    if "references" in rules and "input" in rules["references"]:
        to = rules["references"]
        yield from one_of("references.input", to["input"], sorted(inputs))
        if to["input"] == PRIMARY:
            allowed = "another name: in rules, primary is the data that is checked"
            yield Problem("references.input", to["input"], allowed, "rename the input")
        if not COLUMN.fullmatch(to.get("column", "id")):
            allowed = "a column of letters, digits and underscores"
            yield Problem("references.column", to["column"], allowed)


def _allowed(rules: ColumnRulesArgs) -> Iterator[Problem]:
    values = rules.get("allowed")
    if values is None:
        return
    if not values:
        yield Problem("allowed", [], "at least one value", "remove it for any value")
    for index, value in enumerate(values):
        if '"' in value or "\\" in value:
            allowed = 'a text without " and \\, which a ruleset cannot quote'
            yield Problem(f"allowed[{index}]", value, allowed)
    if "min" in rules or "max" in rules:
        allowed = "nothing together with min or max: a column has texts or numbers"
        yield Problem("allowed", list(values), allowed, "remove one of them")
