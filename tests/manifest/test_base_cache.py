"""Manifests of other revisions are kept, and used only where nothing has changed."""

import gzip
import json
import os
import pathlib
import subprocess
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from groundplan.manifest import base_cache, base_inputs, bases, cache_folder, observed_inputs
from groundplan.manifest.base_cache import BaseCache
from groundplan.manifest.model import Manifest, Resource
from groundplan.manifest.observed_inputs import Observed
from groundplan.manifest.run import Python, Request, Result

QUEUE = Resource(
    "urn:pulumi:dev::shop::aws:sqs/queue:Queue::q", "aws:sqs/queue:Queue", "q", None, True, {"a": 1}
)
MANIFEST = Manifest("shop", "dev", (QUEUE,), outputs={"n": 1.5}, aws_region="us-east-1")
KEY = "0" * 64


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "cache"
    path.mkdir(mode=0o700)
    return path


def kept(folder: pathlib.Path, observed: Observed | None = None) -> BaseCache:
    """A cache with one entry of a program that has read `observed`."""
    cache = BaseCache(folder)
    result = Result(MANIFEST, observed=observed or Observed())
    assert cache.save(KEY, result, folder.parent / "tree") == ""
    return cache


def read(path: pathlib.Path) -> Observed:
    """The record of a program that has read a file."""
    return Observed(files={str(path): observed_inputs.signature(str(path))})


def test_an_entry_has_the_same_manifest(folder: pathlib.Path) -> None:
    entry = kept(folder).load(KEY)
    assert entry is not None
    assert entry.result is not None
    assert entry.result.manifest is not None
    assert entry.result.manifest.to_json() == MANIFEST.to_json()
    assert BaseCache(folder).load("1" * 64) is None


def test_a_stack_that_does_not_exist_there_is_kept_too(folder: pathlib.Path) -> None:
    cache = BaseCache(folder)
    assert cache.save(KEY, None, folder) == ""
    assert cache.load(KEY) == base_cache.Entry(None)


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (Result(MANIFEST, "KeyError: 'x'", observed=Observed()), "its program failed"),
        (Result(None, observed=Observed()), "its program failed"),
        (Result(MANIFEST), "what it reads is not known"),
        (
            Result(MANIFEST, observed=Observed(unchecked={"connects to a host"})),
            "it connects to a host",
        ),
    ],
)
def test_what_cannot_be_checked_is_kept_for_a_session_only(
    tmp_path: pathlib.Path, folder: pathlib.Path, result: Result, reason: str
) -> None:
    cache = BaseCache(folder)
    assert cache.save(KEY, result, tmp_path) == reason
    assert cache.load(KEY) is None
    session = replace(cache, session=tmp_path)
    assert session.save(KEY, result, tmp_path) == reason
    assert session.load(KEY) == base_cache.Entry(result)
    assert cache.load(KEY) is None


def test_an_entry_holds_until_a_file_outside_of_the_revision_changes(
    tmp_path: pathlib.Path, folder: pathlib.Path
) -> None:
    file = tmp_path / "prices.csv"
    file.write_text("1")
    cache = kept(folder, read(file))
    os.utime(file)  # the same content
    assert cache.load(KEY)
    file.write_text("2")
    assert cache.load(KEY) is None
    file.unlink()
    assert cache.load(KEY) is None
    file.write_text("1")
    assert cache.load(KEY)


def test_files_of_the_revision_are_not_checked(
    tmp_path: pathlib.Path, folder: pathlib.Path
) -> None:
    file = tmp_path / "tree" / "__main__.py"
    file.parent.mkdir()
    file.write_text("1")
    observed = read(file)
    observed.folders.add(str(file.parent))
    cache = kept(folder, observed)
    file.unlink()
    assert cache.load(KEY)


def test_a_file_that_changes_while_the_program_runs_is_not_kept(
    tmp_path: pathlib.Path, folder: pathlib.Path
) -> None:
    file = tmp_path / "a"
    file.write_text("1")
    result = Result(MANIFEST, observed=read(file))
    file.write_text("22")
    cache = BaseCache(folder)
    assert cache.save(KEY, result, folder) == "what it reads has changed meanwhile"
    assert cache.load(KEY) is None


def test_an_entry_holds_until_a_folder_has_other_files(
    tmp_path: pathlib.Path, folder: pathlib.Path
) -> None:
    (tmp_path / "teams").mkdir()
    cache = kept(folder, Observed(folders={str(tmp_path / "teams")}))
    assert cache.load(KEY)
    (tmp_path / "teams" / "a.yaml").touch()
    assert cache.load(KEY) is None


def test_an_entry_holds_until_a_variable_changes_and_has_no_value_of_one(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEAM_TOKEN", "hunter2")
    cache = kept(folder, Observed(variables={"TEAM_TOKEN", "UNSET", "PULUMI_CONFIG"}))
    assert cache.load(KEY)
    (file,) = folder.iterdir()
    assert "hunter2" not in str(base_cache._text(file))
    monkeypatch.setenv("UNSET", "now")
    assert cache.load(KEY) is None
    monkeypatch.delenv("UNSET")
    monkeypatch.setenv("TEAM_TOKEN", "hunter3")
    assert cache.load(KEY) is None


def test_a_program_that_reads_the_whole_environment_depends_on_all_of_it(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = kept(folder, Observed(all_variables=True))
    assert cache.load(KEY)
    monkeypatch.setenv("ANOTHER", "1")
    assert cache.load(KEY) is None


def test_an_entry_holds_until_a_package_is_installed(
    tmp_path: pathlib.Path, folder: pathlib.Path
) -> None:
    packages = tmp_path / "site-packages"
    (packages / "a-1.dist-info").mkdir(parents=True)
    cache = kept(folder, Observed(packages={str(packages)}))
    (packages / "module.py").touch()
    assert cache.load(KEY)
    (packages / "a-1.dist-info").rename(packages / "a-2.dist-info")
    assert cache.load(KEY) is None


def damaged(data: bytes) -> dict[str, bytes]:
    return {
        "cut": data[: len(data) // 2],
        "empty": b"",
        "text": b"not gzip",
        "zeros": data[:-20] + bytes(20),
        "other data": gzip.compress(b"{}"),
        "no JSON": gzip.compress(b"[[[["),
    }


@pytest.mark.parametrize("damage", damaged(b""))
def test_a_damaged_entry_is_removed_and_the_base_runs_again(
    folder: pathlib.Path, damage: str
) -> None:
    cache = kept(folder)
    (file,) = folder.iterdir()
    file.write_bytes(damaged(file.read_bytes())[damage])
    assert cache.load(KEY) is None
    assert not file.exists()
    assert kept(folder).load(KEY)


def test_an_entry_of_another_key_is_not_used(folder: pathlib.Path) -> None:
    cache = kept(folder)
    (file,) = folder.iterdir()
    file.rename(folder / f"{'1' * 64}.json.gz")
    assert cache.load("1" * 64) is None


def test_only_this_user_reads_the_cache(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    shared = tmp_path / "groundplan" / base_cache.FOLDER
    shared.mkdir(parents=True)
    shared.chmod(0o777)
    cache = base_cache.of_user()
    assert cache.folder == shared
    assert shared.stat().st_mode & 0o777 == 0o700
    cache.save(KEY, Result(MANIFEST, observed=Observed()), tmp_path)
    (file,) = shared.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_an_entry_that_another_user_could_have_written_is_not_used(folder: pathlib.Path) -> None:
    cache = kept(folder)
    (file,) = folder.iterdir()
    file.chmod(0o666)
    assert cache.load(KEY) is None
    kept(folder)
    file.rename(folder / "real")
    file.symlink_to(folder / "real")
    assert cache.load(KEY) is None


def test_a_folder_that_cannot_be_private_holds_nothing(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "groundplan").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "groundplan" / base_cache.FOLDER).symlink_to(tmp_path / "elsewhere")
    assert base_cache.of_user() == BaseCache(None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    (tmp_path / "file").touch()
    cache = base_cache.of_user()
    assert cache.load(KEY) is None
    assert cache.save(KEY, Result(MANIFEST, observed=Observed()), tmp_path) == ""
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder.folder() == pathlib.Path.home() / ".cache" / "groundplan"


def test_the_oldest_entries_are_removed_first(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, now = BaseCache(folder), time.time()
    for number in range(3):
        cache.save(str(number) * 64, Result(MANIFEST, observed=Observed()), folder)
        file = folder / f"{str(number) * 64}.json.gz"
        os.utime(file, (now - 10 + number, now - 10 + number))
    monkeypatch.setattr(base_cache, "MAX_TOTAL", int(2.5 * file.stat().st_size))
    (folder / ".tmp1").touch()
    os.utime(folder / ".tmp1", (0, 0))  # a process that was killed
    (folder / ".tmp2").touch()
    kept(folder)
    remaining = {path.name[:5] for path in folder.iterdir()}
    assert remaining == {"22222", "00000", ".tmp2"}


def test_an_entry_that_is_too_large_is_not_kept(
    folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base_cache, "MAX_ENTRY", 10)
    kept(folder)
    assert list(folder.iterdir()) == []


# The key.


def key(**changes: Any) -> str:
    answers = {"config": "core.autocrlf false", "rev-parse": "info/attributes"}
    answers |= changes.pop("git", {})
    values: dict[str, Any] = {
        "commit": "c0ffee",
        "request": Request(pathlib.Path("shop"), "dev", {"shop:size": "1"}),
        "project": "live/shop",
        "interpreter": pathlib.Path("/usr/bin/python3"),
        "lock": pathlib.Path("requirements.txt"),
        "git": lambda command, *_: answers[command],
    }
    return base_inputs.key(**values | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"commit": "c0ffef"},
        {"project": "live/other"},
        {"request": Request(pathlib.Path("shop"), "prod", {"shop:size": "1"})},
        {"request": Request(pathlib.Path("shop"), "dev", {"shop:size": "2"})},
        {"request": Request(pathlib.Path("shop"), "dev", {"shop:size": "1"}, {"t": {"a": 1}})},
        {"interpreter": pathlib.Path("/usr/bin/python3.13")},
        {"lock": pathlib.Path(__file__)},
        {"git": {"config": "core.autocrlf true"}},
    ],
    ids=["commit", "project", "stack", "config", "answers", "python", "lock", "git"],
)
def test_all_that_reaches_the_manifest_is_in_the_key(changes: dict[str, Any]) -> None:
    assert key(**changes) != key()
    assert key() == key()


def test_the_environment_the_date_and_the_library_are_in_the_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = key()
    for name in ("PYTHONWARNINGS", "LC_ALL", "TZ", "PULUMI_ERROR_OUTPUT_STRING"):
        with monkeypatch.context() as patch:
            patch.setenv(name, "changed")
            assert key() != before, name
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "a secret, not even its digest")
    monkeypatch.setenv("TERM", "no matter")
    assert key() == before
    monkeypatch.setattr(base_inputs, "library", lambda: "another version")
    assert key() != before


# A comparison with a revision.


def git(folder: pathlib.Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path: pathlib.Path) -> pathlib.Path:
    root = tmp_path / "shop"
    root.mkdir()
    (root / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (root / "Pulumi.dev.yaml").touch()
    (root / "__main__.py").write_text("import pulumi\n")
    git(root, "init", "--quiet")
    git(root, "add", "-A")
    git(root, "commit", "--quiet", "-m", "first")
    return root


def quiet(text: str) -> None:
    assert text.startswith("running HEAD"), text


def test_a_base_runs_once_for_each_stack_commit_and_setting(
    project: pathlib.Path, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def run(requests: Sequence[Request], _python: Python | None = None) -> list[Result]:
        ran.extend(request.stack for request in requests)
        assert all(request.observed for request in requests)
        return [Result(MANIFEST, observed=Observed()) for _ in requests]

    monkeypatch.setattr(bases, "preview_all", run)
    cache = BaseCache(folder)

    def base(*stacks: str, **config: str) -> tuple[set[str], list[str]]:
        ran.clear()
        requests = [Request(project, stack, config) for stack in stacks]
        found = bases.of_revision("HEAD", requests, quiet, cache)
        return set(found.results), list(ran)

    assert base("dev", "new") == ({"dev"}, ["dev"])
    assert base("dev", "new") == ({"dev"}, [])
    assert base("dev", size="2") == ({"dev"}, ["dev"])
    (project / "__main__.py").write_text("import pulumi  # not committed\n")
    assert base("dev") == ({"dev"}, [])
    git(project, "commit", "--quiet", "-am", "second")
    assert base("dev") == ({"dev"}, ["dev"])
    (project / "requirements.txt").write_text("another environment")
    assert base("dev") == ({"dev"}, ["dev"])


def test_what_a_base_has_read_outside_is_checked(
    project: pathlib.Path, folder: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    outside = tmp_path / "outside.json"
    outside.write_text(json.dumps(["a"]))
    (project / "__main__.py").write_text(
        "import json, os, pathlib, pulumi\n"
        f"names = json.loads(pathlib.Path({str(outside)!r}).read_text())\n"
        "pulumi.export('names', names)\n"
    )
    git(project, "commit", "--quiet", "-am", "second")
    cache = BaseCache(folder)

    def names() -> Any:
        result = bases.of_revision("HEAD", [Request(project, "dev")], quiet, cache)
        manifest = result.results["dev"].manifest
        return manifest and manifest.outputs["names"]

    assert names() == ["a"]
    outside.write_text(json.dumps(["b"]))
    assert names() == ["b"]
    (file,) = folder.iterdir()
    written = file.stat().st_mtime_ns
    assert names() == ["b"]
    assert file.stat().st_mtime_ns == written
