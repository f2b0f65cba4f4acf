"""Starts the worker in the project's own Python, and reports what that Python lacks.

    python -m groundplan.manifest.start JOBS.json
    python -m groundplan.manifest.start --warm FD SOURCES

Imports nothing but the standard library, and is readable by an older Python: the
project's environment may lack Pulumi, or be of a version that Groundplan does not run
on.
"""

import atexit
import json
import os
import pathlib
import sys

OLDEST = (3, 11)
"""The oldest version of Python that runs the worker (`requires-python`)."""

LACKING = 3
"""Exit code of a Python that can't run programs."""


def main(jobs_file: str) -> int:
    """Runs the worker; where it can't be imported, writes that as each job's result."""
    missing = lacking()
    if missing:
        return _fail(jobs_file, missing)
    from groundplan.manifest import worker

    return worker.main(jobs_file)


def lacking() -> str:
    """Returns what this Python lacks; empty where it can run programs."""
    if sys.version_info < OLDEST:
        version = ".".join(str(part) for part in sys.version_info[:3])
        needed = ".".join(str(part) for part in OLDEST)
        return (
            f"the project's Python is {version}, and the preview needs {needed} or newer. "
            "Fix: create the project's environment with a newer Python"
        )
    try:
        from groundplan.manifest import worker  # noqa: F401
    except ImportError as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _fail(jobs_file: str, message: str) -> int:
    for job in json.loads(pathlib.Path(jobs_file).read_text(encoding="utf-8")):
        error = {"message": message + "\n" + job["python"], "frames": []}
        result = json.dumps({"manifest": None, "error": error})
        pathlib.Path(job["result"]).write_text(result, encoding="utf-8")
    return 1


if __name__ == "__main__":
    if sys.argv[1] == "--warm":
        if lacking():
            sys.exit(LACKING)
        from groundplan.manifest.warm import process

        code = process.main(int(sys.argv[2]), sys.argv[3])
    else:
        code = main(sys.argv[1])
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # without releasing every object of the program, which takes a while
