"""Between an approval and `groundplan up`, on the real engine with stand-in providers:
each kind of change is refused and named; nothing is refused when nothing changed."""

import json
import os
import pathlib
import re
import shutil
import sys
from typing import Any

import approval_changes
import approval_world
import pytest
import real_engine
from approval_changes import HARMLESS, KINDS
from approval_world import World
from click.testing import CliRunner, Result
from groundplan.cli import main
from real_engine import Engine

PASSPHRASE = "not a secret: a test's"


def run(engine: Engine, *words: str) -> Result:
    """Runs `groundplan` in this process; the engine's CLI is a process of its own."""
    return CliRunner().invoke(main, [words[0], "dev", "-p", str(engine.folder), *words[1:]])


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """A stack that was deployed by an approval, with the next approval beside it."""
    if not real_engine.installed():
        if os.environ.get("GROUNDPLAN_REQUIRE_ENGINE"):
            pytest.fail("no pulumi on the PATH")
        pytest.skip("no pulumi on the PATH: what only the engine knows is not tested here")
    engine = real_engine.create(tmp_path_factory.mktemp("approved"), "dev")
    _write(engine)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in engine.environment.items():
            patch.setenv(name, value)
        for number in (1, 2):
            document = str(engine.folder.parent / f"approval-{number}.json")
            sealed = run(engine, "approve", "--out", document, "--yes", "--approver", "ada")
            assert sealed.exit_code == 0, sealed.output
            done = run(engine, "up", "--approval", document, *(["--check"] if number == 2 else []))
            assert done.exit_code == 0, done.output
    return engine


def _write(engine: Engine) -> None:
    shutil.rmtree(engine.folder / "infra")
    (engine.folder / "infra").mkdir()
    (engine.folder / "infra/__main__.py").write_text(approval_world.PROGRAM)
    (engine.folder / "infra/rules.py").write_text(approval_world.RULES)
    (engine.folder / "infra/text.txt").write_text("hello")
    (engine.folder / "requirements.txt").write_text("pulumi==3.1.0\nboto3==1.40.0\n")
    (engine.folder / "Pulumi.yaml").write_text(
        "name: groundplan\n"
        f"runtime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}\n"
        "main: infra/\n"
        "config:\n  deletionProtection: {type: boolean, default: true}\n"
    )
    (engine.folder / "Pulumi.dev.yaml").unlink()
    engine.run("config", "set", "owner", "ml")
    engine.run("config", "set", "unused", "1")
    engine.run("config", "set", "aws:region", "us-east-1")
    engine.run("config", "set", "--secret", "password", "hunter2")
    World(engine, lambda _name, _value: None).git("init", "--quiet", "--initial-branch=main")
    World(engine, lambda _name, _value: None).git("commit", "--quiet", "--allow-empty", "-m", "a")


@pytest.fixture
def world(approved: Engine, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A copy of the stack."""
    copy = tmp_path / "copy"
    shutil.copytree(approved.folder.parent, copy, symlinks=True)
    state = (copy / "state").as_uri()
    environment = {
        **approved.environment,
        "PULUMI_BACKEND_URL": state,
        "PULUMI_STACK": "dev",
    }
    engine = Engine(copy / "project", environment)
    for name, value in engine.environment.items():
        monkeypatch.setenv(name, value)

    def set_variable(name: str, value: str) -> None:
        engine.environment[name] = value
        monkeypatch.setenv(name, value)

    return World(engine, set_variable)


def updates(world: World) -> list[str]:
    """The updates of the stack, as the backend keeps them."""
    folder = world.engine.folder.parent / "state/.pulumi/history/groundplan/dev"
    return sorted(file.name for file in folder.iterdir())


def document(world: World) -> str:
    return str(world.engine.folder.parent / "approval-2.json")


def test_there_are_more_than_forty_kinds_of_change() -> None:
    assert len(KINDS) >= 45


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_after_the_approval_is_refused_and_named(world: World, kind: str) -> None:
    change, words = KINDS[kind]
    change(world)
    before = updates(world)
    result = run(world.engine, "up", "--approval", document(world))
    assert result.exit_code == 3, result.output
    assert re.search(words, result.stderr), result.stderr
    assert "hunter2" not in result.output
    assert updates(world) == before


@pytest.mark.parametrize("kind", HARMLESS)
def test_nothing_is_refused_when_nothing_changed(world: World, kind: str) -> None:
    HARMLESS[kind](world)
    result = run(world.engine, "up", "--approval", document(world))
    assert result.exit_code == 0, result.output
    assert "deployed, approved by ada" in result.stderr
    (latest, *_) = world.engine.json("stack", "history")
    assert latest["message"].startswith("groundplan up: approval ")


def test_an_approved_change_is_deployed_once(world: World) -> None:
    approval_changes.set_owner(world, "someone")
    path = str(world.engine.folder.parent / "next.json")
    assert run(world.engine, "approve", "--out", path, "--yes").exit_code == 0
    assert run(world.engine, "up", "--approval", path).exit_code == 0
    state = json.loads(world.engine.run("stack", "export"))["deployment"]
    assert approval_world.named(state, "data")["inputs"]["tags"] == {"owner": "someone"}
    again = run(world.engine, "up", "--approval", path)
    assert again.exit_code == 3
    assert "deployed state" in again.stderr


def test_drift_that_was_approved_with_the_rest_is_undone(
    world: World, tmp_path: pathlib.Path
) -> None:
    world.cloud({"orders": {"visibilityTimeoutSeconds": 900}})
    path = str(world.engine.folder.parent / "next.json")
    sealed = run(world.engine, "approve", "--out", path, "--yes")
    assert "orders: update: visibilityTimeoutSeconds: 900 -> 30" in sealed.output
    world.set_variable("ECHO_JOURNAL", str(tmp_path / "journal"))
    done = run(world.engine, "up", "--approval", path)
    assert done.exit_code == 0, done.output
    assert "not constrained" not in done.stderr
    journal = (tmp_path / "journal").read_text(encoding="utf-8")
    # The comparison's preview, the preview of the update, and the update.
    assert journal.count("begin update") == 3


def test_after_a_failure_in_the_middle_a_new_approval_is_needed(world: World) -> None:
    approval_changes.set_owner(world, "someone")
    world.code("SECONDS,", "SECONDS + 1,")
    path = str(world.engine.folder.parent / "next.json")
    assert run(world.engine, "approve", "--out", path, "--yes").exit_code == 0
    world.set_variable("ECHO_BROKEN", "orders")
    failed = run(world.engine, "up", "--approval", path)
    assert failed.exit_code == 4
    assert "approve again" in failed.stderr
    world.set_variable("ECHO_BROKEN", "")
    assert run(world.engine, "up", "--approval", path).exit_code == 3
    rest = str(world.engine.folder.parent / "rest.json")
    assert run(world.engine, "approve", "--out", rest, "--yes").exit_code == 0
    assert run(world.engine, "up", "--approval", rest, "--constrain").exit_code == 0


def test_an_update_between_the_comparison_and_the_update_is_reported(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from groundplan.delivery.approval.pulumi_cli import Pulumi

    original = Pulumi.up

    def overtaken(*arguments: Any, **options: Any) -> int:
        approval_changes.another_update(world)
        world.code('"copies"', '"others"')
        return original(*arguments, **options)

    monkeypatch.setattr(Pulumi, "up", overtaken)
    result = run(world.engine, "up", "--approval", document(world), "--no-constrain")
    assert result.exit_code == 5
    assert "another update ran meanwhile" in result.stderr
    assert "infra/__main__.py was changed meanwhile" in result.stderr


def test_the_engines_own_plan_refuses_what_comes_after_the_comparison(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from groundplan.delivery.approval.pulumi_cli import Pulumi

    original = Pulumi.up

    def late(*arguments: Any, **options: Any) -> int:
        world.code("pulumi.export", 'aws.sns.Topic("extra")\npulumi.export')
        return original(*arguments, **options)

    monkeypatch.setattr(Pulumi, "up", late)
    result = run(world.engine, "up", "--approval", document(world))
    assert result.exit_code == 4
    state = json.loads(world.engine.run("stack", "export"))["deployment"]
    assert not any(r["urn"].endswith("::extra") for r in state["resources"])
