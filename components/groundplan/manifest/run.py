"""Previews stacks: starts the worker that runs their programs, and gives each one's
manifest or what went wrong."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from groundplan.manifest import project as projects
from groundplan.manifest.model import Manifest


@dataclass(frozen=True)
class Request:
    """What to preview."""

    project: pathlib.Path
    """The folder of the Pulumi project, or one below it."""
    stack: str
    config: Mapping[str, str] = field(default_factory=dict)
    """Configuration that takes the place of the stack file's, by qualified key."""
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Answers to invokes, by token."""


@dataclass(frozen=True)
class Python:
    """What runs a program."""

    interpreter: pathlib.Path
    path: tuple[pathlib.Path, ...] = ()
    """Folders that the program imports from before all others."""


@dataclass(frozen=True)
class Result:
    """What came of it."""

    manifest: Manifest | None
    """What was registered, up to the failure if there was one; `None` if the program
    never began."""
    message: str = ""
    """What went wrong, empty if nothing did."""
    frames: tuple[str, ...] = ()
    """Where in the project it went wrong, outermost first."""

    @property
    def failed(self) -> bool:
        return bool(self.message)


def preview(request: Request, python: Python | None = None) -> Result:
    """Run the stack's program offline, in a process of its own."""
    return preview_all([request], python)[0]


def preview_all(requests: Sequence[Request], python: Python | None = None) -> list[Result]:
    """Run the programs of several stacks of one project side by side, with the
    project's own Python where it has one."""
    if not requests:
        return []
    project = projects.load(requests[0].project)
    runner = python or Python(project.python or pathlib.Path(sys.executable))
    with tempfile.TemporaryDirectory(prefix="groundplan-") as folder:
        results = [pathlib.Path(folder, f"result-{number}.json") for number in range(len(requests))]
        jobs = [
            {
                "project": str(project.root),
                "stack": request.stack,
                "config": dict(request.config),
                "answers": dict(request.answers),
                "loads": str(_loads(project)),
                "path": [str(entry) for entry in runner.path],
                "result": str(result),
            }
            for request, result in zip(requests, results, strict=True)
        ]
        jobs_file = pathlib.Path(folder, "jobs.json")
        jobs_file.write_text(json.dumps(jobs), encoding="utf-8")
        command = [str(runner.interpreter), "-m", "groundplan.manifest.worker", str(jobs_file)]
        done = subprocess.run(command, check=False, env=_environment(), cwd=project.root)  # noqa: S603 (our module)
        return [_result(result, done.returncode) for result in results]


def _result(file: pathlib.Path, code: int) -> Result:
    if not file.exists():
        return Result(
            None,
            f"the program ended its process with exit code {code} before the preview could read it",
        )
    data = json.loads(file.read_text(encoding="utf-8"))
    manifest = Manifest.from_data(data["manifest"]) if data.get("manifest") else None
    error = data.get("error") or {"message": "", "frames": ()}
    return Result(manifest, error["message"], tuple(error["frames"]))


def _loads(project: projects.Project) -> pathlib.Path:
    """The folder whose text names the SDK modules that the program uses: the
    repository, if the project is in one."""
    return next(
        (at for at in (project.root, *project.root.parents) if (at / ".git").exists()), project.root
    )


def _environment() -> dict[str, str]:
    """The worker's environment: this package importable in the project's own Python,
    hashing the same in every run."""
    here = str(pathlib.Path(__file__).parents[2])
    path = os.pathsep.join(part for part in (os.environ.get("PYTHONPATH"), here) if part)
    return {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "0"}
