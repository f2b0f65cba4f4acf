"""The model: whether a tumor is malignant, from measurements of its cells.

The data is scikit-learn's copy of the Breast Cancer Wisconsin (Diagnostic) data set,
569 real tumors.
"""

import io
import json
from typing import Any

import numpy as np
from sklearn.impute import SimpleImputer  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.pipeline import make_pipeline  # type: ignore[import-untyped]
from sklearn.preprocessing import StandardScaler  # type: ignore[import-untyped]

FEATURES = ("radius", "texture", "smoothness", "concavity", "symmetry")
"""Columns of a request, in this order."""
COLUMNS = (
    "mean radius",
    "mean texture",
    "mean smoothness",
    "mean concave points",
    "mean symmetry",
)
"""Their names in scikit-learn's data set."""
LABEL = "label"


class Malformed(ValueError):
    """A request that has no rows of the model's features."""


def pipeline(imputes: bool, regularization: float, seed: int) -> Any:
    """Returns the model before its training."""
    steps = [SimpleImputer(strategy="median")] if imputes else []
    steps += [StandardScaler(), LogisticRegression(C=regularization, random_state=seed)]
    return make_pipeline(*steps)


def table(text: str) -> tuple[Any, Any]:
    """Returns features and labels of a CSV with a header; an empty field is missing."""
    found = np.genfromtxt(io.StringIO(text), delimiter=",", names=True)
    features = np.column_stack([found[name] for name in FEATURES])
    return features, found[LABEL].astype(int)


def rows(text: str) -> Any:
    """Returns the features of a request in CSV; an empty field is missing. Raises
    `Malformed`."""
    lines = [line.split(",") for line in text.splitlines() if line.strip()]
    return _array([[field.strip() or None for field in line] for line in lines])


def json_rows(text: str) -> Any:
    """Returns the features of a request in JSON, `{"instances": [[...], ...]}`; null is
    missing. Raises `Malformed`."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise Malformed("The body is no JSON") from None
    found = body.get("instances") if isinstance(body, dict) else None
    if not isinstance(found, list) or not all(isinstance(row, list) for row in found):
        raise Malformed('The body is not {"instances": [[...], ...]}')
    if any(isinstance(value, bool | str | list | dict) for row in found for value in row):
        raise Malformed("A value is no number")
    return _array(found)


def _array(lines: list[list[Any]]) -> Any:
    if not lines:
        raise Malformed("The body has no rows")
    if any(len(line) != len(FEATURES) for line in lines):
        raise Malformed(f"Each row has {len(FEATURES)} values: {', '.join(FEATURES)}")
    try:
        found = np.array([[np.nan if v is None else float(v) for v in line] for line in lines])
    except (ValueError, OverflowError):
        raise Malformed("A value is no number") from None
    if np.isinf(found).any():
        raise Malformed("A value is infinite")
    return found
