"""The stages of a preview on standard error."""

import json
import pathlib
import subprocess

import pytest
from click.testing import CliRunner, Result
from groundplan.cli import main
from groundplan.command_line.progress import progress
from rich.console import Console


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {size: 1}\n")
    (tmp_path / "__main__.py").write_text("import pulumi\npulumi.export('a', 1)\n")
    who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "a"]):
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True)
    return tmp_path


def run(shop: pathlib.Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["preview", "-p", str(shop), "--no-cache", *arguments])


def test_each_stage_is_a_line_off_a_terminal(shop: pathlib.Path) -> None:
    file = shop / "comment.md"
    result = run(shop, "--base", "main", "--markdown", str(file))
    assert result.exit_code == 0, result.output
    lines = [line.removeprefix("groundplan: ") for line in result.stderr.splitlines()]
    commit = subprocess.run(
        ["git", "rev-parse", "--short=7", "HEAD"],
        cwd=shop,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert sorted(lines[:2]) == ["previewing main", "running shop/dev offline"]
    assert lines[2:] == [f"comparing shop/dev with main ({commit})", f"writing {file}"]


def test_json_has_no_stages(shop: pathlib.Path) -> None:
    result = run(shop, "--base", "main", "--json", "--markdown", str(shop / "comment.md"))
    assert result.stderr == ""
    assert json.loads(result.stdout)["reports"][0]["stack"] == "dev"


@pytest.mark.parametrize("quiet", [True, False])
def test_a_terminal_shows_the_stage_in_place(
    quiet: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Console, "is_terminal", property(lambda _: True))
    with progress("running [shop]/dev\x1b[2J", quiet=quiet) as say:
        say("comparing")
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "groundplan: " not in shown.err
    assert "\x1b[2J" not in shown.err
    assert ("comparing" in shown.err or "[shop]/dev" in shown.err) is not quiet
