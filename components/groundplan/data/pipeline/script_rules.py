"""The rules of a script and of its arguments, which all engines have."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.data.pipeline import script
from groundplan.problems import Problem

ARGUMENT = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")


def script_problems(job: Mapping[str, Any]) -> Iterator[Problem]:
    """Yields the problems of the script of a job, and of the names of its arguments."""
    if "script" in job and script.located(job["script"]) is None:
        allowed = "the path of a file, relative to the folder of the program or the project"
        yield Problem("script", job["script"], allowed, "correct the path")
    for name in job.get("arguments", {}):
        if not ARGUMENT.fullmatch(name):
            allowed = "a name of letters, digits, - and _, without hyphens in front"
            yield Problem(f"arguments.{name}", name, allowed, "rename the argument")
