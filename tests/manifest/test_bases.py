"""What a preview is compared with, on real git repositories that the tests make."""

import json
import pathlib
import subprocess

import pytest
from groundplan.manifest import bases
from groundplan.manifest.model import Manifest
from groundplan.manifest.run import Request, preview_all

PROGRAM = """
import pulumi, pulumi_aws as aws
import naming
for i in range(pulumi.Config().require_int("size")):
    aws.sqs.Queue(naming.name(i))
"""


def git(folder: pathlib.Path, *arguments: str) -> str:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path: pathlib.Path) -> pathlib.Path:
    """A repository whose project stands in a folder, with a first commit."""
    project = tmp_path / "live" / "shop"
    project.mkdir(parents=True)
    (project / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (project / "Pulumi.dev.yaml").write_text("config: {size: 2}\n")
    (project / "__main__.py").write_text(PROGRAM)
    (project / "naming.py").write_text("def name(i): return f'queue-{i}'\n")
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    return tmp_path


def quiet(text: str) -> None:
    raise AssertionError(f"nothing should be installed: {text}")


def names(base: bases.Base, stack: str = "dev") -> list[str]:
    found = base.results[stack].manifest
    assert found is not None, base.results[stack].message
    return [resource.name for resource in found]


def test_another_revision_runs_with_its_own_files_and_settings(repository: pathlib.Path) -> None:
    project = repository / "live" / "shop"
    (project / "Pulumi.dev.yaml").write_text("config: {size: 1}\n")
    (project / "naming.py").write_text("def name(i): return f'renamed-{i}'\n")

    base = bases.of_revision("HEAD", [Request(project, "dev")], quiet)
    assert names(base) == ["queue-0", "queue-1"]
    assert base.label == f"HEAD ({git(repository, 'rev-parse', 'HEAD')[:7]})"
    assert not base.deployed


def test_the_working_copy_is_untouched_and_no_worktree_stays(repository: pathlib.Path) -> None:
    project = repository / "live" / "shop"
    (project / "naming.py").write_text("def name(i): return f'uncommitted-{i}'\n")
    (project / "new.txt").write_text("untracked")
    before = git(repository, "status", "--porcelain")

    bases.of_revision("main", [Request(project, "dev")], quiet)
    assert git(repository, "status", "--porcelain") == before
    assert len(git(repository, "worktree", "list").splitlines()) == 1


def test_a_program_that_fails_there_is_told_and_leaves_no_worktree(
    repository: pathlib.Path,
) -> None:
    project = repository / "live" / "shop"
    (project / "naming.py").write_text("raise RuntimeError('broken on main')\n")
    git(repository, "commit", "--quiet", "-am", "break it")
    (project / "naming.py").write_text("def name(i): return str(i)\n")

    base = bases.of_revision("HEAD", [Request(project, "dev")], quiet)
    assert base.results["dev"].message == "RuntimeError: broken on main"
    assert len(git(repository, "worktree", "list").splitlines()) == 1


def test_a_stack_or_project_that_is_new_has_no_base(repository: pathlib.Path) -> None:
    project = repository / "live" / "shop"
    (project / "Pulumi.prod.yaml").write_text("config: {size: 3}\n")
    base = bases.of_revision("HEAD", [Request(project, "dev"), Request(project, "prod")], quiet)
    assert set(base.results) == {"dev"}

    other = repository / "live" / "other"
    other.mkdir()
    for file in project.glob("*.*"):
        (other / file.name).write_text(file.read_text())
    assert bases.of_revision("HEAD", [Request(other, "dev")], quiet).results == {}


def test_a_revision_that_does_not_exist_is_named(repository: pathlib.Path) -> None:
    with pytest.raises(bases.BaseError, match=r"origin/main.*shallow clone"):
        bases.of_revision("origin/main", [Request(repository / "live" / "shop", "dev")], quiet)


def test_a_project_outside_git_says_so(tmp_path: pathlib.Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").touch()
    with pytest.raises(bases.BaseError, match="in no git repository"):
        bases.of_revision("HEAD", [Request(tmp_path, "dev")], quiet)


def test_another_lock_is_installed_for_that_revision_only(
    repository: pathlib.Path, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    project = repository / "live" / "shop"
    (project / "requirements.txt").write_text("no-such-package-of-groundplan==0.0.1\n")
    git(repository, "add", "-A")
    git(repository, "commit", "--quiet", "-m", "a lock")
    (project / "requirements.txt").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("UV_OFFLINE", "1")

    said: list[str] = []
    with pytest.raises(bases.BaseError, match="packages of the base revision can't be installed"):
        bases.of_revision("HEAD", [Request(project, "dev")], said.append)
    assert said == ["installing the packages of the base revision (requirements.txt differs)"]


def test_an_editable_package_of_the_repository_is_the_other_revisions(
    repository: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = repository / "live" / "shop"
    library = repository / "library"
    library.mkdir()
    (library / "naming.py").write_text("def name(i): return f'library-{i}'\n")
    (project / "naming.py").unlink()
    git(repository, "add", "-A")
    git(repository, "commit", "--quiet", "-m", "a library")
    (library / "naming.py").write_text("def name(i): return f'changed-{i}'\n")
    monkeypatch.setenv("PYTHONPATH", str(library))

    assert names(bases.of_revision("HEAD", [Request(project, "dev")], quiet)) == [
        "library-0",
        "library-1",
    ]


def test_several_stacks_run_side_by_side_and_each_in_a_process_of_its_own(
    repository: pathlib.Path,
) -> None:
    project = repository / "live" / "shop"
    (project / "Pulumi.prod.yaml").write_text("config: {size: 3}\n")
    (project / "naming.py").write_text("import os\nprefix = os.environ.setdefault('MINE', str(os.getpid()))\ndef name(i): return f'{prefix}-{i}'\n")  # fmt: skip # noqa: E501

    found = [
        result.manifest
        for result in preview_all([Request(project, "dev"), Request(project, "prod")])
    ]
    assert [manifest and len(manifest.resources) for manifest in found] == [2, 3]
    processes = {
        resource.name.split("-")[0] for manifest in found if manifest for resource in manifest
    }
    assert len(processes) == 2


def test_one_stack_that_fails_leaves_the_others(repository: pathlib.Path) -> None:
    project = repository / "live" / "shop"
    (project / "Pulumi.prod.yaml").write_text("config: {size: many}\n")
    dev, prod = preview_all([Request(project, "dev"), Request(project, "prod")])
    assert not dev.failed
    assert "many" in prod.message


def test_a_saved_manifest_is_a_base(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(Manifest("shop", "dev", ()).to_json())
    base = bases.of_file(file, "dev")
    assert (base.label, names(base)) == ("plan.json", [])


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"format": 99}'])
def test_a_file_that_is_neither_manifest_nor_state_is_refused(
    tmp_path: pathlib.Path, text: str
) -> None:
    file = tmp_path / "x.json"
    file.write_text(text)
    with pytest.raises(bases.BaseError, match=r"x\.json"):
        bases.of_file(file, "dev")


def test_a_states_file_is_a_base(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "stack.json"
    file.write_text(json.dumps({"version": 3, "deployment": {"resources": []}}))
    base = bases.of_file(file, "dev")
    assert (base.label, base.deployed) == ("the state in stack.json", True)
