"""The evaluation script: the candidate and the champion on the same data."""

import json
import math
import os
import pathlib
from typing import Any

from sklearn.metrics import accuracy_score, roc_auc_score  # type: ignore[import-untyped]

from rehearsal.containers import folders


def main() -> None:
    """Writes `metrics.json`, as docs/guides/retrain-a-model.md has it."""
    features, labels = folders.tables(folders.folder("GROUNDPLAN_INPUT_HELD_OUT"))
    champion = {
        "package_arn": os.environ["GROUNDPLAN_CHAMPION_ID"],
        "metrics": measured("GROUNDPLAN_CHAMPION", features, labels),
    }
    document = {
        "schema": 1,
        "dataset": "held-out",
        "metrics": measured("GROUNDPLAN_CANDIDATE", features, labels),
        "champion": champion,
    }
    place = pathlib.Path(os.environ["GROUNDPLAN_OUTPUT"])
    (place / "metrics.json").write_text(json.dumps(document))


def measured(variable: str, features: Any, labels: Any) -> dict[str, Any]:
    """Returns the metrics of an archived model on a table."""
    archive = next(folders.folder(variable).rglob("*.tar.gz"))
    return of(folders.opened(archive.read_bytes()), features, labels)


def of(trained: Any, features: Any, labels: Any) -> dict[str, Any]:
    """Returns the metrics of a model on a table."""
    scores = trained.predict_proba(features)[:, 1]
    accuracy, count = float(accuracy_score(labels, scores >= 0.5)), len(labels)
    stderr = math.sqrt(max(accuracy * (1 - accuracy), 1e-6) / count)
    return {
        "accuracy": {"value": accuracy, "count": count, "stderr": stderr},
        "auc": {"value": float(roc_auc_score(labels, scores)), "count": count},
    }
