"""`groundplan lock`: the file that it writes, what it prints, and its exit codes."""

import hashlib
import json
import pathlib
from typing import Any

import pytest
from click.testing import CliRunner, Result
from groundplan.cli import main
from groundplan.manifest.model import Manifest, Resource
from groundplan.operations.preflight import account

AGENT = "docker.io/kserve/agent:v0.20.0"


class Web:
    """Registries of which each image's manifest is a text."""

    def __init__(self) -> None:
        self.text = json.dumps({"schemaVersion": 2})

    def read(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("no account is needed for public registries")

    def web(self, address: str, token: str = "") -> str:  # noqa: ARG002 (the protocol's)
        return '{"token": "t"}' if "token" in address else self.text

    @property
    def digest(self) -> str:
        return "sha256:" + hashlib.sha256(self.text.encode()).hexdigest()


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    found = Web()
    monkeypatch.setattr(account, "Account", lambda: found)
    return found


@pytest.fixture
def project(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text("")
    register(tmp_path, AGENT)
    return tmp_path


def register(project: pathlib.Path, *images: str) -> None:
    resources = tuple(
        Resource(f"urn:{n}", "kubernetes:core/v1:Pod", f"pod-{n}", None, True, {"image": image})
        for n, image in enumerate(images)
    )
    (project / "m.json").write_text(Manifest("shop", "prod", resources).to_json())


def run(project: pathlib.Path, *arguments: str) -> Result:
    files = ["--project", str(project), "--manifest", str(project / "m.json")]
    command = ["lock", "prod", *arguments, *files, "--today", "2026-11-28"]
    return CliRunner().invoke(main, command, env={"COLUMNS": "200"})


def test_the_file_is_written_beside_the_project(project: pathlib.Path, web: Web) -> None:
    result = run(project)
    assert result.exit_code == 0, result.output
    text = (project / "lock.prod.yaml").read_text()
    assert f"resolved: {AGENT}@{web.digest}" in text
    assert "lock.prod.yaml: 1 new." in result.stdout
    assert "https://github.com/kserve/kserve/releases/tag/v0.20.0" in result.stdout
    assert run(project).exit_code == 0
    assert (project / "lock.prod.yaml").read_text() == text
    assert not list(project.glob(".lock*"))


def test_an_update_shows_both_digests(project: pathlib.Path, web: Web) -> None:
    run(project)
    before = web.digest
    web.text = json.dumps({"schemaVersion": 2, "layers": []})
    assert "1 as before" in run(project).stdout
    result = run(project, "agent", "--update")
    assert f"{before[:19]}... -> {web.digest[:19]}..." in result.stdout
    assert web.digest in (project / "lock.prod.yaml").read_text()


def test_a_check_needs_no_network_and_exits_with_3(
    project: pathlib.Path, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as offline:
        offline.setattr(account, "Account", lambda: pytest.fail("it is not read"))
        result = run(project, "--check")
        assert result.exit_code == 3
        assert "not in the lock" in result.stdout
        assert "run `groundplan lock prod` and commit lock.prod.yaml" in result.stdout
        assert not (project / "lock.prod.yaml").exists()
    assert web.digest
    run(project)
    register(project, f"{AGENT}@{web.digest}")
    assert run(project, "--check").exit_code == 0
    register(project, f"{AGENT}@{web.digest}", "ghcr.io/a/b:1")
    assert run(project, "--check").exit_code == 3
    register(project)
    assert run(project, "--check").exit_code == 3


def test_a_program_that_does_not_apply_the_lock_exits_with_3(
    project: pathlib.Path, web: Web
) -> None:
    assert web.digest
    run(project)
    result = run(project, "--check")
    assert result.exit_code == 3
    assert "the program does not apply the lock to it" in result.stdout


def test_what_is_not_resolved_exits_with_4(project: pathlib.Path, web: Web) -> None:
    assert web.digest
    register(project, AGENT, "registry.example.com/a:1")
    result = run(project, "--json")
    assert result.exit_code == 4
    statuses = {c["reference"]: c["status"] for c in json.loads(result.stdout)["changes"]}
    assert statuses == {AGENT: "new", "registry.example.com/a:1": "unresolved"}
    assert result.stderr == ""
    assert AGENT in (project / "lock.prod.yaml").read_text()


def test_offline_keeps_what_is_there(project: pathlib.Path, web: Web) -> None:
    run(project)
    register(project, AGENT, "ghcr.io/a/b:1")
    assert web.digest
    result = run(project, "--offline")
    assert result.exit_code == 4
    assert "--offline" in result.stdout
    assert AGENT in (project / "lock.prod.yaml").read_text()


def test_a_bad_file_is_an_error_with_its_line(project: pathlib.Path) -> None:
    (project / "lock.prod.yaml").write_text("format: 1\nentries:\n- kind: image\n")
    result = run(project, "--check")
    assert result.exit_code == 1
    assert "lock.prod.yaml:3: an entry lacks reference" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["agent"], "NAME needs --update"),
        (["--update", "--check"], "--check writes nothing"),
        (["--update", "--offline"], "--update needs the web"),
    ],
)
def test_misuse_exits_with_2(project: pathlib.Path, arguments: list[str], words: str) -> None:
    result = run(project, *arguments)
    assert result.exit_code == 2
    assert words in result.stderr


def test_a_misspelt_name_is_an_error(project: pathlib.Path, web: Web) -> None:
    assert web.digest
    result = run(project, "docker.io/kserve/agnt:v0.20.0", "--update")
    assert result.exit_code == 1
    assert f"did you mean {AGENT}" in result.stderr
