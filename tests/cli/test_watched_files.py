"""Which changes of files and folders a watch notices."""

import os
import pathlib
from collections.abc import Callable

import pytest
from groundplan.cli.watch import origins
from groundplan.cli.watch.files import IGNORED, WatchedFiles
from groundplan.manifest.observed_inputs import signature


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "a.py").write_text("1")
    (tmp_path / "package").mkdir()
    return tmp_path


@pytest.fixture
def watched(folder: pathlib.Path) -> WatchedFiles:
    files = WatchedFiles()
    paths = [str(folder / name) for name in ("a.py", "missing.py")]
    files.replace({path: signature(path) for path in paths}, [str(folder)], [str(folder / "out")])
    return files


def replaced(file: pathlib.Path) -> None:
    file.with_suffix(".tmp").write_text("1")
    file.with_suffix(".tmp").replace(file)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (lambda at: (at / "a.py").write_text("2"), ["a.py"]),
        (lambda at: replaced(at / "a.py"), ["a.py"]),
        (lambda at: os.utime(at / "a.py", (1, 1)), ["a.py"]),
        (lambda at: (at / "a.py").unlink(), ["a.py"]),
        (lambda at: (at / "a.py").rename(at / "b.py"), ["a.py", "b.py"]),
        (lambda at: (at / "missing.py").write_text(""), ["missing.py"]),
        (lambda at: (at / "other").mkdir(), ["other"]),
        (lambda at: (at / "package" / "__init__.py").touch(), ["package/__init__.py"]),
    ],
    ids=["save", "replace", "touch", "delete", "rename", "create", "folder", "package"],
)
def test_a_change_is_noticed_until_a_run_starts(
    folder: pathlib.Path, watched: WatchedFiles, change: Callable[..., None], names: list[str]
) -> None:
    assert watched.changed() == []
    change(folder)
    for _ in range(2):
        assert watched.changed() == [str(folder / name) for name in names]
    watched.accept()
    assert watched.changed() == []


@pytest.mark.parametrize(
    "name",
    [
        *("4913", ".a.py.swp", "a.py~", "#a.py#", ".#a.py", "a.py.tmp", "a.py___jb_tmp___"),
        *("__pycache__", ".mypy_cache", "a.pyc", "out", "package/notes.txt"),
    ],
)
def test_temporary_files_and_what_the_preview_writes_are_no_change(
    folder: pathlib.Path, watched: WatchedFiles, name: str
) -> None:
    (folder / name).touch()
    assert watched.changed() == []
    (folder / name).unlink()
    assert watched.changed() == []
    (folder / "b.py").touch()
    assert watched.changed() == [str(folder / "b.py")]


@pytest.mark.parametrize("name", ["main.py", "Pulumi.dev.yaml", "requirements.txt", "a.lock", "x"])
def test_files_of_a_project_are_not_temporary(name: str) -> None:
    assert not IGNORED.fullmatch(name)


def test_a_save_between_the_reading_and_the_end_of_a_run_is_noticed(folder: pathlib.Path) -> None:
    file = folder / "a.py"
    read = signature(str(file))
    file.write_text("22")
    watched = WatchedFiles()
    watched.replace({str(file): read})
    assert watched.changed() == [str(file)]
    # The next run reads it again, and its save in the meantime is not lost.
    watched.accept()
    file.write_text("333")
    watched.replace({str(file): signature(str(file))})
    assert watched.changed() == [str(file)]


def test_after_a_run_that_failed_its_files_are_watched_too(
    folder: pathlib.Path, watched: WatchedFiles
) -> None:
    watched.replace({}, (), keep=True)
    (folder / "a.py").write_text("2")
    assert watched.changed() == [str(folder / "a.py")]
    watched.replace({}, ())
    assert watched.changed() == []


def test_while_a_run_may_create_files_only_known_ones_count(
    folder: pathlib.Path, watched: WatchedFiles
) -> None:
    (folder / "new.py").touch()
    assert watched.changed(folders=False) == []
    (folder / "a.py").write_text("2")
    assert watched.changed(folders=False) == [str(folder / "a.py")]


def test_locks_and_environments_count_also_where_there_are_none_yet(tmp_path: pathlib.Path) -> None:
    root = tmp_path / "live" / "shop"
    (tmp_path / ".git").mkdir()
    files = set(origins.of_project(root))
    assert {root / "uv.lock", tmp_path / "uv.lock", root / ".venv" / "pyvenv.cfg"} <= files
    assert tmp_path.parent / "uv.lock" not in files
