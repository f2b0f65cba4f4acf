"""Runs the programs of stacks, each in a process of its own, and writes what they
registered.

    python -m groundplan.manifest.worker JOBS.json

A process of its own, because a program may change whatever it likes of the process it
runs in, and because the project may have a Python of its own. Several stacks are forked
from one process that has loaded the provider SDKs, and no more than that. What a
program prints goes to standard error: standard output is the caller's.
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
from typing import Any

import pulumi

from groundplan.manifest import preload
from groundplan.manifest import project as projects
from groundplan.manifest.model import Manifest
from groundplan.manifest.recorder import ProgramContext, record


def main(jobs_file: str) -> int:
    """Run the jobs; 0 if each program came to its end."""
    jobs: list[dict[str, Any]] = json.loads(pathlib.Path(jobs_file).read_text(encoding="utf-8"))
    # A plan is built once and kept to the end: collecting garbage in between finds
    # none.
    gc.set_threshold(100_000, 50, 50)
    # As the language host does: a program that fails leaves futures behind, and asyncio
    # would complain of each.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    if len(jobs) == 1 or not hasattr(os, "fork"):
        return max([run(job) for job in jobs], default=0)
    preload.load(pathlib.Path(jobs[0]["loads"]))
    gc.freeze()
    return _side_by_side(jobs)


def _side_by_side(jobs: list[dict[str, Any]]) -> int:
    """Each job in a fork of this process, as many at a time as there are processors."""
    waiting, running, worst = list(jobs), 0, 0
    while waiting or running:
        if waiting and running < (os.cpu_count() or 1):
            job = waiting.pop(0)
            sys.stderr.flush()
            if os.fork() == 0:
                os._exit(run(job))
            running += 1
        else:
            _, status = os.wait()
            worst = max(worst, os.waitstatus_to_exitcode(status) and 1)
            running -= 1
    return worst


def run(job: dict[str, Any]) -> int:
    """Run one job and write its result; 0 if the program came to its end."""
    result: dict[str, Any] = {}
    try:
        with contextlib.redirect_stdout(sys.stderr):
            result["manifest"] = preview(job).to_data()
    except BaseException as error:  # noqa: BLE001 (a program may raise anything, SystemExit too; the caller tells it)
        result["error"] = describe(error, pathlib.Path(job["project"]))
        partial = getattr(error, "manifest", None)
        result["manifest"] = partial.to_data() if isinstance(partial, Manifest) else None
    pathlib.Path(job["result"]).write_text(json.dumps(result), encoding="utf-8")
    return 1 if "error" in result else 0


def preview(job: dict[str, Any]) -> Manifest:
    """What the job's stack registers."""
    project = projects.load(pathlib.Path(job["project"]))
    config = projects.configuration(project, job["stack"], job["config"])
    # As the engine's language host does: configuration in the environment, the
    # program's folder first on the path.
    os.environ["PULUMI_CONFIG"] = json.dumps(dict(config.values))
    os.environ["PULUMI_CONFIG_SECRET_KEYS"] = json.dumps(sorted(config.secrets))
    os.chdir(project.entry.parent)
    if job["path"]:
        # Another revision of a repository that holds this library has components of its
        # own; the recorder stays this one.
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
    )

    def program() -> None:
        runpy.run_path(str(project.entry), run_name="__main__")

    return record(program, context)


def describe(error: BaseException, root: pathlib.Path) -> dict[str, Any]:
    """What went wrong, in words, and where in the project: for a program's mistake the
    frames of its own files."""
    if isinstance(error, projects.ProjectError | pulumi.RunError):
        return {"message": str(error), "frames": []}
    frames = []
    told: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in told:  # the SDK raises some exceptions from themselves
        told.append(cause)
        for frame in traceback.extract_tb(cause.__traceback__):
            file = pathlib.Path(frame.filename)
            if (
                file.is_absolute()
                and file.is_relative_to(root)
                and "site-packages" not in file.parts
            ):
                frames.append(
                    f"{file.relative_to(root)}:{frame.lineno} in {frame.name}: {frame.line}"
                )
        cause = cause.__cause__ or cause.__context__
    return {
        "message": f"{type(error).__name__}: {error}".strip(": "),
        "frames": list(dict.fromkeys(frames)),
    }


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
