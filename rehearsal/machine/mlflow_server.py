"""The MLflow server of this machine: it starts beside the life, and gets what the jobs
logged."""

import contextlib
import json
import pathlib
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.account.tracking import API, App, Invalid
from rehearsal.machine import servers
from rehearsal.machine.servers import HOST, Started, free_port

PROGRAM = "mlflow"
START_SECONDS = 90.0
"""Its imports take most of it, on a machine that does something else meanwhile."""
SECONDS = 30
ENVIRONMENT = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}


@dataclass(frozen=True)
class Server:
    """One server."""

    url: str
    process: Started

    def receive(self, app: App) -> list[Mapping[str, Any]]:
        """Sends it what an app was asked, and returns the runs that it has then. Raises
        `NotStarted`, and `Invalid` for what it refuses."""
        self.process.wait(f"{self.url}/health", START_SECONDS)
        ids: dict[str, str] = {}
        for request in app.requests:
            body = {
                key: ids.get(value, value) if key.endswith("_id") else value
                for key, value in request.body.items()
            }
            ids |= _ids(request.answer, self._post(request.path, body))
        experiments = [ids[number] for number in app.experiments.values()]
        found = self._post("runs/search", {"experiment_ids": experiments, "max_results": 1000})
        runs: list[Mapping[str, Any]] = found.get("runs", [])
        return runs

    def _post(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        request = urllib.request.Request(  # noqa: S310 (this machine)
            f"{self.url}{API}/{path}",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 (the same)
                found: Mapping[str, Any] = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            with error:
                raise Invalid(f"{path}: {error.read().decode(errors='replace')[:300]}") from None


def _ids(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, str]:
    """Returns the IDs of an app's answer -> those of the server's."""
    if "experiment_id" in ours:
        return {ours["experiment_id"]: theirs["experiment_id"]}
    if "run" in ours:
        return {ours["run"]["info"]["run_id"]: theirs["run"]["info"]["run_id"]}
    return {}


@contextlib.contextmanager
def beside() -> Iterator[Server | None]:
    """The time in which MLflow runs beside the life; None where the machine has
    none."""
    found = servers.found(PROGRAM)
    if not found:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        place, port = pathlib.Path(folder), free_port()
        command = [
            found[PROGRAM],
            "server",
            f"--backend-store-uri=sqlite:///{place / 'mlflow.db'}",
            f"--default-artifact-root={place / 'artifacts'}",
            f"--host={HOST}",
            f"--port={port}",
            "--workers=1",
        ]
        with servers.started(command, place, ENVIRONMENT) as process:
            yield Server(f"http://{HOST}:{port}", process)
