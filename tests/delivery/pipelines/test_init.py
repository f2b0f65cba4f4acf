"""`groundplan init`: what it writes, and what it leaves alone."""

import json
import pathlib

import pytest
import yaml
from click.testing import CliRunner, Result
from groundplan.cli import main


def run(project: pathlib.Path, *args: str) -> Result:
    return CliRunner().invoke(main, ["init", "--project", str(project), *args])


@pytest.fixture
def project(tmp_path: pathlib.Path) -> pathlib.Path:
    for stack in ("prod", "eu", "dev"):
        (tmp_path / f"Pulumi.{stack}.yaml").touch()
    (tmp_path / "Pulumi.yaml").touch()
    return tmp_path


def test_stacks_are_promoted_in_the_usual_order(project: pathlib.Path) -> None:
    result = run(project, "--ci", "github", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["stacks"] == ["dev", "eu", "prod"]
    text = (project / ".github/workflows/deploy.yml").read_text()
    assert "needs: eu" in text
    assert "role: PLAN_ROLE_ARN_EU" in (project / ".github/workflows/plan.yml").read_text()


def test_a_second_run_changes_nothing(project: pathlib.Path) -> None:
    run(project, "--ci", "azure")
    again = run(project, "--ci", "azure", "--json")
    assert set(json.loads(again.stdout)["files"].values()) == {"same"}
    assert run(project, "--ci", "azure", "--dry-run").exit_code == 0


def test_a_file_that_differs_is_not_overwritten(project: pathlib.Path) -> None:
    run(project, "--ci", "github")
    file = project / ".github/workflows/deploy.yml"
    file.write_text("mine")
    (project / ".github/workflows/drift.yml").unlink()
    result = run(project, "--ci", "github")
    assert result.exit_code == 1
    assert "deploy.yml" in result.output
    assert "--force" in result.output
    assert file.read_text() == "mine"
    assert not (project / ".github/workflows/drift.yml").exists()
    assert run(project, "--ci", "github", "--force").exit_code == 0
    assert file.read_text() != "mine"


def test_a_dry_run_writes_nothing(project: pathlib.Path) -> None:
    result = run(project, "--ci", "github", "--dry-run")
    assert result.exit_code == 3
    assert not (project / ".github").exists()


def test_the_set_up_and_the_branch_are_in_every_file(project: pathlib.Path) -> None:
    run(project, "--ci", "github", "--setup", "uv sync --frozen", "--branch", "release/1")
    files = list((project / ".github/workflows").glob("*.yml"))
    set_up = {file.stem for file in files if "uv sync --frozen" in file.read_text()}
    assert set_up == {file.stem for file in files} - {"images"}  # which runs no program
    assert "branches: [release/1]" in (project / ".github/workflows/deploy.yml").read_text()


@pytest.mark.parametrize(
    "args",
    [
        ["--ci", "jenkins"],
        ["--ci", "github", "--stack", "a b"],
        ["--ci", "github", "--stack", "1st"],
        ["--ci", "github", "--stack", "dev", "--stack", "dev"],
        ["--ci", "github", "--stack", "dev", "--branch", "main, evil"],
        ["--ci", "github", "--stack", "dev", "--setup", "a\nb"],
        ["--ci", "github", "--stack", "dev", "--setup", "echo ${{ secrets.X }}"],
        ["--ci", "github", "--stack", "dev", "--setup", " "],
    ],
)
def test_misuse_is_refused_and_writes_nothing(project: pathlib.Path, args: list[str]) -> None:
    result = run(project, *args)
    assert result.exit_code == 2
    assert not (project / ".github").exists()


def test_without_stacks_it_says_what_to_do(tmp_path: pathlib.Path) -> None:
    result = run(tmp_path, "--ci", "github")
    assert result.exit_code == 1
    assert "--stack" in result.output


def test_a_folder_without_stacks_is_named_in_full(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["init", "--ci", "github"])
    assert done.exit_code == 1
    assert f"{tmp_path.resolve()} has no Pulumi.STACK.yaml. Fix: name stacks" in done.stderr


def with_level(project: pathlib.Path, text: str) -> None:
    (project / "Pulumi.prod.yaml").write_text(f"config: {{shop:delivery: {text}}}\n")


@pytest.mark.parametrize(
    ("settings", "seals", "deploys"),
    [
        ("{level: continuous-integration}", False, "pulumi up --stack"),
        ("{level: continuous-delivery}", True, "groundplan up"),
        (
            "{level: continuous-delivery, approval: {store: s3://approvals}}",
            False,
            "groundplan up",
        ),
        ("{level: continuous-deployment}", False, "groundplan up"),
    ],
)
def test_the_level_of_a_stack_decides_how_it_is_deployed(
    project: pathlib.Path, settings: str, seals: bool, deploys: str
) -> None:
    with_level(project, settings)
    assert run(project, "--ci", "github").exit_code == 0
    jobs = yaml.safe_load((project / ".github/workflows/deploy.yml").read_text())["jobs"]
    assert ("seal-prod" in jobs) is seals
    assert "seal-dev" not in jobs
    (step,) = (s for s in jobs["prod"]["steps"] if s.get("id") == "deploy")
    assert ("GROUNDPLAN_APPROVAL_KEY" in step.get("env", {})) is ("store" in settings)
    assert deploys in step["run"]
    (other,) = (s for s in jobs["dev"]["steps"] if s.get("id") == "deploy")
    assert "pulumi up --stack" in other["run"]


@pytest.mark.parametrize("text", ["3", "{level: 3}", "{approval: x}", "[]"])
def test_settings_that_make_no_sense_change_nothing(project: pathlib.Path, text: str) -> None:
    with_level(project, text)
    assert run(project, "--ci", "azure").exit_code == 0
    assert "groundplan up" not in (project / "azure-deploy.yml").read_text()
