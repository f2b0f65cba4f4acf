"""The arguments of quality rules."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

from groundplan.arguments import defaults


class ReferenceRuleArgs(TypedDict):
    """Where the values of a column have to be: in a column of an input."""

    input: str
    """Name of the input, a folder of Parquet files."""
    column: str
    """Column of the input."""


class ColumnRulesArgs(TypedDict):
    """The rules of a column. A missing value breaks no rule but `complete`. All of them
    update in place."""

    complete: NotRequired[float]
    """Smallest share of rows that have a value, above 0, at most 1; NaN is none.
    Default: none."""
    unique: NotRequired[bool]
    """Whether each value is there once. Default: false."""
    min: NotRequired[float]
    """Smallest value. Default: none."""
    max: NotRequired[float]
    """Largest value. Default: none."""
    allowed: NotRequired[Sequence[str]]
    """All texts that the column may have; whole numbers by their digits. Default:
    any."""
    newest_within_hours: NotRequired[float]
    """Hours since the newest value, above 0: a timestamp, a date, a text in ISO 8601 or
    seconds since 1970, in UTC. Default: none."""
    references: NotRequired[ReferenceRuleArgs]
    """Where each value has to be. Default: none."""
    largest_drift: NotRequired[float]
    """Largest distance of the values from those of the last version, between 0 and 1:
    the Kolmogorov-Smirnov distance of numbers, half the sum of the differences of
    shares of texts. Half a standard deviation is 0.2. Default: none."""


class QualityArgs(TypedDict):
    """What data has to be like, or it is quarantined and not published."""

    columns: Mapping[str, ColumnRulesArgs]
    """Column -> its rules: letters, digits and underscores. Updates in place."""
    minimum_rows: NotRequired[int]
    """Rows that there are at least, 1 or more. Updates in place. Default: 1."""


COLUMN_RULES_DEFAULTS = defaults(ColumnRulesArgs, unique=False)
QUALITY_DEFAULTS = defaults(QualityArgs, minimum_rows=1)
