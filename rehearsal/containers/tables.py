"""The tables of a place: features and labels, of CSV and Parquet files."""

import io
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow.parquet  # type: ignore[import-untyped]

from rehearsal.containers import model, places


def read(place: str) -> tuple[Any, Any]:
    """Returns the rows of all tables of a place. Raises `FileNotFoundError` if there is
    none."""
    return of(places.files(place), place)


def of(files: Iterable[tuple[str, bytes]], place: str = "the files") -> tuple[Any, Any]:
    """Returns the rows of all tables of files, by name and content."""
    found = [
        _parquet(content) if name.endswith(".parquet") else model.table(content.decode())
        for name, content in files
        if name.endswith((".csv", ".parquet"))
    ]
    if not found:
        raise FileNotFoundError(f"There is no table, *.csv or *.parquet, in {place}")
    return np.vstack([x for x, _ in found]), np.concatenate([y for _, y in found])


def _parquet(content: bytes) -> tuple[Any, Any]:
    table = pyarrow.parquet.read_table(io.BytesIO(content))
    columns = [table.column(name).to_numpy() for name in model.FEATURES]
    return np.column_stack(columns), table.column(model.LABEL).to_numpy().astype(int)
