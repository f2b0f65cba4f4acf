"""The `groundplan release` commands."""

import json
import pathlib
import re
import subprocess
from typing import Any

import pytest
from click.testing import CliRunner
from groundplan.cli import main
from groundplan.command_line import stack_exports
from groundplan.command_line.errors import CommandError

COMMANDS = [
    "list",
    "show",
    "gate",
    "register",
    "approve",
    "deploy",
    "rollback",
    "resume",
    "status",
    "prune",
]


def test_model_is_released_and_rolled_back(cloud: Any, run: Any) -> None:
    approved = run("release", "approve", "churn", "3", "--reason", "AUC 0.91")
    assert (approved.exit_code, approved.stdout) == (
        0,
        "Version 3 of churn is Approved: AUC 0.91\n",
    )

    first, second = run("release", "deploy", "churn", "2"), run("release", "deploy", "churn")
    assert first.exit_code == second.exit_code == 0
    assert (
        "deploy of version 3 on ml-prod-churn succeeded: it is live, and verified. "
        "s3://artifacts/releases/"
    ) in second.stdout
    assert "Updating: Baking" in second.stderr

    listed = json.loads(run("release", "list", "--json").stdout)
    assert [(row["version"], row["approval"], row["live"]) for row in listed] == [
        (3, "Approved", True),
        (2, "Approved", False),
        (1, "Approved", False),
    ]
    back = run("release", "rollback", "churn", "--reason", "5xx", "--json")
    assert back.exit_code == 0
    assert json.loads(back.stdout)["record"]["version"] == 2
    status = json.loads(run("release", "status", "churn", "--json").stdout)
    assert (status["version"], status["state"], status["last"]["why"]) == (2, "InService", "5xx")


def test_terminal_output(cloud: Any, run: Any) -> None:
    run("release", "deploy", "churn", "2")
    listed = run("release", "list", "churn").stdout
    assert re.search(r"2 .*Approved.* live", listed)
    assert "PendingManualApproval" in listed
    shown = run("release", "show", "churn", "2").stdout
    assert f"sha256:{2:064d}" in shown.replace("\n", "").replace(" ", "")
    assert "succeeded" in shown
    status = run("release", "status").stdout
    assert "version 2" in status
    assert "InService" in status


def test_a_silent_rollback_has_an_exit_code_of_its_own(cloud: Any, run: Any) -> None:
    cloud.ends = ["rolled-back"]
    result = run("release", "deploy", "churn", "2")
    assert result.exit_code == 3
    assert (
        "was rolled back: SageMaker went back to ml-prod-churn-config: One or more "
        "configured alarms"
    ) in result.stdout


def test_a_failed_release_exits_with_1(cloud: Any, run: Any) -> None:
    cloud.ends = ["failed"]
    assert run("release", "deploy", "churn", "2").exit_code == 1


def test_an_interrupted_release_is_resumed(cloud: Any, run: Any) -> None:
    cloud.fail("DescribeModel", times=1)
    cloud.fail("UpdateEndpoint")
    first = run("release", "deploy", "churn", "2")
    assert first.exit_code == 1
    result = run("release", "deploy", "churn", "2")
    assert result.exit_code == 1
    assert "is not over: UpdateEndpoint: ThrottlingException" in result.stderr
    assert "under way" in run("release", "status", "churn").stdout
    assert run("release", "resume", "churn").exit_code == 0
    assert run("release", "resume", "churn").stdout == "No release of ml-prod-churn is under way\n"


def test_without_waiting_the_end_is_left_to_a_resume(cloud: Any, run: Any) -> None:
    begun = run("release", "deploy", "churn", "2", "--no-wait")
    assert begun.exit_code == 0
    assert "is under way" in begun.stdout
    assert "succeeded" in run("release", "resume").stdout


def test_a_payload_is_sent_before_the_release_counts(
    cloud: Any, run: Any, tmp_path: pathlib.Path
) -> None:
    payload = tmp_path / "smoke.csv"
    payload.write_text("1,2,3")
    result = run(
        "release",
        "deploy",
        "churn",
        "2",
        "--payload",
        str(payload),
        "--content-type",
        "text/csv",
        "--json",
    )
    assert json.loads(result.stdout)["record"]["smoke"] == "passed"
    (call,) = [params for name, params in cloud.requests if name == "InvokeEndpoint"]
    assert (call["Body"], call["ContentType"]) == (b"1,2,3", "text/csv")


def test_old_releases_are_pruned_on_request_only(cloud: Any, run: Any) -> None:
    for version in ("1", "2", "1", "2"):
        run("release", "deploy", "churn", version)
    assert run("release", "prune", "churn", "--keep", "2").stdout == "nothing to delete\n"
    run("release", "approve", "churn", "3", "--reason", "ok")
    run("release", "deploy", "churn", "3")
    would = run("release", "prune", "churn", "--keep", "1", "--dry-run").stdout
    assert would.startswith("would be deleted: ml-prod-churn-v1-")
    assert run("release", "prune", "churn", "--keep", "1").stdout == would.replace(
        "would be deleted", "deleted"
    )


# What the user can mend: one message, no stack trace, exit code 1.


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["deploy", "churn", "9"], "churn has no version 9. There are: 3, 2, 1"),
        (["deploy", "churn", "3"], "is PendingManualApproval, not Approved"),
        (
            ["deploy", "chrun"],
            (
                'There is no such endpoint in this stack. TARGET is "chrun". Allowed: churn. '
                "Fix: did you mean"
            ),
        ),
        (["rollback", "churn"], "has no release to go back to"),
        (["rollback", "churn", "--to", "7"], "Version 7 was never verified"),
        (["show", "churn", "9"], "churn has no version 9"),
        (["approve", "churn", "3", "--reason", " "], "An approval needs a reason"),
    ],
)
def test_invalid_arguments_are_reported(
    cloud: Any, run: Any, arguments: list[str], expected: str
) -> None:
    result = run("release", *arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith("groundplan: ")
    assert expected in result.stderr
    assert "Traceback" not in result.output
    assert cloud.writes() == []


def test_missing_endpoint_is_reported(cloud: Any, run: Any, export: dict[str, Any]) -> None:
    gone = {"releaseTargets": {"churn": {**export, "endpoint": "gone"}}}
    for command in (
        ["deploy", "churn", "2"],
        ["rollback", "churn"],
        ["status", "churn"],
        ["list", "churn"],
    ):
        result = run("release", *command, **gone)
        assert result.exit_code == 1
        assert "There is no endpoint gone in eu-west-1" in result.stderr


def test_missing_credentials_are_reported(
    run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(key, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    for command in (
        ["release", "deploy", "churn", "2"],
        ["release", "status"],
        ["release", "list"],
        ["verify"],
    ):
        result = run(*command)
        assert result.exit_code == 1
        assert "No valid AWS credentials" in result.stderr
        assert "AWS_PROFILE" in result.stderr


def test_incomplete_target_is_reported(run: Any, export: dict[str, Any]) -> None:
    del export["role_arn"]
    result = run("release", "status", releaseTargets={"churn": export})
    assert "role_arn is missing" in result.stderr


def test_the_only_target_needs_no_name_and_the_endpoints_name_will_do(
    cloud: Any, run: Any, export: dict[str, Any]
) -> None:
    assert run("release", "status").exit_code == 0
    assert run("release", "status", "ml-prod-churn").exit_code == 0
    two = run("release", "status", releaseTargets={"churn": export, "fraud": export})
    assert "name one of churn, fraud" in two.stderr


def test_stack_without_targets_is_reported(run: Any) -> None:
    assert "exports no releaseTargets" in run("release", "status", releaseTargets={}).stderr


def test_exports_file_that_is_not_utf_8_is_reported(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "outputs.json"
    file.write_bytes(b"\xff\xfe{")  # as PowerShell writes it
    with pytest.raises(CommandError, match="no text in UTF-8"):
        stack_exports.exports(file, None)


@pytest.mark.parametrize(("text", "expected"), [("{", "is not JSON"), ("[]", "holds no exports")])
def test_invalid_exports_file_is_reported(tmp_path: pathlib.Path, text: str, expected: str) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(text)
    for arguments in (["release", "status", "-o", str(file)], ["verify", "-o", str(file)]):
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 1
        assert expected in result.stderr
    missing = CliRunner().invoke(main, ["verify", "-o", str(tmp_path / "none.json")])
    assert "can't be read" in missing.stderr


# The Pulumi CLI.


def test_pulumi_is_asked_where_there_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def ran(command: list[str], **_: Any) -> Any:
        asked.append(command)
        return subprocess.CompletedProcess(command, 0, '{"artifactBucket": "b"}', "")

    monkeypatch.setattr("shutil.which", lambda _name: "/usr/bin/pulumi")
    monkeypatch.setattr("subprocess.run", ran)
    assert stack_exports.exports(None, "prod") == {"artifactBucket": "b"}
    assert asked == [
        ["/usr/bin/pulumi", "stack", "output", "--json", "--non-interactive", "--stack", "prod"]
    ]


def test_pulumi_error_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: "/usr/bin/pulumi")
    failed = subprocess.CompletedProcess([], 255, "", "error: no stack named 'prd' found")
    monkeypatch.setattr("subprocess.run", lambda *_a, **_k: failed)
    with pytest.raises(CommandError, match="no stack named 'prd' found"):
        stack_exports.exports(None, "prd")


def test_missing_pulumi_is_reported_with_the_alternative(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    result = CliRunner().invoke(main, ["release", "status"])
    assert result.exit_code == 1
    assert "pulumi stack output --json > outputs.json" in result.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_an_example(command: str) -> None:
    result = CliRunner().invoke(main, ["release", command, "--help"])
    assert result.exit_code == 0
    assert f"groundplan release {command}" in result.stdout.split("Example")[-1]


def test_release_subcommands() -> None:
    from groundplan.release.commands.release import release

    assert sorted(release.commands) == sorted(COMMANDS)


@pytest.mark.parametrize("content", [b"{", b'{"release": "x", "kind": "deploy", "new": 1}'])
@pytest.mark.parametrize("command", ["deploy", "rollback", "resume", "status", "prune"])
def test_a_lock_that_cannot_be_read_is_a_message_of_every_command(
    cloud: Any, run: Any, command: str, content: bytes
) -> None:
    key = "releases/ml-prod-churn/lock.json"
    cloud.client("s3").put_object(Bucket="artifacts", Key=key, Body=content)
    result = run("release", command, "churn")
    text = "".join((result.stdout + result.stderr).split())
    assert result.exit_code == 1
    if command == "prune":
        assert "prune afterwards" in result.stderr or "can't be read" in result.stderr
        return
    assert "Thelockofendpointml-prod-churncan'tberead" in text
    assert f"awss3rms3://artifacts/{key}" in text


def test_a_lock_that_cannot_be_removed_is_reported_with_the_release(cloud: Any, run: Any) -> None:
    cloud.fail("DeleteObject", "AccessDenied")
    result = run("release", "deploy", "churn", "2")
    assert result.exit_code == 0
    assert "succeeded: it is live, and verified" in result.stdout
    assert "can't be removed: DeleteObject: AccessDenied" in result.stdout
    cloud.fail("DeleteObject", "AccessDenied")
    status = run("release", "status", "churn")
    assert status.exit_code == 1
    assert "isstillthere" in "".join(status.stdout.split())
    cloud.faults.clear()
    assert run("release", "resume", "churn").exit_code == 0
    assert run("release", "status", "churn").exit_code == 0
