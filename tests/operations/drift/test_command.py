"""`groundplan drift`: what it prints, and its exit codes."""

import json
import pathlib
from typing import Any

import pytest
from click.testing import CliRunner, Result
from groundplan.cli import main
from groundplan.command_line.pulumi_cli import PulumiError
from groundplan.operations.drift import refreshed
from groundplan.operations.drift.difference import Kind
from groundplan.operations.preflight import account

URN = "urn:pulumi:prod::shop::aws:sqs/queue:Queue::orders"
ENTRY = {
    "urn": URN,
    "type": "aws:sqs/queue:Queue",
    "custom": True,
    "id": "https://sqs.eu-west-1.amazonaws.com/1/orders",
    "inputs": {"visibilityTimeoutSeconds": 30, "tags": {"environment": "prod"}},
    "outputs": {"arn": "arn:aws:sqs:eu-west-1:1:orders", "region": "eu-west-1"},
}


class Answers:
    """An account with one queue."""

    id = "1"

    def __init__(self) -> None:
        self.seconds = 30

    def read(self, service: str, _operation: str, **_request: Any) -> Any:
        if service == "resourcegroupstaggingapi":
            return {"ResourceTagMappingList": []}
        tags = [{"Key": "environment", "Value": "prod"}]
        text = json.dumps({"VisibilityTimeout": self.seconds, "Tags": tags})
        return {"ResourceDescription": {"Properties": text}}


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    found = Answers()
    monkeypatch.setattr(account, "Account", lambda: found)
    return found


@pytest.fixture
def state(tmp_path: pathlib.Path) -> str:
    file = tmp_path / "state.json"
    file.write_text(json.dumps({"version": 3, "deployment": {"resources": [ENTRY]}}))
    return str(file)


def run(*arguments: str, **more: Any) -> Result:
    return CliRunner().invoke(main, ["drift", "prod", *arguments], **more)


@pytest.mark.usefixtures("answers")
def test_no_difference_exits_with_0(state: str) -> None:
    result = run("--state", state, "--without-program")
    assert result.exit_code == 0
    assert "No difference between shop/prod and the account" in result.stdout


def test_a_difference_exits_with_3(answers: Answers, state: str) -> None:
    answers.seconds = 60
    result = run("--state", state, "--without-program", "--json")
    assert result.exit_code == 3
    [found] = json.loads(result.stdout)["differences"]
    assert (found["name"], found["path"]) == ("orders", "visibilityTimeoutSeconds")
    table = run("--state", state, "--without-program", env={"COLUMNS": "160"}).stdout
    for text in ("changed", "orders", "visibilityTimeoutSeconds", "30", "60"):
        assert text in table


@pytest.mark.usefixtures("answers")
def test_the_state_may_come_from_standard_input(state: str) -> None:
    text = pathlib.Path(state).read_text()
    assert run("--state", "-", "--without-program", input=text).exit_code == 0


@pytest.mark.usefixtures("answers")
def test_the_program_says_what_is_pending(state: str, tmp_path: pathlib.Path) -> None:
    from groundplan.manifest.model import Manifest

    file = tmp_path / "manifest.json"
    file.write_text(Manifest("shop", "prod", ()).to_json())
    result = run("--state", state, "--manifest", str(file))
    assert result.exit_code == 0
    assert "no drift, the next up will delete: orders" in result.stdout


def test_without_the_pulumi_cli_it_says_how_to_pass_the_state(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    result = run("--without-program")
    assert result.exit_code == 1
    assert "--state state.json" in result.stderr


def test_without_an_account_nothing_is_compared(state: str) -> None:
    result = run("--state", state, "--without-program", env={"AWS_EC2_METADATA_DISABLED": "true"})
    assert result.exit_code == 1
    assert "No valid AWS credentials" in result.stderr


def test_refresh_excludes_a_state(state: str) -> None:
    assert run("--refresh", "--state", state).exit_code == 2


def event(operation: str, seconds: int | None) -> str:
    old = {"custom": True, "inputs": {"visibilityTimeoutSeconds": 30, "__defaults": []}}
    metadata: dict[str, Any] = {"op": operation, "urn": URN, "old": old}
    if seconds is not None:
        metadata["new"] = {**old, "outputs": {"visibilityTimeoutSeconds": seconds}}
    return json.dumps({"sequence": 1, "resOutputsEvent": {"metadata": metadata}})


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (event("same", 30), []),
        (event("update", 60), [(Kind.CHANGED, "visibilityTimeoutSeconds")]),
        (event("delete", None), [(Kind.DELETED, "")]),
    ],
)
def test_a_refresh_is_read(line: str, expected: list[Any]) -> None:
    found = refreshed.read(f"{line}\n", "prod")
    assert [(d.kind, d.path) for d in found.differences] == expected
    assert (found.project, found.stack, found.compared) == ("shop", "prod", 1)


def test_what_a_provider_could_not_read_is_not_compared() -> None:
    problem = {"severity": "error", "urn": URN, "message": "access denied\n"}
    found = refreshed.read(json.dumps({"sequence": 0, "diagnosticEvent": problem}), "prod")
    assert [(e.what, e.why) for e in found.not_compared] == [("orders", "access denied")]


@pytest.mark.parametrize("output", ["", "{}", '{"steps": []}', "no"])
def test_a_cli_without_events_is_refused(output: str) -> None:
    with pytest.raises(PulumiError, match="newer Pulumi CLI"):
        refreshed.read(output, "prod")
