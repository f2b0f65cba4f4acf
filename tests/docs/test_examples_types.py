"""Documented Python passes mypy --strict: what a reader copies is typed. `make types`
checks it in one run with the library, as most of the time goes into the SDKs that both
import."""

import ast
import importlib.util
import pathlib
import shlex
import subprocess
import tomllib
from types import ModuleType
from typing import Any

import pytest

ROOT = pathlib.Path(__file__).parents[2]
FOLDER = "build/documented"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    file = ROOT / "tools" / "documented_python.py"
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_block_of_python_is_a_module_at_its_line(tool: Any, tmp_path: pathlib.Path) -> None:
    (tmp_path / "docs" / "guides").mkdir(parents=True)
    (tmp_path / "README.md").write_text("# A\n```python run\na: int = 'x'\n```\n```sh\nls\n```\n")
    (tmp_path / "docs" / "guides" / "b.md").write_text(
        "```python\nb = 1\n```\n\n```python\nc = 2\n```\n"
    )
    folder = tmp_path / "build" / "documented"
    folder.mkdir(parents=True)
    (folder / "of_another_time.py").touch()

    tool.write(folder, tmp_path)

    assert {file.name: file.read_text() for file in folder.iterdir()} == {
        "README_2.py": "\n\na: int = 'x'\n",
        "docs_guides_b_1.py": "\nb = 1\n",
        "docs_guides_b_5.py": "\n" * 5 + "c = 2\n",
    }


def test_only_imports_of_what_has_no_types_are_ignored(tool: Any, tmp_path: pathlib.Path) -> None:
    page = tmp_path / "a.md"
    page.write_text("```python\nimport pandas as pd\nfrom groundplan import Network\n```\n")
    (text,) = tool.blocks(page, tmp_path).values()
    assert text.splitlines()[1:] == [
        f"import pandas as pd  {tool.IGNORED}",
        "from groundplan import Network",
    ]


def test_no_page_is_left_out(tool: Any) -> None:
    written = [(page, text) for page in tool.pages() for text in tool.blocks(page).values()]
    documented = {page for page in tool.pages() if "\n```python" in page.read_text("utf-8")}
    assert {page for page, _ in written} == documented
    assert len(written) > 50
    for page, text in written:
        lines = page.read_text("utf-8").splitlines()
        for statement in ast.parse(text).body:
            at = statement.lineno - 1
            assert text.splitlines()[at].removesuffix(f"  {tool.IGNORED}") == lines[at], page


def test_the_type_checker_has_the_blocks_and_all_that_the_configuration_names() -> None:
    planned = subprocess.run(
        ["make", "-n", "types"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    *_, writes, checks = (shlex.split(line) for line in planned.splitlines())
    configured = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mypy"]
    assert writes[1:] == ["tools/documented_python.py", FOLDER]
    assert checks[1:] == [*configured["files"], FOLDER]
    assert configured["strict"] is True
