"""The report alone imports all readers, and no reader imports it."""

import ast
import pathlib
from collections.abc import Iterator

import pytest

PACKAGE = pathlib.Path(__file__).parents[2] / "components" / "groundplan"
FOUNDATIONS = ("acceptance", "problems")
BELOW = ("catalog", "manifest", "delivery_levels", "diff", "risk", "cost", "policy", "proof")


def imported(package: str) -> Iterator[tuple[str, str]]:
    """Each file of a package with the packages of groundplan that it imports."""
    for file in (PACKAGE / package).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            modules = []
            if isinstance(node, ast.ImportFrom) and node.module == "groundplan":
                modules = [f"groundplan.{name.name}" for name in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            elif isinstance(node, ast.Import):
                modules = [name.name for name in node.names]
            for module in modules:
                if module.startswith("groundplan."):
                    yield str(file.relative_to(PACKAGE)), module.split(".")[1]


def test_the_report_imports_only_readers() -> None:
    others = [
        (file, name)
        for file, name in imported("report")
        if name not in (*BELOW, *FOUNDATIONS, "report")
    ]
    assert others == []


@pytest.mark.parametrize("package", BELOW)
def test_no_reader_imports_the_report(package: str) -> None:
    assert (PACKAGE / package).is_dir()
    assert [file for file, name in imported(package) if name == "report"] == []
