"""Writes each block of Python in the documentation as a module: `make types` has mypy
check them with the library, so that what a reader copies is typed.

    python tools/documented_python.py FOLDER

A block is at its line of the page, and its module has the page's name. The folder is
written again as a whole.
"""

import pathlib
import re
import shutil
import sys

ROOT = pathlib.Path(__file__).parents[1]
FENCE = re.compile(r"^```python[^\n`]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# `groundplan_client` is what `make client` writes; tests/api runs what the page shows
# with it.
UNTYPED = re.compile(
    r"^(?:import|from) (?:boto3|fsspec|pandas|groundplan_client)\b[^#\n]*$", re.MULTILINE
)
IGNORED = "# type: ignore[import-untyped,import-not-found,unused-ignore]"


def pages(root: pathlib.Path = ROOT) -> list[pathlib.Path]:
    """Returns the pages of the documentation."""
    return [*sorted(root.glob("*.md")), *sorted((root / "docs").rglob("*.md"))]


def blocks(page: pathlib.Path, root: pathlib.Path = ROOT) -> dict[str, str]:
    """Returns the module of each block of a page -> its text."""
    found = {}
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        line = text[: match.start()].count("\n") + 1
        name = re.sub(r"\W", "_", f"{page.relative_to(root).with_suffix('')}_{line}")
        found[name] = "\n" * line + UNTYPED.sub(rf"\g<0>  {IGNORED}", match[1])
    return found


def write(folder: pathlib.Path, root: pathlib.Path = ROOT) -> None:
    """Writes the module of each block."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for page in pages(root):
        for name, text in blocks(page, root).items():
            (folder / f"{name}.py").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]))
