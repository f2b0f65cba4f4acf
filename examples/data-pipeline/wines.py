"""A script of a DataPipeline in a container: raw tables, as CSV files, become one
Parquet file without rows that lack a value.

It reads and writes folders, so that it runs on any machine with `pandas`:

    python wines.py --run try --input-raw raw/ --output out/
"""

import argparse
import pathlib
from collections.abc import Sequence

import pandas as pd


def cleaned(raw: pd.DataFrame) -> pd.DataFrame:
    """Returns the rows with all values, each once."""
    return raw.dropna().drop_duplicates().reset_index(drop=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Carries a run out."""
    parser = argparse.ArgumentParser()
    for name in ("--run", "--input-raw", "--output"):
        parser.add_argument(name, required=True)
    found = parser.parse_args(arguments)
    files = sorted(pathlib.Path(found.input_raw).rglob("*.csv"))
    raw = pd.concat([pd.read_csv(file) for file in files])
    cleaned(raw).to_parquet(pathlib.Path(found.output) / "part-0.parquet")


if __name__ == "__main__":
    main()
