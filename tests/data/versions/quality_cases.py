"""Each rule with values, without values, and with values of other types: what comes of
it, in AWS Glue's evaluator and in pandera.

`python -m pytest tests/data/quality/test_deequ.py` evaluates the cases by Deequ where
it is installed; `test_checks.py` by pandera everywhere.
"""

import datetime
import decimal
import math
from dataclasses import dataclass, field
from typing import Any

NAN = math.nan
NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
"""The time of the check. Times of cases are moved by the distance to the real time
where an evaluator has its own clock."""
OLD, FRESH = NOW - datetime.timedelta(hours=30), NOW - datetime.timedelta(hours=1)
PARENTS = ("a", "b", None)
"""Values of the column `id` of the input `users`."""


@dataclass(frozen=True)
class Case:
    """A column and a rule."""

    rule: dict[str, Any]
    type: str
    """Spark's name of the column's type."""
    values: tuple[Any, ...]
    passes: bool
    column: str = "c"
    named: str = field(default="c", kw_only=True)
    """The column that the rule names."""

    def __str__(self) -> str:
        shown = ", ".join(map(str, self.values)) or "no rows"
        return f"{self.rule} of {self.type} {self.column}: {shown}"


MIN, MAX = {"min": 0.0}, {"max": 5.0}
ALL, HALF, UNIQUE = {"complete": 1.0}, {"complete": 0.5}, {"unique": True}
IN = {"allowed": ["DE", "1", "it's", "ä,b", ""]}
PLAIN = {"allowed": ["DE", "1", "ä,b", ""]}
NEW = {"newest_within_hours": 24.0}
REFERS = {"references": {"input": "users", "column": "id"}}

CASES = (
    Case(MIN, "double", (0.0, 1.0, None), True),
    Case(MIN, "double", (-0.001, 1.0), False),
    Case(MIN, "double", (None, None), True),
    Case(MIN, "double", (NAN, 1.0), True),
    Case(MIN, "double", (math.inf,), True),
    Case(MIN, "double", (-math.inf,), False),
    Case(MIN, "int", (0, None), True),
    Case(MIN, "bigint", (-1, 2**53), False),
    Case(MIN, "decimal(10,2)", (decimal.Decimal("0.00"), None), True),
    Case(MIN, "decimal(10,2)", (decimal.Decimal("-0.01"),), False),
    Case(MIN, "string", ("1", "5"), False),
    Case(MIN, "boolean", (True,), False),
    Case(MIN, "date", (datetime.date(2020, 1, 1),), False),
    Case(MIN, "timestamp", (FRESH,), False),
    Case(MIN, "double", (1.0,), False, named="nope"),
    Case(MIN, "double", (1.0,), True, "C"),
    Case(MIN, "double", (1.0,), True, "order", named="order"),
    Case(MAX, "double", (5.0, None), True),
    Case(MAX, "double", (5.001,), False),
    Case(MAX, "double", (NAN, 1.0), True),
    Case(MAX, "double", (None,), True),
    Case(MAX, "double", (math.inf,), False),
    Case(MAX, "float", (5.0,), True),
    Case(MAX, "string", ("x",), False),
    Case(ALL, "string", ("a", ""), True),
    Case(ALL, "string", ("a", None), False),
    Case(ALL, "double", (1.0, NAN), False),
    Case(HALF, "double", (1.0, None), True),
    Case(HALF, "double", (1.0, None, NAN), False),
    Case(HALF, "string", (None,), False),
    Case(HALF, "int", (), False),
    Case(ALL, "int", (1,), False, named="nope"),
    Case(UNIQUE, "string", ("a", "b", None, None), True),
    Case(UNIQUE, "string", ("a", "a"), False),
    Case(UNIQUE, "string", (None, None), True),
    Case(UNIQUE, "string", (), True),
    Case(UNIQUE, "string", ("a", "A", "a "), True),
    Case(UNIQUE, "double", (NAN, NAN, 1.0), True),
    Case(UNIQUE, "double", (0.0, -0.0), False),
    Case(UNIQUE, "int", (1, 2, None), True),
    Case(UNIQUE, "int", (1, 1, None), False),
    Case(IN, "string", ("DE", "it's", "ä,b", "", None), True),
    Case(IN, "string", ("its",), False),
    Case(PLAIN, "string", ("DE", "ä,b", "", None), True),
    Case(PLAIN, "string", (None, None), True),
    Case(PLAIN, "string", (), True),
    Case(PLAIN, "string", ("de",), False),
    Case(PLAIN, "string", ("DE ",), False),
    Case(PLAIN, "int", (1, None), True),
    Case(PLAIN, "int", (1, 2), False),
    Case(PLAIN, "double", (1.0,), False),
    Case(PLAIN, "boolean", (True,), False),
    Case(PLAIN, "string", ("DE",), False, named="nope"),
    Case(NEW, "timestamp", (OLD, FRESH, None), True),
    Case(NEW, "timestamp", (OLD,), False),
    Case(NEW, "timestamp", (None,), False),
    Case(NEW, "timestamp", (), False),
    Case(NEW, "timestamp", (NOW + datetime.timedelta(hours=30),), True),
    Case(NEW, "timestamp_ntz", (FRESH.replace(tzinfo=None),), True),
    Case(NEW, "timestamp_ntz", (OLD.replace(tzinfo=None),), False),
    Case(NEW, "date", ((NOW + datetime.timedelta(days=1)).date(),), True),
    Case(NEW, "date", ((NOW - datetime.timedelta(days=2)).date(),), False),
    Case(NEW, "string", (f"{FRESH:%Y-%m-%dT%H:%M:%SZ}", "x", None), True),
    Case(NEW, "string", (f"{FRESH:%Y-%m-%d %H:%M:%S}",), True),
    Case(NEW, "string", (f"{OLD:%Y-%m-%dT%H:%M:%SZ}",), False),
    Case(NEW, "string", ("x",), False),
    Case(NEW, "bigint", (int(FRESH.timestamp()),), True),
    Case(NEW, "bigint", (int(OLD.timestamp()), None), False),
    Case(NEW, "boolean", (True,), False),
    Case(NEW, "timestamp", (FRESH,), False, named="nope"),
    Case(REFERS, "string", ("a", "a", "b", None), True),
    Case(REFERS, "string", ("a", "z", None), False),
    Case(REFERS, "string", (None,), True),
    Case(REFERS, "string", (), True),
    Case(REFERS, "string", ("A",), False),
    Case(REFERS, "string", ("a",), False, named="nope"),
)
