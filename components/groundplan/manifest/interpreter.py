"""The Python that a project means: that of its toolchain's virtual environment, as the
language host of Pulumi chooses it (pulumi, sdk/python/toolchain)."""

import os
import pathlib
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

TOOLCHAINS = ("pip", "poetry", "uv")
"""The values of `runtime.options.toolchain`."""

LOCKS = {"uv.lock": "uv", "poetry.lock": "poetry"}
"""Lock file -> the toolchain that it means where `toolchain` is not set."""

POETRY = "pyproject.toml"

OWN = "the Python that runs Groundplan"

INSTALL = {"pip": "pulumi install", "poetry": "poetry install", "uv": "uv sync"}
"""Toolchain -> the command that installs the packages of a project."""

CREATE = (
    "create the project's environment with `pulumi install`, and name it in Pulumi.yaml "
    "(runtime.options: toolchain, virtualenv)"
)

POETRY_SECONDS = 60
"""Time limit of `poetry env info`, which starts Python once or twice."""


@dataclass(frozen=True)
class Interpreter:
    """The Python of a project."""

    path: pathlib.Path | None
    """`None` where the project's environment does not exist: Groundplan's own runs."""
    origin: str
    """What names it: `the virtual environment .venv of toolchain uv`."""

    toolchain: str = "pip"

    def describe(self, running: pathlib.Path) -> str:
        """Returns the sentence about the Python that ran, for an error of an import."""
        if self.path is None:
            return f"The program ran with {running}, {OWN}: {self.origin}. Fix: {CREATE}"
        if running != self.path:  # the environment of another revision's lock file
            return f"The program ran with {running}."
        return (
            f"The program ran with {running}, {self.origin}. "
            f"Fix: {INSTALL[self.toolchain]}, which installs the project's packages there"
        )


def of_project(
    root: pathlib.Path, program: pathlib.Path, options: Mapping[str, Any]
) -> Interpreter:
    """Returns the Python of the project in `root`, whose program is in the folder
    `program`."""
    toolchain = options.get("toolchain") or _of_lock(root)
    virtualenv = options.get("virtualenv")
    if toolchain == "poetry":
        return _poetry(program)
    if toolchain == "uv" or virtualenv:
        folder = root / str(virtualenv) if virtualenv else _uv_folder(root)
        return _in_environment(folder, root, toolchain or "pip")
    return Interpreter(None, "Pulumi.yaml names no virtualenv")


def _of_lock(root: pathlib.Path) -> str:
    """Returns the toolchain of the nearest lock file; empty where there is none."""
    for name, toolchain in LOCKS.items():
        if (root / name).is_file():
            return toolchain
    return ""


def _uv_folder(root: pathlib.Path) -> pathlib.Path:
    """uv's environment: beside the nearest uv.lock, else the nearest pyproject.toml,
    else the project."""
    for name in ("uv.lock", "pyproject.toml"):
        for folder in (root, *root.parents):
            if (folder / name).is_file():
                return folder / ".venv"
    return root / ".venv"


def _in_environment(folder: pathlib.Path, root: pathlib.Path, toolchain: str) -> Interpreter:
    name = pathlib.Path(os.path.relpath(folder, root)).as_posix()
    origin = f"the virtual environment {name} of toolchain {toolchain}"
    path = python_in(folder)
    if path is None:
        return Interpreter(None, f"{origin} does not exist", toolchain)
    return Interpreter(path, origin, toolchain)


def python_in(environment: pathlib.Path) -> pathlib.Path | None:
    """Returns the interpreter of a virtual environment; `None` where there is none."""
    for name in ("bin/python", "Scripts/python.exe"):
        if (environment / name).exists():
            return environment / name
    return None


def forget() -> None:
    """Asks poetry again from now on."""
    _poetry_folder.cache_clear()


def _poetry(program: pathlib.Path) -> Interpreter:
    """Poetry's environment: what `poetry env info` says, else `.venv` beside
    pyproject.toml (`virtualenvs.in-project`)."""
    origin = "the virtual environment of toolchain poetry"
    project = next((at for at in (program, *program.parents) if (at / POETRY).is_file()), program)
    path = python_in(_poetry_folder(program) or project / ".venv")
    if path is not None:
        return Interpreter(path, origin, "poetry")
    missing = "poetry is not installed" if shutil.which("poetry") is None else "there is none yet"
    return Interpreter(None, f"{origin} can't be resolved ({missing})", "poetry")


@cache
def _poetry_folder(program: pathlib.Path) -> pathlib.Path | None:
    command = ["poetry", "env", "info", "--path"]
    try:
        done = subprocess.run(  # noqa: S603 (the project's own tool)
            command,
            cwd=program,
            check=False,
            capture_output=True,
            text=True,
            timeout=POETRY_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    text = done.stdout.strip()
    return pathlib.Path(text) if done.returncode == 0 and text else None
