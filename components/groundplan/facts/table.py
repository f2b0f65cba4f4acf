"""Reads the data files of this folder: CSV, with the source and date in comment lines
above the header."""

import csv
from importlib import resources


def rows(name: str) -> list[dict[str, str]]:
    """Returns the rows of the data file `name`, as the header names their columns."""
    text = resources.files("groundplan.facts").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
