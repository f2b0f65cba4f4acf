"""`make component` creates a package that passes the suite as it is."""

import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
from types import ModuleType

import pytest

ROOT = pathlib.Path(__file__).parents[1]


def load_tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "new_component", ROOT / "tools" / "new_component.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tool = load_tool()


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Returns a copy of the library with a new component."""
    tmp_path = tmp_path_factory.mktemp("checkout")
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
    shutil.copytree(ROOT / "components", tmp_path / "components", ignore=ignored)
    (tmp_path / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "test_architecture.py", tmp_path / "tests")
    (tmp_path / "infra").mkdir()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    tool.create("FeatureStore", tmp_path)
    return tmp_path


ONLY_THE_NEW_ONE = """
import runpy, groundplan
assert "FeatureStore" in groundplan.__all__
groundplan.__all__ = ["FeatureStore"]  # the others' provider classes take seconds to import
runpy.run_module("groundplan.plugin", run_name="__main__", alter_sys=True)
"""


def run(checkout: pathlib.Path, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout / "components")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_new_package_passes_its_tests_the_architecture_and_ruff(
    checkout: pathlib.Path,
) -> None:
    run(checkout, "-m", "pytest", "-q", "tests", "-p", "no:cacheprovider")
    run(
        checkout,
        "-m",
        "ruff",
        "check",
        "components/groundplan/feature_store",
        "tests/feature_store",
    )
    run(checkout, "-m", "ruff", "format", "--check", "components/groundplan/feature_store")


def test_the_new_component_is_in_the_schema_for_other_languages(checkout: pathlib.Path) -> None:
    run(checkout, "-c", ONLY_THE_NEW_ONE, "schema.json")
    text = (checkout / "schema.json").read_text(encoding="utf-8")
    assert '"groundplan:index:FeatureStore"' in text


@pytest.mark.parametrize(
    ("name", "reason"),
    [("feature_store", "a class name"), ("../Evil", "a class name"), ("", "a class name")],
)
def test_a_name_that_no_class_can_have_is_refused(name: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        tool.create(name, ROOT)


def test_an_existing_package_is_not_overwritten(tmp_path: pathlib.Path) -> None:
    (tmp_path / "components" / "groundplan" / "network").mkdir(parents=True)
    with pytest.raises(ValueError, match="exists"):
        tool.create("Network", tmp_path)
    assert list((tmp_path / "components" / "groundplan" / "network").iterdir()) == []
