"""Every kind of risk that the analyzers return is described, and no other."""

import ast
import pathlib
import re

import groundplan
from groundplan.risk.kinds import KINDS, NAMES

FOLDER = pathlib.Path(groundplan.__file__).parent / "risk"
MAKERS = ("risk", "Risk")


def kinds() -> set[str]:
    """The second argument of each `Risk(level, kind, ...)` and `.risk(level, kind)`,
    also where it is a constant of the module."""
    found: set[str] = set()
    for file in FOLDER.glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = (
                node.func.attr
                if isinstance(node.func, ast.Attribute)
                else (node.func.id if isinstance(node.func, ast.Name) else "")
            )
            if name not in MAKERS:
                continue
            named = {keyword.arg: keyword.value for keyword in node.keywords}
            kind = named.get("kind") or (node.args[1] if len(node.args) > 1 else None)
            if isinstance(kind, ast.Constant):
                found.add(str(kind.value))
            elif isinstance(kind, ast.Name) and kind.id in constants:
                found.add(str(constants[kind.id]))
    return found


def test_every_kind_is_described() -> None:
    assert kinds() - set(NAMES) == set()
    assert set(NAMES) - kinds() == set()
    assert tuple(sorted(NAMES)) == NAMES


def test_a_description_says_what_the_levels_mean_and_what_to_do() -> None:
    for kind in KINDS:
        assert "Medium:" in kind.levels, kind.name
        assert kind.fix[0].islower(), kind.name
        assert not kind.fix.endswith("."), kind.name


def test_no_analyzer_returns_a_level_that_the_description_lacks() -> None:
    names = {"INTERRUPTION": "interruption", "PROTECTION": "protection"}
    text = "".join(file.read_text(encoding="utf-8") for file in FOLDER.glob("*.py"))
    found = re.findall(r"Level\.(\w+),\s*(\w+),|(\w+), Level\.(\w+)\)", text)
    for level, constant, other, its_level in found:
        kind = names.get(constant or other)
        if kind:
            described = next(entry.levels for entry in KINDS if entry.name == kind)
            assert (level or its_level).capitalize() + ":" in described, (kind, level)
