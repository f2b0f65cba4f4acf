"""Documented Python passes mypy --strict: what a reader copies is typed."""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
CONFIG = """
[mypy]
strict = true
[mypy-boto3.*,fsspec.*,pandas.*]
ignore_missing_imports = true
[mypy-groundplan_client.*]
# `make client` writes it; tests/api runs what the page shows with it.
ignore_missing_imports = True
"""
FENCE = re.compile(r"^```python[^\n`]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> dict[str, str]:
    """Returns the module of each block -> its text, at its line of the page."""
    found = {}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in FENCE.finditer(text):
            line = text[: match.start()].count("\n") + 1
            name = re.sub(r"\W", "_", f"{page.relative_to(ROOT).with_suffix('')}_{line}")
            found[name] = "\n" * line + match[1]
    return found


def test_every_block_of_python_passes_the_type_checker(tmp_path: pathlib.Path) -> None:
    for name, text in blocks().items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    (tmp_path / "mypy.ini").write_text(CONFIG, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--no-error-summary", "--no-pretty", "."]
    done = subprocess.run(
        [*command, "--cache-dir", str(ROOT / ".mypy_cache" / "examples")],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(ROOT / "components")},
        capture_output=True,
        text=True,
        check=False,
    )
    errors = [line for line in done.stdout.splitlines() if ": error:" in line]
    assert errors == [], "\n".join(errors)
    assert done.returncode == 0, done.stdout + done.stderr  # it has run to its end
