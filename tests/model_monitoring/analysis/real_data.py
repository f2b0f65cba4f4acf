"""Real data that scikit-learn ships: the rows of a dataset, and a model's answers."""

from functools import cache
from typing import Any

import numpy as np
from groundplan.model_monitoring.analysis import baseline, inference
from groundplan.model_monitoring.analysis.baseline import Baseline
from groundplan.model_monitoring.analysis.columns import Batch
from groundplan.model_monitoring.analysis.exact_sum import Floats
from groundplan.model_monitoring.analysis.schema import Schema
from groundplan.model_monitoring.analysis.window import Window
from sklearn.datasets import load_breast_cancer  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

FEATURES = 3
COLUMNS = tuple(f"feature_{place}" for place in range(FEATURES))


@cache
def cancer() -> tuple[Floats, Floats, Floats]:
    """Returns features, scores of a fitted model, and labels: Wisconsin's breast cancer
    data, 569 rows."""
    data = load_breast_cancer()
    features = np.asarray(data.data[:, :FEATURES], dtype=np.float64)
    scaled = (features - features.mean(axis=0)) / features.std(axis=0)
    model = LogisticRegression().fit(scaled, data.target)
    return features, model.predict_proba(scaled)[:, 1], np.asarray(data.target, np.float64)


def rows(
    features: Floats, scores: Floats | None = None, labels: Floats | None = None
) -> list[dict[str, Any]]:
    """Returns arrays as rows of a dataset."""
    found: list[dict[str, Any]] = [
        dict(zip(COLUMNS, line, strict=True)) for line in features.tolist()
    ]
    for place, row in enumerate(found):
        if scores is not None:
            row["score"] = float(scores[place])
        if labels is not None:
            row["label"] = int(labels[place])
    return found


@cache
def schema() -> Schema:
    """Returns the schema of the breast cancer model."""
    return inference.schema(rows(*cancer()), ("score",), task="binary", score="score")


@cache
def whole() -> Baseline:
    """Returns the baseline of all rows."""
    return baseline.build(schema(), {"train": lambda: rows(*cancer())})


def of_sample(features: Floats, scores: Floats) -> Baseline:
    """Returns the baseline of some rows, without labels."""
    return baseline.build(schema(), {"train": lambda: rows(features, scores)})


def window(base: Baseline, features: Floats, scores: Floats) -> Window:
    """Returns the window of some rows."""
    counted = Window.empty(base.layout)
    counted.requests = len(features)
    columns = {name: features[:, place] for place, name in enumerate(COLUMNS)}
    counted.add(Batch(len(features), {**columns, "score": scores}))
    return counted
