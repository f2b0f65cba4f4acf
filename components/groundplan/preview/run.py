"""Previews a stack: starts the worker that runs its program, and gives the manifest or what went wrong."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from groundplan.preview import project as projects
from groundplan.preview.manifest import Manifest


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
class Result:
    """What came of it."""

    manifest: Manifest | None
    """What was registered, up to the failure if there was one; `None` if the program never began."""
    message: str = ""
    """What went wrong, empty if nothing did."""
    frames: tuple[str, ...] = ()
    """Where in the project it went wrong, outermost first."""

    @property
    def failed(self) -> bool:
        return bool(self.message)


def preview(request: Request) -> Result:
    """Run the stack's program offline, in a process of its own, with the project's own Python where it has one."""
    project = projects.load(request.project)
    job = {
        "project": str(project.root),
        "stack": request.stack,
        "config": dict(request.config),
        "answers": dict(request.answers),
    }
    with tempfile.TemporaryDirectory(prefix="groundplan-") as folder:
        job_file, result_file = pathlib.Path(folder, "job.json"), pathlib.Path(folder, "result.json")
        job_file.write_text(json.dumps(job), encoding="utf-8")
        command = [str(project.python or sys.executable), "-m", "groundplan.preview.worker", str(job_file), str(result_file)]
        code = subprocess.run(command, check=False, env=_environment(), cwd=project.root).returncode  # noqa: S603 (our module)
        if not result_file.exists():
            return Result(None, f"the program ended its process with exit code {code} before the preview could read it")
        data = json.loads(result_file.read_text(encoding="utf-8"))
    manifest = Manifest.from_data(data["manifest"]) if data.get("manifest") else None
    error = data.get("error") or {"message": "", "frames": ()}
    return Result(manifest, error["message"], tuple(error["frames"]))


def _environment() -> dict[str, str]:
    """The worker's environment: this package importable in the project's own Python, hashing the same in every run."""
    here = str(pathlib.Path(__file__).parents[2])
    path = os.pathsep.join(part for part in (os.environ.get("PYTHONPATH"), here) if part)
    return {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "0"}
