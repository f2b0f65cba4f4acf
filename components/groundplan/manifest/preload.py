"""Imports the provider SDK modules that a project uses, before its stacks run in
parallel.

Python spends most of a preview on importing provider classes. A worker that runs
several stacks imports them once and forks. The modules are read from the text of the
project; the program itself imports a module that is missing here, so only the time
depends on it. No code of the project runs.
"""

import importlib
import pathlib
import re
from collections.abc import Iterator

IMPORT = re.compile(r"^\s*import (pulumi_\w+)(?: as (\w+))?", re.MULTILINE)
FROM = re.compile(r"^\s*from (pulumi_[\w.]+) import", re.MULTILINE)
SKIPPED = {"node_modules", "site-packages", "tests", "build", "venv"}


def modules(root: pathlib.Path) -> list[str]:
    """The SDK modules that the Python files below `root` use: `pulumi_aws.ec2`."""
    names: set[str] = set()
    for file in _files(root):
        text = file.read_text(encoding="utf-8", errors="replace")
        names.update(FROM.findall(text))
        for package, alias in IMPORT.findall(text):
            for chain in re.findall(rf"\b{alias or package}((?:\.[a-z_]\w*)+)", text):
                parts = [part for part in chain.split(".") if part]
                names.update(
                    ".".join([package, *parts[: depth + 1]]) for depth in range(len(parts))
                )
    return sorted(names)


def load(root: pathlib.Path) -> None:
    """Imports the modules; skips names that are not modules."""
    for name in modules(root):
        try:
            hasattr(
                importlib.import_module(name), "args"
            )  # a lazy module is imported on the first attribute access
        except Exception:  # noqa: BLE001, S112 (a function's name, or a package that isn't installed)
            continue


def _files(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(".") or entry.name in SKIPPED or entry.is_symlink():
            continue
        if entry.is_dir():
            yield from _files(entry)
        elif entry.suffix == ".py":
            yield entry
