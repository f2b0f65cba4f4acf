"""The model: whether a tumor is malignant, from measurements of its cells.

The data is scikit-learn's copy of the Breast Cancer Wisconsin (Diagnostic) data set,
569 real tumors.
"""

import io
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
    """Returns the features of a request in CSV."""
    lines = [line.split(",") for line in text.splitlines() if line]
    return np.array([[float(v) if v else np.nan for v in line] for line in lines])
