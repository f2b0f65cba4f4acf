"""The script of a job: where it is on this machine, and its key in the bucket."""

import hashlib
import json
import pathlib
from collections.abc import Mapping


def located(path: str) -> pathlib.Path | None:
    """Returns the file of a path: absolute, or relative to the folder of the program,
    or to the one above it, which is the project's where `main` names a folder. `None`
    if there is no such file."""
    here = pathlib.Path.cwd()
    found = (folder / path for folder in (here, here.parent))
    return next((file for file in found if _is_file(file)), None)


def _is_file(path: pathlib.Path) -> bool:
    """Returns whether there is such a file, which can be looked up: a name that is too
    long, or a folder without permission, is none."""
    try:
        return path.is_file()
    except OSError:
        return False


def key(pipeline: str, content: str) -> str:
    """Returns the key of a script with this content: another script is another object,
    and a run that is under way reads its own."""
    digest = hashlib.sha256(content.encode()).hexdigest()
    return f"pipelines/{pipeline}/scripts/{digest}.py"


def content(path: str) -> str:
    """Returns the text of the script of a path. Raises `FileNotFoundError`."""
    file = located(path)
    if file is None:
        raise FileNotFoundError(path)
    return file.read_text(encoding="utf-8")


def archive_key(pipeline: str, files: Mapping[str, str]) -> str:
    """Returns the key of the archive of modules that a script imports."""
    digest = hashlib.sha256(json.dumps(dict(files), sort_keys=True).encode()).hexdigest()
    return f"pipelines/{pipeline}/scripts/{digest}.zip"
