"""What a program reads is recorded."""

import json
import os
import pathlib
import socket
import subprocess
import sys

import pytest
from groundplan.manifest import observed_inputs
from groundplan.manifest.observed_inputs import Observed, recording, signature


def test_files_are_recorded_with_their_state_before_they_are_read(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.txt").write_text("1")
    before = signature(str(tmp_path / "a.txt"))
    with recording() as seen:
        (tmp_path / "a.txt").read_text()
        with pytest.raises(FileNotFoundError):
            (tmp_path / "missing.txt").read_text()
    (tmp_path / "b.txt").touch()
    (tmp_path / "b.txt").read_text()  # after the end
    assert seen.files == {
        str(tmp_path / "a.txt"): before,
        str(tmp_path / "missing.txt"): None,
    }


def test_a_relative_path_is_that_of_the_folder_at_the_time(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").touch()
    with recording() as seen, open("a.txt"):  # noqa: PTH123 (as a program may do)
        pass
    assert list(seen.files) == [str(tmp_path / "a.txt")]


def test_of_a_compiled_module_the_source_is_recorded(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "observed_module.py").write_text("x = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for _ in range(2):  # the second import reads the .pyc only
        with recording() as seen:
            __import__("observed_module")
        del sys.modules["observed_module"]
    assert str(tmp_path / "observed_module.py") in seen.files
    assert not [path for path in seen.files if path.endswith(".pyc")]


def test_what_the_program_writes_itself_is_not_an_input(tmp_path: pathlib.Path) -> None:
    (tmp_path / "old").touch()
    with recording() as seen:
        (tmp_path / "a.txt").write_text("1")
        (tmp_path / "a.txt").read_text()
        (tmp_path / "old").rename(tmp_path / "new")
        (tmp_path / "new").read_text()
    assert seen.files == {}
    assert {str(tmp_path / "a.txt"), str(tmp_path / "new")} <= seen.written


def test_folders_that_are_listed_are_recorded(tmp_path: pathlib.Path) -> None:
    with recording() as seen:
        list(tmp_path.glob("*.yaml"))
    assert seen.folders == {str(tmp_path)}


def test_python_and_installed_packages_are_left_out() -> None:
    with recording() as seen:
        pathlib.Path(os.__file__).read_text(encoding="utf-8")
        pathlib.Path(pytest.__file__).read_text(encoding="utf-8")
    assert seen.files == {}
    assert any("site-packages" in folder for folder in seen.packages)


def test_environment_variables_are_recorded_also_those_that_are_not_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OBSERVED_A", "1")
    with recording() as seen:
        assert os.environ["OBSERVED_A"] == "1"
        assert os.environ.get("OBSERVED_B") is None
        assert os.getenv("OBSERVED_C") is None
        assert "OBSERVED_D" not in os.environ
        assert not seen.all_variables
        dict(os.environ)
    assert {f"OBSERVED_{letter}" for letter in "ABCD"} <= seen.variables
    assert seen.all_variables


def test_the_environment_is_as_before_at_the_end() -> None:
    kind = type(os.environ)
    with recording():
        os.environ["OBSERVED_SET"] = "1"
    assert os.environ.pop("OBSERVED_SET") == "1"
    assert type(os.environ) is kind


def test_what_cannot_be_checked_is_named(tmp_path: pathlib.Path) -> None:
    with recording() as seen:
        subprocess.run(["true"], check=True)
        with socket.socket() as connection, pytest.raises(OSError):  # noqa: PT011
            connection.connect(("127.0.0.1", 1))
    assert seen.unchecked == {"starts a process", "connects to a host"}


def test_the_record_is_data(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.txt").touch()
    with recording() as seen:
        (tmp_path / "a.txt").read_text()
        os.environ.get("OBSERVED_A")
        list(tmp_path.iterdir())
    assert Observed.from_data(json.loads(json.dumps(seen.to_data()))) == seen


def test_signatures_differ_for_every_kind_of_save(tmp_path: pathlib.Path) -> None:
    file, other = tmp_path / "a", tmp_path / "b"
    file.write_text("1")
    seen = {observed_inputs.signature(str(file))}
    other.write_text("1")
    other.replace(file)  # another file with the same content
    seen.add(observed_inputs.signature(str(file)))
    file.unlink()
    seen.add(observed_inputs.signature(str(file)))
    assert len(seen) == 3
