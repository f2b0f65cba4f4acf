"""The values of a column of pandas as Spark reads those of the same Parquet file. Needs
`pandas`."""

from typing import Any


def normal(table: Any) -> Any:
    """Returns a table without NaN: it is a missing value, as in the check on Spark.
    Arrow's types tell the two apart."""
    from pandas.api import types  # type: ignore[import-untyped]

    found = table
    for name, column in table.items():
        if types.is_float_dtype(column) and types.is_extension_array_dtype(column):
            # Only NaN is not itself.
            strange = (column != column).fillna(False).astype(bool)
            if strange.any():
                found = found.assign(**{str(name): column.mask(strange)})
    return found


def numbers(column: Any) -> Any:
    """Returns a column that can be compared with a number. Raises `TypeError` for one
    that Spark does not compare: of texts, times, or true and false."""
    from pandas.api import types

    # Decimals, and a column without values, are objects.
    if types.is_bool_dtype(column) or not (
        types.is_numeric_dtype(column) or types.is_object_dtype(column)
    ):
        raise TypeError(f"values of type {column.dtype} are no numbers")
    return column


def texts(column: Any) -> Any:
    """Returns a column of texts: whole numbers by their digits. Raises `TypeError` for
    one that Spark does not compare with texts."""
    from pandas.api import types

    if types.is_bool_dtype(column) or types.is_datetime64_any_dtype(column):
        raise TypeError(f"values of type {column.dtype} are no texts")
    return column.astype(str) if types.is_numeric_dtype(column) else column


def times(column: Any) -> Any:
    """Returns the times of a column in UTC, those that are there: of timestamps, dates,
    texts in ISO 8601 and seconds since 1970."""
    import pandas  # type: ignore[import-untyped]

    known = column.dropna()
    if pandas.api.types.is_bool_dtype(known):
        raise TypeError("true and false are no times")
    if pandas.api.types.is_numeric_dtype(known):
        return pandas.to_datetime(known, unit="s", utc=True)
    return pandas.to_datetime(known, utc=True, errors="coerce", format="ISO8601").dropna()
