"""Loads the provider SDKs' modules that a project uses, before its stacks are run side
by side.

Most of a preview's time is Python loading provider classes. A worker that runs several
stacks loads them once and forks. Which they are is read off the project's text; a
module that is missed is loaded later, by the program itself, so nothing depends on this
but time. No code of the project is run.
"""

import importlib
import pathlib
import re
from collections.abc import Iterator

IMPORT = re.compile(r"^\s*import (pulumi_\w+)(?: as (\w+))?", re.MULTILINE)
FROM = re.compile(r"^\s*from (pulumi_[\w.]+) import", re.MULTILINE)
SKIPPED = {"node_modules", "site-packages", "tests", "build", "venv"}


def modules(root: pathlib.Path) -> list[str]:
    """The SDK modules that the Python files below `root` name: `pulumi_aws.ec2`."""
    found: set[str] = set()
    for file in _files(root):
        text = file.read_text(encoding="utf-8", errors="replace")
        found.update(FROM.findall(text))
        for package, alias in IMPORT.findall(text):
            for chain in re.findall(rf"\b{alias or package}((?:\.[a-z_]\w*)+)", text):
                parts = [part for part in chain.split(".") if part]
                found.update(
                    ".".join([package, *parts[: depth + 1]]) for depth in range(len(parts))
                )
    return sorted(found)


def load(root: pathlib.Path) -> None:
    """Load them; what is no module after all is passed over."""
    for name in modules(root):
        try:
            hasattr(
                importlib.import_module(name), "args"
            )  # a lazy module loads when it is first asked for something
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
