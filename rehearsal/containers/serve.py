"""The server of the model: answers a CSV with a score for each row."""

from typing import Any

from rehearsal.containers import folders, model


class Server:
    """A container that serves one model."""

    def __init__(self, archive: bytes) -> None:
        self._model = folders.opened(archive)

    def answer(self, body: str) -> str:
        """Returns the scores of a request's rows. Raises what the model raises: the
        container answers 500 then."""
        scores: Any = self._model.predict_proba(model.rows(body))[:, 1]
        return "\n".join(f"{score:.6f}" for score in scores)
