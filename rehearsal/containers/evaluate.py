"""The evaluation script: the candidate and the champion on the same data."""

import json
import math
import os
from typing import Any

from sklearn.metrics import accuracy_score, roc_auc_score  # type: ignore[import-untyped]

from rehearsal.containers import folders, places, tables

RECENT = "data=recent"
"""The slice of recent data (docs/guides/retrain-a-model.md)."""


def main() -> None:
    """Writes `metrics.json`, as docs/guides/retrain-a-model.md has it."""
    found = {"held-out": tables.read(os.environ["GROUNDPLAN_INPUT_HELD_OUT"])}
    if recent := os.environ.get("GROUNDPLAN_INPUT_RECENT"):
        found[RECENT] = tables.read(recent)
    document = {"schema": 1, "dataset": "held-out", **measured("GROUNDPLAN_CANDIDATE", found)}
    if os.environ.get("GROUNDPLAN_CHAMPION"):
        document["champion"] = {
            "package_arn": os.environ["GROUNDPLAN_CHAMPION_ID"],
            **measured("GROUNDPLAN_CHAMPION", found),
        }
    place = os.environ["GROUNDPLAN_OUTPUT"]
    places.write(place, "metrics.json", json.dumps(document).encode())


def measured(variable: str, data: dict[str, tuple[Any, Any]]) -> dict[str, Any]:
    """Returns the metrics of an archived model on held-out data, and on recent data as
    a slice."""
    trained = folders.read_model(os.environ[variable])
    found = {name: of(trained, *table) for name, table in data.items()}
    metrics = found.pop("held-out")
    return {"metrics": metrics, **({"slices": found} if found else {})}


def of(trained: Any, features: Any, labels: Any) -> dict[str, Any]:
    """Returns the metrics of a model on a table."""
    scores = trained.predict_proba(features)[:, 1]
    accuracy, count = float(accuracy_score(labels, scores >= 0.5)), len(labels)
    stderr = math.sqrt(max(accuracy * (1 - accuracy), 1e-6) / count)
    return {
        "accuracy": {"value": accuracy, "count": count, "stderr": stderr},
        "auc": {"value": float(roc_auc_score(labels, scores)), "count": count},
    }


if __name__ == "__main__":
    main()
