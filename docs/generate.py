"""Writes the generated pages of docs/ and the README's excerpt. Run by `make docs`.

The same source gives the same bytes.
"""

import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "infra")]

from generator import cli, excerpt, reference, rules, settings  # noqa: E402
from generator.paths import ROOT  # noqa: E402

README = ROOT / "README.md"


def files() -> dict[pathlib.Path, str]:
    """Returns every generated file -> its content."""
    docs = ROOT / "docs"
    return {
        docs / "reference.md": reference.page(),
        docs / "settings.md": settings.page(),
        docs / "cli.md": cli.page(),
        docs / "rules.md": rules.page(),
        README: excerpt.insert(README.read_text(encoding="utf-8")),
    }


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
