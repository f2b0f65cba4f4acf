"""Starts the worker in the project's own Python, and reports what that Python lacks.

    python -m groundplan.manifest.start JOBS.json

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


def main(jobs_file: str) -> int:
    """Runs the worker; where it can't be imported, writes that as each job's result."""
    if sys.version_info < OLDEST:
        version = ".".join(str(part) for part in sys.version_info[:3])
        needed = ".".join(str(part) for part in OLDEST)
        return _fail(
            jobs_file,
            f"the project's Python is {version}, and the preview needs {needed} or newer. "
            "Fix: create the project's environment with a newer Python",
        )
    try:
        from groundplan.manifest import worker
    except ImportError as error:
        return _fail(jobs_file, f"{type(error).__name__}: {error}")
    return worker.main(jobs_file)


def _fail(jobs_file: str, message: str) -> int:
    for job in json.loads(pathlib.Path(jobs_file).read_text(encoding="utf-8")):
        error = {"message": message + "\n" + job["python"], "frames": []}
        result = json.dumps({"manifest": None, "error": error})
        pathlib.Path(job["result"]).write_text(result, encoding="utf-8")
    return 1


if __name__ == "__main__":
    code = main(sys.argv[1])
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # without releasing every object of the program, which takes a while
