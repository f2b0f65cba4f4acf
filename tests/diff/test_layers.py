"""The layers of the library: catalog < manifest < diff. An import never goes up, also
not inside a function."""

import ast
import pathlib

import groundplan
import pytest

LIBRARY = pathlib.Path(groundplan.__file__).parent
FOUNDATIONS = {"acceptance", "excerpts", "facts", "problems", "secret_names", "settings_key"}
ALLOWED = {
    "catalog": FOUNDATIONS,
    "manifest": FOUNDATIONS | {"catalog"},
    "diff": FOUNDATIONS | {"catalog", "manifest"},
    "testing": FOUNDATIONS | {"manifest"},
}


def imports(file: pathlib.Path) -> set[str]:
    """The modules of the library that a file imports, at any depth."""
    modules: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name for name in modules if name.startswith("groundplan.")}


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_a_package_imports_lower_layers_only(package: str) -> None:
    imported = {
        name.split(".")[1] for file in (LIBRARY / package).rglob("*.py") for name in imports(file)
    }
    assert imported - {package} <= ALLOWED[package]


@pytest.mark.parametrize("package", ["manifest", "diff"])
def test_the_modules_of_a_package_have_no_import_cycle(package: str) -> None:
    files = {file.stem: file for file in (LIBRARY / package).glob("*.py")}
    graph = {
        name: {module.split(".")[2] for module in imports(file) if f".{package}." in module}
        & set(files)
        for name, file in files.items()
    }
    while leaves := {name for name, needed in graph.items() if not needed & set(graph)}:
        graph = {name: needed for name, needed in graph.items() if name not in leaves}
    assert graph == {}
