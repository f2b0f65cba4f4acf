"""The data: 569 real tumors, measured by two scanners.

The first scanner is the data set as it is. The second one, to which the hospital
changes later, measures the same cells larger and rougher: that is the drift. Nothing is
drawn but which rows are used, by a fixed seed.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer  # type: ignore[import-untyped]

from rehearsal.containers.model import COLUMNS, FEATURES, LABEL

SEED = 7
MISSING = {1: 0.03, 2: 0.15}
"""Share of the concavities that a scanner does not measure."""
SCALES = {"radius": 1.22, "texture": 1.0, "smoothness": 1.1, "concavity": 1.35, "symmetry": 1.0}
"""How the second scanner measures, against the first."""


@cache
def measured(scanner: int) -> tuple[Any, Any]:
    """Returns features and labels of all tumors; a label of 1 is malignant."""
    found = load_breast_cancer()
    places = [list(found.feature_names).index(name) for name in COLUMNS]
    features = found.data[:, places].copy()
    if scanner == 2:
        features = features * np.array([SCALES[name] for name in FEATURES])
    # scikit-learn's target is 1 for benign.
    return features, 1 - found.target


def _places(part: str) -> Any:
    order = np.random.default_rng(SEED).permutation(len(measured(1)[1]))
    return order[:340] if part == "train" else order[340:]


def part(scanner: int, name: str) -> tuple[Any, Any]:
    """Returns the rows to train on, or those that are held out."""
    features, labels = measured(scanner)
    places = _places(name)
    found = features[places].copy()
    if name == "train":
        lost = np.random.default_rng(SEED + scanner).random(len(found)) < MISSING[scanner]
        found[lost, FEATURES.index("concavity")] = np.nan
    return found, labels[places]


@dataclass(frozen=True)
class Export:
    """What the hospital exports."""

    scanner: int
    part: str
    unit: float = 1.0
    """In what the radius is, against the agreed unit."""


def raw(export: Export, files: int) -> list[str]:
    """Returns an export as CSV files: each row has the number of its tumor. Files
    overlap by a row, and the last row of each is of a tumor without a diagnosis."""
    features, labels = part(export.scanner, export.part)
    features = features * np.array([export.unit if n == "radius" else 1.0 for n in FEATURES])
    numbers, size = _places(export.part), -(-len(labels) // files)
    found = []
    for begin in range(0, len(labels), size):
        places = range(begin, min(begin + size + 1, len(labels)))
        lines = [f"{numbers[p]},{line(features[p])},{int(labels[p])}" for p in places]
        undiagnosed = f"{len(measured(1)[1]) + begin},{line(features[begin])},"
        header = ",".join(("tumor", *FEATURES, LABEL))
        found.append("\n".join([header, *lines, undiagnosed]) + "\n")
    return found


def csv(features: Any, labels: Any) -> str:
    """Returns rows as a CSV with a header; what is missing is empty."""
    lines = [",".join((*FEATURES, LABEL))]
    lines += [f"{line(row)},{int(label)}" for row, label in zip(features, labels, strict=True)]
    return "\n".join(lines) + "\n"


def line(row: Any) -> str:
    """Returns a row as a request has it."""
    return ",".join("" if np.isnan(value) else f"{value:.6g}" for value in row)
