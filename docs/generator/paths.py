"""The folders that the generators read."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "components" / "groundplan"
NOTE = "<!-- Written by `make docs`; do not edit. -->"
