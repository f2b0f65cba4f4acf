"""The Python that a project means, and the sentence about it where an import fails."""

import pathlib
import sys

import pytest
from groundplan.manifest.run import Request, Result, preview

PROGRAM = "import os, pulumi\npulumi.export('ran', os.environ.get('RAN_WITH', 'own'))\n"


def python(environment: pathlib.Path, name: str, then: str = 'exec "$PYTHON" "$@"') -> None:
    """Creates an environment whose Python is the tests' own, and says that it ran."""
    (environment / "bin").mkdir(parents=True)
    script = environment / "bin" / "python"
    script.write_text(f"#!/bin/sh\nexport RAN_WITH={name} PYTHON={sys.executable}\n{then}\n")
    script.chmod(0o755)


def project(
    folder: pathlib.Path, options: str = "", main: str = "", program: str = PROGRAM
) -> pathlib.Path:
    (folder / main).mkdir(parents=True, exist_ok=True)
    runtime = f"{{name: python, options: {{{options}}}}}"
    text = f"name: shop\nruntime: {runtime}\n" + (f"main: {main}\n" if main else "")
    (folder / "Pulumi.yaml").write_text(text)
    (folder / main / "__main__.py").write_text(program)
    return folder


def ran(result: Result) -> object:
    assert result.manifest is not None, result.message
    return result.manifest.outputs["ran"]


@pytest.mark.parametrize(
    ("options", "environment", "file"),
    [
        ("toolchain: uv", ".venv", ""),
        ("toolchain: uv", ".venv", "uv.lock"),
        ("toolchain: uv", "../.venv", "../uv.lock"),
        ("toolchain: uv", "../.venv", "../pyproject.toml"),
        ("toolchain: uv, virtualenv: env", "env", "uv.lock"),
        ("", ".venv", "uv.lock"),
        ("toolchain: pip, virtualenv: venv", "venv", ""),
        ("virtualenv: ../shared", "../shared", ""),
        ("toolchain: poetry", ".venv", "pyproject.toml"),
        ("toolchain: poetry", "../.venv", "../pyproject.toml"),
    ],
)
def test_the_environment_of_the_toolchain_runs_the_program(
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    options: str,
    environment: str,
    file: str,
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")  # without poetry
    folder = project(tmp_path / "repository" / "shop", options)
    if file:
        (folder / file).touch()
    python(folder / environment, "its-own")

    assert ran(preview(Request(folder, "dev"))) == "its-own"


def test_poetry_names_its_environment(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project(tmp_path / "shop", "toolchain: poetry", main="infra/")
    python(tmp_path / "cache" / "shop-1-py3", "poetry")
    poetry = tmp_path / "bin" / "poetry"
    poetry.parent.mkdir()
    poetry.write_text(
        f'#!/bin/sh\n[ "$*" = "env info --path" ] || exit 1\n'
        f'case "$PWD" in */infra) echo {tmp_path}/cache/shop-1-py3 ;; *) exit 1 ;; esac\n'
    )
    poetry.chmod(0o755)
    monkeypatch.setenv("PATH", f"{poetry.parent}:/usr/bin:/bin")

    assert ran(preview(Request(folder, "dev"))) == "poetry"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("", "Pulumi.yaml names no virtualenv"),
        ("toolchain: uv", "the virtual environment .venv of toolchain uv does not exist"),
        ("virtualenv: venv", "the virtual environment venv of toolchain pip does not exist"),
        ("toolchain: poetry", "poetry can't be resolved (poetry is not installed)"),
    ],
)
def test_a_failed_import_names_the_python_that_ran_in_place_of_the_projects(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, options: str, says: str
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    folder = project(tmp_path, options, program="import no_such_module_of_shop\n")
    result = preview(Request(folder, "dev"))
    assert "No module named 'no_such_module_of_shop'" in result.message
    assert f"The program ran with {sys.executable}, the Python that runs Groundplan" in (
        result.message
    )
    assert says in result.message
    assert "Fix: create the project's environment" in result.message
    assert result.frames == ("__main__.py:1 in <module>: import no_such_module_of_shop",)


def test_a_failed_import_names_the_command_that_installs_into_the_environment(
    tmp_path: pathlib.Path,
) -> None:
    folder = project(tmp_path, "toolchain: uv", program="import no_such_module_of_shop\n")
    python(folder / ".venv", "uv")
    message = preview(Request(folder, "dev")).message
    assert f"The program ran with {folder / '.venv' / 'bin' / 'python'}" in message
    assert "Fix: uv sync" in message


def test_an_environment_without_pulumi_is_named(tmp_path: pathlib.Path) -> None:
    folder = project(tmp_path, "virtualenv: venv")
    # -S: without site-packages, as a new environment.
    python(folder / "venv", "bare", then='exec "$PYTHON" -S "$@"')
    result = preview(Request(folder, "dev"))
    assert "ModuleNotFoundError: No module named " in result.message
    assert f"The program ran with {folder / 'venv' / 'bin' / 'python'}" in result.message
    assert "Fix: pulumi install" in result.message


def test_an_environment_that_cannot_start_is_named(tmp_path: pathlib.Path) -> None:
    folder = project(tmp_path, "virtualenv: venv")
    python(folder / "venv", "broken")
    (folder / "venv" / "bin" / "python").chmod(0o644)
    result = preview(Request(folder, "dev"))
    assert result.manifest is None
    assert str(folder / "venv" / "bin" / "python") in result.message
    assert "can't be started: Permission denied" in result.message
