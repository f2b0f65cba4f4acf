"""The bases of a comparison, on git repositories that the tests create."""

import json
import pathlib
import subprocess

import pytest
from groundplan.manifest import bases
from groundplan.manifest.model import Manifest
from groundplan.manifest.run import Request, preview_all

pytestmark = pytest.mark.usefixtures("forked")

PROGRAM = """
import pulumi, pulumi_aws as aws
import naming
for i in range(pulumi.Config().require_int("size")):
    aws.sqs.Queue(naming.name(i))
"""


def git(folder: pathlib.Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path: pathlib.Path) -> pathlib.Path:
    """A repository with a project in a folder, and one commit."""
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
    assert not text.startswith("installing"), f"nothing should be installed: {text}"


def names(base: bases.Base, stack: str = "dev") -> list[str]:
    manifest = base.results[stack].manifest
    assert manifest is not None, base.results[stack].message
    return [resource.name for resource in manifest]


def test_another_revision_runs_with_its_own_files_and_settings(repository: pathlib.Path) -> None:
    project = repository / "live" / "shop"
    (project / "Pulumi.dev.yaml").write_text("config: {size: 1}\n")
    (project / "naming.py").write_text("def name(i): return f'renamed-{i}'\n")

    base = bases.of_revision("HEAD", [Request(project, "dev")], quiet)
    assert names(base) == ["queue-0", "queue-1"]
    assert base.label == f"HEAD ({git(repository, 'rev-parse', 'HEAD')[:7]})"
    assert not base.deployed


def test_the_working_copy_is_unchanged_and_the_worktree_is_removed(
    repository: pathlib.Path,
) -> None:
    project = repository / "live" / "shop"
    (project / "naming.py").write_text("def name(i): return f'uncommitted-{i}'\n")
    (project / "new.txt").write_text("untracked")
    before = git(repository, "status", "--porcelain")

    bases.of_revision("main", [Request(project, "dev")], quiet)
    assert git(repository, "status", "--porcelain") == before
    assert len(git(repository, "worktree", "list").splitlines()) == 1


def test_a_program_that_fails_at_the_base_is_an_error_and_its_worktree_is_removed(
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


def test_a_program_outside_of_the_project_runs_at_the_base_too(repository: pathlib.Path) -> None:
    project, program = repository / "live" / "shop", repository / "infra"
    program.mkdir()
    for name in ("__main__.py", "naming.py"):
        (project / name).rename(program / name)
    (project / "Pulumi.yaml").write_text("name: shop\nruntime: python\nmain: ../../infra/\n")
    git(repository, "add", "-A")
    git(repository, "commit", "--quiet", "-m", "the program in a shared folder")
    (program / "naming.py").write_text("def name(i): return f'changed-{i}'\n")

    base = bases.of_revision("HEAD", [Request(project, "dev")], quiet)
    assert names(base) == ["queue-0", "queue-1"]
    manifest = base.results["dev"].manifest
    assert manifest is not None
    assert {resource.source for resource in manifest} == {"../../infra/__main__.py:5"}


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

    messages: list[str] = []
    with pytest.raises(bases.BaseError, match="packages of the base revision can't be installed"):
        bases.of_revision("HEAD", [Request(project, "dev")], messages.append)
    words = "installing the packages of the base revision (requirements.txt differs)"
    assert [text for text in messages if text.startswith("installing")] == [words]


def test_an_editable_package_of_the_repository_is_imported_from_the_base(
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


def test_several_stacks_run_in_parallel_in_separate_processes(
    repository: pathlib.Path,
) -> None:
    project = repository / "live" / "shop"
    (project / "Pulumi.prod.yaml").write_text("config: {size: 3}\n")
    (project / "naming.py").write_text(
        "import os\n"
        "prefix = os.environ.setdefault('PREFIX', str(os.getpid()))\n"
        "def name(i): return f'{prefix}-{i}'\n"
    )

    manifests = [
        result.manifest
        for result in preview_all([Request(project, "dev"), Request(project, "prod")])
    ]
    assert [manifest and len(manifest.resources) for manifest in manifests] == [2, 3]
    processes = {
        resource.name.split("-")[0] for manifest in manifests if manifest for resource in manifest
    }
    assert len(processes) == 2


def test_a_failing_stack_does_not_affect_the_others(repository: pathlib.Path) -> None:
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


def test_a_state_file_is_a_base(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "stack.json"
    file.write_text(json.dumps({"version": 3, "deployment": {"resources": []}}))
    base = bases.of_file(file, "dev")
    assert (base.label, base.deployed) == ("the state in stack.json", True)
