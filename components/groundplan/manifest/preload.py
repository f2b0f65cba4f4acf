"""Imports the provider SDK classes that a project uses, before its stacks run in
parallel.

Python spends much of a preview on importing provider classes. A worker that runs
several stacks imports them once and forks. The names are read from the text of the
project; the program itself imports a class that is missing here, so only the time
depends on it. No code of the project runs.
"""

import importlib
import pathlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

IMPORT = re.compile(r"^\s*import (pulumi_\w+)(?: as (\w+))?", re.MULTILINE)
FROM = re.compile(r"^\s*from (pulumi_[\w.]+) import", re.MULTILINE)
SKIPPED = {"node_modules", "site-packages", "tests", "build", "venv"}


def names(root: pathlib.Path) -> list[tuple[str, ...]]:
    """Returns the names of SDK modules and classes in the Python files below `root`:
    `("pulumi_aws", "ec2", "Vpc")`."""
    result: set[tuple[str, ...]] = set()
    for file in python_files(root):
        text = file.read_text(encoding="utf-8", errors="replace")
        result.update(tuple(module.split(".")) for module in FROM.findall(text))
        for package, alias in IMPORT.findall(text):
            for chain in re.findall(rf"\b{alias or package}((?:\.[A-Za-z_]\w*)+)", text):
                result.add((package, *chain.removeprefix(".").split(".")))
    return sorted(result)


def load(root: pathlib.Path) -> None:
    """Imports the modules and classes that the Python files below `root` name."""
    create(names(root))


def create(names: Iterable[Sequence[str]]) -> None:
    """Imports modules and classes; skips names that don't exist."""
    for package, *attributes in names:
        try:
            value: Any = importlib.import_module(package)
            for attribute in attributes:
                value = getattr(value, attribute)
            hasattr(value, "args")  # a lazy module is imported on the first attribute access
        except Exception:  # noqa: BLE001, S112 (a package that isn't installed, an attribute of a result)
            continue


def python_files(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    """Yields the Python files below a folder, without those of environments and
    tests."""
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(".") or entry.name in SKIPPED or entry.is_symlink():
            continue
        if entry.is_dir():
            yield from python_files(entry)
        elif entry.suffix == ".py":
            yield entry
