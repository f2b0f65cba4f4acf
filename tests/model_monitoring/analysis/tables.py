"""The same rows as CSV, JSON lines and Parquet."""

import csv
import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

FORMATS = ("csv", "jsonl", "parquet")
Rows = Sequence[Mapping[str, Any]]


def write(folder: pathlib.Path, name: str, rows: Rows, types: Mapping[str, Any]) -> None:
    """Writes `name` in each format."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(types))
        writer.writeheader()
        writer.writerows(rows)
    lines = "".join(json.dumps(dict(row)) + "\n" for row in rows)
    (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    columns = {key: pa.array([row[key] for row in rows], kind) for key, kind in types.items()}
    pq.write_table(pa.table(columns), folder / f"{name}.parquet", row_group_size=7)
