"""Writes the generated pages of docs/ and the README's excerpt. Run by `make docs`.

The same source gives the same bytes.
"""

import pathlib
import sys
from collections.abc import Callable

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "infra")]

from generator import cli, excerpt, reference, rules, settings  # noqa: E402
from generator.paths import ROOT  # noqa: E402

README = ROOT / "README.md"
DOCS = ROOT / "docs"
FILES: dict[pathlib.Path, Callable[[], str]] = {
    DOCS / "reference.md": reference.page,
    DOCS / "settings.md": settings.page,
    DOCS / "cli.md": cli.page,
    DOCS / "rules.md": rules.page,
    README: lambda: excerpt.insert(README.read_text(encoding="utf-8")),
}
"""Every generated file -> what returns its content."""


if __name__ == "__main__":
    for path, content in FILES.items():
        path.write_text(content(), encoding="utf-8")
