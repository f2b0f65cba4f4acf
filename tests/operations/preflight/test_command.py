"""`groundplan preflight`: what it prints, and its exit codes."""

import json
import pathlib
from typing import Any

import odd_stack
import pytest
from account_world import ACCOUNT, World
from click.testing import CliRunner, Result
from groundplan.cli import main
from groundplan.operations.preflight import account, increases
from stack_plans import plan


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """An account that the command reads in place of AWS's."""
    found = World(plan("odd"))
    found.id = ACCOUNT  # type: ignore[attr-defined]
    monkeypatch.setattr(account, "Account", lambda: found)
    return found


@pytest.fixture
def manifest(tmp_path: pathlib.Path) -> str:
    file = tmp_path / "manifest.json"
    file.write_text(odd_stack.manifest().to_json())
    return str(file)


def run(*arguments: str, **more: Any) -> Result:
    return CliRunner().invoke(main, ["preflight", "--today", "2026-11-28", *arguments], **more)


def test_a_clean_account_exits_with_0(world: World, manifest: str) -> None:
    result = run("--manifest", manifest)
    assert result.exit_code == 0
    assert f"No obstacle of odd/odd in account {ACCOUNT}" in result.stdout.replace("\n", " ")
    assert world.calls


@pytest.mark.parametrize("today", ["0001-01-01", "9999-12-31"])
def test_any_day_can_be_the_day_of_a_preflight(today: str, manifest: str) -> None:
    result = run("--manifest", manifest, "--offline", "--json", "--today", today)
    assert result.exit_code in (0, 3), result.output
    assert json.loads(result.stdout)


def test_an_obstacle_exits_with_3(world: World, manifest: str) -> None:
    world.quotas["ec2", "L-417A185B"] = 0.0
    result = run("--manifest", manifest, env={"COLUMNS": "200"})
    assert result.exit_code == 3
    for text in ("odd-nodes", "L-417A185B", "request 192 vCPUs", "infra/odd.py"):
        assert text in result.stdout


def test_json_is_the_only_output(world: World, manifest: str) -> None:
    world.take("aws:s3/bucket:Bucket", "odd-bucket")
    result = run("--manifest", manifest, "--json")
    [finding] = json.loads(result.stdout)["findings"]
    assert (finding["name"], finding["stage"]) == ("odd-bucket", "up")
    assert result.stderr == ""


def test_without_an_account_it_says_what_is_not_checked(manifest: str) -> None:
    result = run("--manifest", manifest, "--offline")
    assert result.exit_code == 0
    assert "not checked:" in result.stdout
    assert run("--manifest", manifest, "--offline", "--strict").exit_code == 4


def test_nothing_is_requested_unless_asked(
    world: World, manifest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def request(_session: Any, wanted: Any) -> Any:
        asked.extend(wanted)
        return list(wanted), []

    monkeypatch.setattr(increases, "request", request)
    world.quotas["ec2", "L-417A185B"] = 0.0
    run("--manifest", manifest)
    refused = run("--manifest", manifest, "--request", input="n\n")
    assert (refused.exit_code, asked) == (1, [])
    result = run("--manifest", manifest, "--request", input="y\n")
    assert "1 of 1 increases requested" in result.stderr
    assert [increase.code for increase in asked] == ["L-417A185B"]


def test_what_the_state_has_takes_no_name(
    world: World, manifest: str, tmp_path: pathlib.Path
) -> None:
    world.take("aws:s3/bucket:Bucket", "odd-bucket")
    urn = odd_stack.urn("odd-bucket", "aws:s3/bucket:Bucket")
    entry = {"urn": urn, "type": "aws:s3/bucket:Bucket", "custom": True, "id": "odd-bucket"}
    state = tmp_path / "state.json"
    state.write_text(json.dumps({"version": 3, "deployment": {"resources": [entry]}}))
    assert run("--manifest", manifest).exit_code == 3
    assert run("--manifest", manifest, "--state", str(state)).exit_code == 0
    assert run("--manifest", manifest, "--state", "-", input=state.read_text()).exit_code == 0


@pytest.mark.parametrize("text", ["", "[]", "{}", "no"])
def test_another_file_is_no_state(manifest: str, tmp_path: pathlib.Path, text: str) -> None:
    file = tmp_path / "state.json"
    file.write_text(text)
    result = run("--manifest", manifest, "--offline", "--state", str(file))
    assert result.exit_code == 1
    assert "pulumi stack export" in result.stderr


def test_the_permissions_of_another_role_are_checked(world: World, manifest: str) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/ci/deploy"
    assert run("--manifest", manifest, "--deployer", role).exit_code == 0
    asked = [r["PolicySourceArn"] for _, _, r in world.asked if "PolicySourceArn" in r]
    assert set(asked) == {role}


@pytest.mark.parametrize("arguments", [("--deployer", "deploy"), ("--deployer", "x", "--offline")])
def test_a_deployer_that_is_no_role_is_misuse(arguments: tuple[str, ...], manifest: str) -> None:
    result = run("--manifest", manifest, *arguments)
    assert result.exit_code == 2
    assert "expected the ARN of a role or user" in result.stderr
