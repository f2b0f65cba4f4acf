"""A day of captures and labels of a model, as files in the folders of data capture."""

import json
import pathlib
from functools import cache

import captures
import numpy as np
from groundplan.model_monitoring.analysis.baseline import Baseline, build
from groundplan.model_monitoring.analysis.schema import Column, Schema

SCHEMA = Schema(
    (Column("income", "numeric"), Column("city", "categorical")),
    (Column("score", "numeric"),),
    task="binary",
    score="score",
    slices=("city",),
)
START, END = "2026-11-27T00:00:00Z", "2026-11-28T00:00:00Z"
CITIES = ("Oslo", "Rome", "Lima")
HOURS, PER_HOUR = 4, 150


def draw(random: np.random.Generator, rows: int, shift: float = 0.0) -> list[dict[str, object]]:
    """Returns rows with answers and labels."""
    income = random.normal(50 + shift, 10, rows)
    city = random.choice(CITIES, rows, p=[0.5, 0.3, 0.2])
    score = np.clip((income - 20) / 60 + random.normal(0, 0.05, rows), 0, 1)
    label = random.random(rows) < score
    return [
        {"income": float(i), "city": str(c), "score": float(s), "label": int(y)}
        for i, c, s, y in zip(income, city, score, label, strict=True)
    ]


@cache
def baseline() -> Baseline:
    """Returns the baseline of 3,000 rows."""
    rows = draw(np.random.default_rng(1), 3000)
    return build(SCHEMA, {"train": lambda: rows}, {"dataset": "loans@3", "model": "loans/7"})


def write(folder: pathlib.Path, shift: float = 0.0, seed: int = 2, broken: int = 3) -> None:
    """Writes `baseline.json`, `captures/` and `labels/`."""
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "baseline.json").write_bytes(baseline().content())
    number = 0
    for hour in range(HOURS):
        lines, labels = [], []
        for row in draw(random, PER_HOUR, shift):
            asked = json.dumps([row["income"], row["city"]])
            lines.append(
                captures.line(number, asked, str(row["score"]), "JSON", "application/json")
            )
            labels.append(captures.label(f"id-{number}", row["label"]))
            number += 1
        lines += ["not a line"] * (broken if hour == 2 else 0)
        _write(folder / f"captures/2026/11/27/{5 * hour:02d}/a.jsonl", lines[:100])
        _write(folder / f"captures/2026/11/27/{5 * hour:02d}/b.jsonl", lines[100:])
        _write(folder / f"labels/2026/11/27/{5 * hour + 3:02d}/a.jsonl", labels)


def _write(file: pathlib.Path, lines: list[str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
