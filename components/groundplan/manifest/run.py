"""Previews stacks: starts the worker that runs their programs, and returns the manifest
or the error of each."""

import json
import os
import pathlib
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from groundplan.manifest import processes, time_limit
from groundplan.manifest import project as projects
from groundplan.manifest.model import Manifest
from groundplan.manifest.observed_inputs import Observed

MARK = ".stack"
"""The suffix of the file that a program which ignores its time limit leaves."""


@dataclass(frozen=True)
class Request:
    """The preview of one stack."""

    project: pathlib.Path
    """The folder of the Pulumi project, or one below it."""
    stack: str
    config: Mapping[str, str] = field(default_factory=dict)
    """Configuration that overrides the settings file's, by qualified key."""
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Invoke results that replace the built-in ones, by token."""
    timeout: float = time_limit.DEFAULT
    """Seconds after which the program is ended."""
    observed: bool = False
    """Whether to record what the program reads (`Result.observed`)."""
    early: bool = False
    """Of several stacks: whether none runs to its end where one refuses its settings,
    which is known in a moment."""


@dataclass(frozen=True)
class Python:
    """The Python that runs a program."""

    interpreter: pathlib.Path
    path: tuple[pathlib.Path, ...] = ()
    """Folders in front of the import path."""


@dataclass(frozen=True)
class Result:
    """The result of a preview."""

    manifest: Manifest | None
    """What the program registered, until its error if there was one; `None` if it never
    started."""
    message: str = ""
    """The error, empty if there was none."""
    frames: tuple[str, ...] = ()
    """The project's own frames of the error's stack, outermost first."""
    observed: Observed | None = field(default=None, compare=False)
    """What the program has read, where the request asks for it."""

    @property
    def failed(self) -> bool:
        return bool(self.message)


def preview(request: Request, python: Python | None = None) -> Result:
    """Runs the stack's program offline, in a separate process."""
    return preview_all([request], python)[0]


RunJobs = Callable[[pathlib.Path, pathlib.Path, pathlib.Path], int]
"""Runs the jobs in a file with an interpreter, in the project's folder; returns the
exit code. Raises `OSError` where the interpreter can't be started."""


def preview_all(
    requests: Sequence[Request], python: Python | None = None, run_jobs: RunJobs | None = None
) -> list[Result]:
    """Runs the programs of several stacks of one project in parallel, with the
    project's own Python where it has one."""
    if not requests:
        return []
    project = projects.load(requests[0].project)
    runner = python or Python(project.python or pathlib.Path(sys.executable))
    described = project.interpreter.describe(runner.interpreter)
    with tempfile.TemporaryDirectory(prefix="groundplan-") as folder:
        results = [pathlib.Path(folder, f"result-{number}.json") for number in range(len(requests))]
        jobs = [
            {
                "project": str(project.root),
                "stack": request.stack,
                "config": dict(request.config),
                "answers": dict(request.answers),
                "sources": str(source_root(project)),
                "path": [str(entry) for entry in runner.path],
                "python": described,
                "result": str(result),
                "timeout": request.timeout,
                "observed": request.observed,
                "early": request.early,
            }
            for request, result in zip(requests, results, strict=True)
        ]
        jobs_file = pathlib.Path(folder, "jobs.json")
        jobs_file.write_text(json.dumps(jobs), encoding="utf-8")
        try:
            code = (run_jobs or in_new_process)(jobs_file, runner.interpreter, project.root)
        except OSError as error:
            reason = f"{runner.interpreter} can't be started: {error.strerror}\n{described}"
            return [Result(None, reason) for _ in requests]
        return [
            _result(result, code, request.timeout)
            for result, request in zip(results, requests, strict=True)
        ]


def in_new_process(jobs_file: pathlib.Path, interpreter: pathlib.Path, root: pathlib.Path) -> int:
    """Runs jobs in a new worker."""
    command = [str(interpreter), "-m", "groundplan.manifest.start", str(jobs_file)]
    done = processes.run(
        command, cwd=root, env=environment(), capture=False, end_with=signal.SIGKILL
    )
    return done.returncode


def _result(file: pathlib.Path, code: int, timeout: float) -> Result:
    mark = file.with_suffix(MARK)
    if not file.exists() and mark.exists() and mark.stat().st_size:
        return Result(None, time_limit.message(timeout))
    if not file.exists():
        return Result(
            None,
            f"the program ended its process with exit code {code} before it had finished",
        )
    data = json.loads(file.read_text(encoding="utf-8"))
    manifest = Manifest.from_data(data["manifest"]) if data.get("manifest") else None
    error = data.get("error") or {"message": "", "frames": ()}
    observed = Observed.from_data(data["observed"]) if data.get("observed") else None
    return Result(manifest, error["message"], tuple(error["frames"]), observed)


def source_root(project: projects.Project) -> pathlib.Path:
    """Returns the folder whose Python files name the SDK modules to preload: the
    repository, if the project is in one."""
    return next(
        (folder for folder in (project.root, *project.root.parents) if (folder / ".git").exists()),
        project.root,
    )


def environment() -> dict[str, str]:
    """Returns the worker's environment variables: this package is importable in the
    project's own Python, and hashes are the same in every run."""
    library = str(pathlib.Path(__file__).parents[2])
    path = os.pathsep.join(part for part in (os.environ.get("PYTHONPATH"), library) if part)
    return {**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "0"}
