"""The baseline of the checks: what the model was trained on, and how good it was."""

from typing import Any

from groundplan.model_monitoring.analysis import baseline as counting
from groundplan.model_monitoring.analysis import stores
from groundplan.model_monitoring.analysis.schema import Column, Schema

from rehearsal.containers.model import FEATURES, LABEL
from rehearsal.containers.serve import Server
from rehearsal.life import data

SCORE = "score"
SCHEMA = Schema(
    features=tuple(Column(name, "numeric") for name in FEATURES),
    outputs=(Column(SCORE, "numeric"),),
    task="binary",
    score=SCORE,
)


def baseline(server: Server, scanner: int, uri: str) -> str:
    """Writes the baseline of a model; returns its digest. Rows to train on have no
    answers, held-out rows have the model's and their labels."""
    trained, _ = data.part(scanner, "train")
    held_out, labels = data.part(scanner, "held-out")
    scores = server.answer("\n".join(map(data.line, held_out))).splitlines()
    rows: list[dict[str, Any]] = [
        dict(zip(FEATURES, map(_value, row), strict=True)) for row in trained
    ]
    rows += [
        {
            **dict(zip(FEATURES, map(_value, row), strict=True)),
            SCORE: float(score),
            LABEL: str(label),
        }
        for row, score, label in zip(held_out, scores, labels, strict=True)
    ]
    counted = counting.build(SCHEMA, {"rows": lambda: rows}, {"dataset": f"scanner {scanner}"})
    place, key = stores.parent(uri)
    place.write(key, counted.content())
    return str(counted.digest)


def _value(value: Any) -> float | None:
    return None if value != value else float(value)
