"""The folders of a container: tables to read, archives to open."""

import io
import os
import pathlib
import tarfile
from typing import Any

import joblib  # type: ignore[import-untyped]
import numpy as np

from rehearsal.containers import model

MODEL = "model.joblib"


def folder(variable: str) -> pathlib.Path:
    """Returns the folder that a variable names."""
    return pathlib.Path(os.environ[variable])


def tables(place: pathlib.Path) -> tuple[Any, Any]:
    """Returns the rows of all tables below a folder."""
    found = [model.table(file.read_text()) for file in sorted(place.rglob("*.csv"))]
    return np.vstack([x for x, _ in found]), np.concatenate([y for _, y in found])


def opened(content: bytes) -> Any:
    """Returns the model in an archive."""
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        found = archive.extractfile(MODEL)
        if found is None:
            raise ValueError(f"The archive has no file {MODEL}")
        return joblib.load(io.BytesIO(found.read()))
