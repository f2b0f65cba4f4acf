"""The command group: its subcommands, what it imports, and its help."""

import json
import pathlib
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner
from groundplan.cli import main
from groundplan.cli.group import COMMANDS

HEAVY = ("boto3", "botocore", "pulumi", "pulumi_aws", "pulumi_kubernetes", "yaml", "rich")


def commands(command: click.Command, path: str = "") -> dict[str, click.Command]:
    """All commands below a command, by their words."""
    if not isinstance(command, click.Group):
        return {path: command}
    context = click.Context(command)
    below: dict[str, click.Command] = {path: command} if path else {}
    for name in command.list_commands(context):
        sub = command.get_command(context, name)
        assert sub is not None
        below |= commands(sub, f"{path} {name}".strip())
    return below


ALL = commands(main)


def imported(*arguments: str) -> set[str]:
    """The heavy modules that a process has imported after running the command."""
    script = (
        "import sys\nfrom groundplan.cli import main\n"
        "main(sys.argv[1:], standalone_mode=False)\n"
        f"print('imported:', *[name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True
    )
    return set(done.stdout.rsplit("imported:", 1)[1].split())


def test_the_group_lists_every_command() -> None:
    assert set(COMMANDS) >= {
        "facts",
        "leftovers",
        "preview",
        "prices",
        "prove",
        "release",
        "verify",
    }
    text = CliRunner().invoke(main, ["--help"]).stdout
    assert [name for name in COMMANDS if f"\n  {name} " not in text] == []


@pytest.mark.parametrize("arguments", [["--help"], *([*path.split(), "--help"] for path in ALL)])
def test_help_imports_no_sdk(arguments: list[str]) -> None:
    assert imported(*arguments) <= ({"yaml"} if arguments[0] == "release" else set())


def test_a_command_does_not_import_the_modules_of_another() -> None:
    script = (
        "import sys\nfrom groundplan.cli import main\n"
        "main(['preview', '--help'], standalone_mode=False)\n"
        "print('imported:', *[name for name in sys.modules if name.startswith('groundplan.')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    modules = done.stdout.rsplit("imported:", 1)[1].split()
    of_all = ("groundplan.cli", "groundplan.command_line")
    assert [name for name in modules if not name.startswith(of_all)] == []


@pytest.mark.parametrize("path", sorted(ALL))
def test_every_command_has_a_description(path: str) -> None:
    assert ALL[path].help


@pytest.mark.parametrize(
    "path", [path for path, command in sorted(ALL.items()) if not isinstance(command, click.Group)]
)
def test_the_help_of_every_command_has_an_example(path: str) -> None:
    text = CliRunner().invoke(main, [*path.split(), "--help"]).stdout
    assert f"groundplan {path}" in text.split("Example")[1]


@pytest.mark.parametrize("path", ["prices", "facts"])
def test_the_help_of_a_group_has_an_example(path: str) -> None:
    text = CliRunner().invoke(main, [path, "--help"]).stdout
    assert f"groundplan {path} refresh" in text.split("Example")[1]


@pytest.mark.parametrize("path", ["preview", "prices refresh", "facts refresh"])
def test_help_has_examples_and_exit_codes(path: str) -> None:
    text = CliRunner().invoke(main, [*path.split(), "--help"]).stdout
    assert f"groundplan {path}" in text.split("Example")[1]
    assert "Exit codes: 0 " in text


@pytest.mark.parametrize("path", ["preview", "prices refresh", "facts refresh"])
def test_every_option_has_a_help_text(path: str) -> None:
    options = [p for p in ALL[path].params if isinstance(p, click.Option)]
    assert [option.name for option in options if not option.help] == []


def test_an_unknown_command_is_exit_code_2() -> None:
    result = CliRunner().invoke(main, ["preveiw"])
    assert result.exit_code == 2
    assert "No such command 'preveiw'" in result.stderr


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "groundplan.cli", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("groundplan, version ")


OF_DEPLOYED = ("dataset ", "retraining ", "monitoring ", "dashboards ")
"""Groups whose commands act on what is deployed."""


@pytest.mark.parametrize("path", [path for path in ALL if path.startswith(OF_DEPLOYED)])
def test_help_names_the_exit_codes(path: str) -> None:
    text = f"{ALL[path].help} {ALL[path].epilog}"
    assert "Exit codes: " in text


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["dataset", "list", "--json", "--outputs", "none.json"], 1),
        (["retraining", "list", "--json", "--outputs", "none.json"], 1),
        (["utilization", "--json", "--outputs", "none.json"], 1),
        (["notify", "--outputs", "none.json", "--json"], 1),
        (["dashboards", "push", "--outputs", "none.json", "--json"], 1),
        (["monitoring", "check", "none.csv", "--baseline", "none.json", "--json"], 1),
        (["bootstrap", "--json"], 2),
        (["init", "--ci", "gitlab", "--json"], 2),
    ],
)
def test_an_error_is_a_line_of_json_where_json_is_asked_for(
    arguments: list[str], code: int
) -> None:
    done = CliRunner().invoke(main, arguments)
    error = json.loads(done.stderr)["error"]
    assert (done.exit_code, error["exit_code"], done.stdout) == (code, code, "")
    assert error["message"]


def test_an_error_is_a_sentence_where_json_is_not_asked_for() -> None:
    done = CliRunner().invoke(main, ["dataset", "list", "--outputs", "none.json"])
    assert done.stderr == "groundplan: none.json can't be read: No such file or directory\n"


@pytest.mark.parametrize(
    ("words", "exports", "message"),
    [
        ("dataset list", {"artifactBucket": 5}, "artifactBucket in outputs.json is no text"),
        ("dataset list", {"artifactBucket": "ml-prod", "region": 7}, "region in outputs.json"),
        ("dataset list", {"artifactBucket": "s3://ml-prod"}, "is no name of a bucket. Fix: its"),
        ("utilization", {"region": 7}, "region in outputs.json is no text"),
        ("retraining list", {"retraining": {"churn": "x"}}, "retraining.churn is no mapping"),
        ("retraining list churn", {"retraining": {"churn": "x"}}, "retraining.churn is no map"),
        ("retraining list a", {"retraining": {"churn": "x"}}, "There is no such pipeline"),
        ("retraining list", {"retraining": {"churn": {}}}, "retraining.churn is invalid: "),
    ],
)
def test_wrong_exports_are_named(
    words: str,
    exports: dict[str, object],
    message: str,
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    pathlib.Path("outputs.json").write_text(json.dumps(exports))
    done = CliRunner().invoke(main, [*words.split(), "--outputs", "outputs.json"])
    assert done.exit_code == 1
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
