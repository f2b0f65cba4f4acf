"""Lazy provider SDKs outside of a preview are an opt-in."""

import os
import subprocess
import sys

import pytest
from groundplan.manifest.lazy_providers import VARIABLE

FINDERS = "import sys; print([type(finder).__name__ for finder in sys.meta_path].count('Finder'))"


@pytest.mark.parametrize(
    ("program", "variable", "lazy"),
    [
        ("import groundplan", None, False),
        ("import groundplan", "0", False),
        ("import groundplan", "1", True),
        ("import groundplan.lazy_sdks", None, True),
        ("import groundplan.lazy_sdks", "1", True),
        ("import groundplan.lazy_sdks", "0", False),
    ],
)
def test_a_line_or_a_variable_makes_a_program_import_sdks_lazily(
    program: str, variable: str | None, lazy: bool
) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    environment.pop(VARIABLE, None)
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\n{FINDERS}"],
        env=environment | ({} if variable is None else {VARIABLE: variable}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{int(lazy)}\n"
