"""The model that is served: answers rows with a score each."""

import io
import json
import pathlib
from typing import Any

import joblib  # type: ignore[import-untyped]

from rehearsal.containers import folders, model


class Server:
    """A container that serves one model."""

    def __init__(self, archive: bytes) -> None:
        self._model = folders.opened(archive)

    @classmethod
    def of_folder(cls, folder: pathlib.Path) -> "Server":
        """Returns the server of the model in a folder: its file, or its archive.
        Raises `FileNotFoundError`."""
        file, archive = folder / folders.MODEL, folder / folders.ARCHIVE
        if not file.exists():
            return cls(archive.read_bytes())
        server = cls.__new__(cls)
        server._model = joblib.load(io.BytesIO(file.read_bytes()))
        return server

    def answer(self, body: str) -> str:
        """Returns the scores of a CSV's rows. Raises `model.Malformed`, or what the
        model raises: the container answers 500 then."""
        return "\n".join(f"{score:.6f}" for score in self._scores(model.rows(body)))

    def answer_json(self, body: str) -> str:
        """Returns the scores of `{"instances": [[...], ...]}`. Raises as `answer`."""
        scores = self._scores(model.json_rows(body))
        return json.dumps({"predictions": [round(float(score), 6) for score in scores]})

    def _scores(self, rows: Any) -> Any:
        return self._model.predict_proba(rows)[:, 1]
