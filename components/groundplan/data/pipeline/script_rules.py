"""The rules of a script and of its arguments, which all engines have."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.data.pipeline import script
from groundplan.problems import Problem

ARGUMENT = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")


def script_problems(job: Mapping[str, Any]) -> Iterator[Problem]:
    """Yields the problems of the script of a job, and of the names of its arguments."""
    if "script" in job:
        yield from _file_problems(job["script"])
    for name in job.get("arguments", {}):
        if not ARGUMENT.fullmatch(name):
            allowed = "a name of letters, digits, - and _, without hyphens in front"
            yield Problem(f"arguments.{name}", name, allowed, "rename the argument")


def _file_problems(path: str) -> Iterator[Problem]:
    """Yields the problem of what is no file, or no Python: runs would fail by it."""
    file = script.located(path)
    if file is None:
        allowed = "the path of a file, relative to the folder of the program or the project"
        yield Problem("script", path, allowed, "correct the path")
        return
    try:
        ast.parse(file.read_text(encoding="utf-8"))
    except OSError as error:
        fix = f"make it readable: {error.strerror}"
        yield Problem("script", path, "a file that can be read", fix)
    except SyntaxError as error:
        fix = f"correct line {error.lineno}: {error.msg}"
        yield Problem("script", path, "a Python program", fix)
    except ValueError as error:
        # Not UTF-8, or a null character.
        yield Problem("script", path, "a Python program in UTF-8", f"save it as UTF-8: {error}")
