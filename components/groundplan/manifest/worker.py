"""Runs the programs of stacks, each in a separate process, and writes what they
register.

    python -m groundplan.manifest.start JOBS.json

The processes are separate because a program may change any state of its process, and
because the project may have its own Python. Several stacks are forked from one process
that has only imported the provider SDKs. Output of a program goes to standard error:
standard output is the caller's.
"""

import contextlib
import gc
import json
import logging
import os
import pathlib
import runpy
import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pulumi

from groundplan.manifest import (
    accepted_findings,
    early_errors,
    lazy_providers,
    lock_files,
    observed_inputs,
    preload,
)
from groundplan.manifest import project as projects
from groundplan.manifest.json_text import finite
from groundplan.manifest.model import Manifest
from groundplan.manifest.plain_values import relative_path
from groundplan.manifest.recorder import ProgramContext, record
from groundplan.manifest.time_limit import TimeLimitReached, limited


def main(jobs_file: str) -> int:
    """Runs the jobs; returns 0 if each program ran to its end."""
    jobs: list[dict[str, Any]] = json.loads(pathlib.Path(jobs_file).read_text(encoding="utf-8"))
    prepare()
    lazy_providers.install()
    if len(jobs) == 1 or not hasattr(os, "fork"):
        return max([run(job) for job in jobs], default=0)
    refused = early_errors.refused(jobs, preview) if jobs[0].get("early") else []
    if refused:
        for job in jobs:
            if job not in refused:
                _write(job, _not_run(refused))
        return in_parallel(refused, run) or 1
    preload.load(pathlib.Path(jobs[0]["sources"]))
    gc.freeze()
    return in_parallel(jobs, run)


def _not_run(refused: list[dict[str, Any]]) -> dict[str, Any]:
    """Returns the result of a stack that isn't run because another one's settings are
    refused."""
    names = ", ".join(job["stack"] for job in refused)
    message = f"not run, as the settings of {names} are invalid. Fix: correct those first"
    return {"manifest": None, "error": {"message": message, "frames": []}}


def prepare() -> None:
    """Prepares a process that runs programs."""
    # A program holds its resources until it ends: garbage collection would find none.
    gc.set_threshold(100_000, 50, 50)
    # As the language host does: asyncio would log each future that a failing program
    # never awaits.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)


def in_parallel(jobs: list[dict[str, Any]], run: Callable[[dict[str, Any]], int]) -> int:
    """Runs each job in a fork of this process, as many at a time as there are
    processors."""
    waiting, running, exit_code = list(jobs), 0, 0
    while waiting or running:
        if waiting and running < (os.cpu_count() or 1):
            job = waiting.pop(0)
            sys.stderr.flush()
            if os.fork() == 0:
                code = run(job)
                sys.stderr.flush()
                os._exit(code)
            running += 1
        else:
            _, status = os.wait()
            exit_code = max(exit_code, os.waitstatus_to_exitcode(status) and 1)
            running -= 1
    return exit_code


def run(job: dict[str, Any]) -> int:
    """Runs one job and writes its result; returns 0 if the program ran to its end."""
    if not job.get("observed"):
        return _write(job, _result(job))
    with observed_inputs.recording() as observed:
        result = _result(job)
    return _write(job, {**result, "observed": observed.to_data()})


def _result(job: dict[str, Any]) -> dict[str, Any]:
    """Returns what the program of a job registers, and its error."""
    result: dict[str, Any] = {}
    try:
        mark = pathlib.Path(job["result"]).with_suffix(".stack")
        with contextlib.redirect_stdout(sys.stderr), limited(job["timeout"], mark):
            result["manifest"] = preview(job).to_data()
    except BaseException as error:  # noqa: BLE001 (a program may raise anything, SystemExit too; the caller reports it)
        result["error"] = describe(error, pathlib.Path(job["project"]), job["python"])
        partial = getattr(error, "manifest", None)
        result["manifest"] = partial.to_data() if isinstance(partial, Manifest) else None
    return result


def _write(job: dict[str, Any], result: dict[str, Any]) -> int:
    """Writes the result of a job; returns 0 if the program ran to its end."""
    pathlib.Path(job["result"]).write_text(json.dumps(finite(result)), encoding="utf-8")
    return 1 if "error" in result else 0


def preview(job: dict[str, Any]) -> Manifest:
    """Runs the program of a job's stack; returns what it registers."""
    project = projects.load(pathlib.Path(job["project"]))
    config = projects.configuration(project, job["stack"], job["config"])
    accepted = accepted_findings.written(project, job["stack"], config, job["config"]).entries
    locked = lock_files.is_there(lock_files.file_of(project.root, job["stack"]))
    # As the language host does: configuration in the environment, the program's folder
    # first on the import path.
    os.environ["PULUMI_CONFIG"] = json.dumps(dict(config.values))
    os.environ["PULUMI_CONFIG_SECRET_KEYS"] = json.dumps(sorted(config.secrets))
    os.chdir(project.entry.parent)
    if job["path"]:
        # Another revision of a repository that contains this library imports its own
        # components; the recorder is still this one.
        for name in [name for name in sys.modules if name.split(".")[0] == "groundplan"]:
            del sys.modules[name]
    sys.path[:0] = [str(project.entry.parent), *job["path"]]
    sys.argv = [str(project.entry)]
    context = ProgramContext(
        project=project.name,
        stack=job["stack"],
        config=config.values,
        secrets=config.secrets,
        root=project.root,
        program=project.entry.parent,
        answers=job["answers"],
        assertions=False,
    )

    def program() -> None:
        runpy.run_path(str(project.entry), run_name="__main__")

    recorded = record(program, context)
    return replace(recorded, accepted_findings=accepted, locked=locked)


def describe(error: BaseException, root: pathlib.Path, python: str) -> dict[str, Any]:
    """Returns the message of an error and, for one in the program, the frames in the
    files of the project and of the program. That of an import names the Python that
    ran."""
    if isinstance(error, projects.ProjectError | pulumi.RunError):
        return {"message": str(error), "frames": []}
    folders = _own_folders(root)
    frames = []
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in seen:  # the SDK raises some exceptions from themselves
        seen.append(cause)
        for frame in traceback.extract_tb(cause.__traceback__):
            file = pathlib.Path(frame.filename)
            own = any(file.is_relative_to(folder) for folder in folders)
            if file.is_absolute() and own and "site-packages" not in file.parts:
                path = relative_path(file, root)
                frames.append(f"{path}:{frame.lineno} in {frame.name}: {frame.line}")
        cause = cause.__cause__ or cause.__context__
    message = f"{type(error).__name__}: {error}".strip(": ")
    if isinstance(error, TimeLimitReached):
        message = str(error)
    if any(isinstance(item, ImportError) for item in seen):
        message = f"{message}\n{python}"
    return {"message": message, "frames": list(dict.fromkeys(frames))}


def _own_folders(root: pathlib.Path) -> tuple[pathlib.Path, ...]:
    """Returns the folders of the project and of its program."""
    try:
        return root, projects.load(root).entry.parent
    except (projects.ProjectError, OSError):
        return (root,)
