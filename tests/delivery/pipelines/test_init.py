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


@pytest.mark.parametrize("text", ["3", "{level: 3}", "{approval: x}", "[]", "{level: continous}"])
@pytest.mark.parametrize("name", ["", "name: shop\nruntime: python\n"], ids=["bare", "project"])
def test_a_stack_whose_settings_are_invalid_gets_no_pipeline_that_seals_nothing(
    project: pathlib.Path, text: str, name: str
) -> None:
    (project / "Pulumi.yaml").write_text(name)
    (project / "__main__.py").touch()
    with_level(project, text)
    result = run(project, "--ci", "azure")
    assert result.exit_code == 1
    assert "Pulumi.prod.yaml has invalid settings" in result.stderr
    assert "shop:delivery" in result.stderr
    assert not list(project.glob("azure*"))


def test_a_key_without_a_store_is_refused_because_a_pipeline_does_not_sign(
    project: pathlib.Path,
) -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/1234"
    with_level(project, f"{{level: continuous-delivery, approval: {{keyArn: '{key}'}}}}")
    result = run(project, "--ci", "github")
    assert result.exit_code == 1
    assert "Fix: set store" in result.stderr


@pytest.mark.parametrize(
    ("stack", "fix"), [("pord", 'did you mean "prod"'), ("nope", "name one of them")]
)
def test_a_stack_without_a_settings_file_is_refused(
    project: pathlib.Path, stack: str, fix: str
) -> None:
    result = run(project, "--ci", "github", "-s", "dev", "-s", stack)
    assert result.exit_code == 2
    words = f"there is no Pulumi.{stack}.yaml. Allowed: dev, eu, prod. Fix: {fix}"
    assert words in " ".join(result.stderr.split())
    assert not (project / ".github").exists()


def test_a_folder_that_is_no_project_is_refused_also_with_a_stack(tmp_path: pathlib.Path) -> None:
    result = run(tmp_path, "--ci", "github", "-s", "dev")
    assert result.exit_code == 1
    assert "has no Pulumi.yaml. Fix: name a Pulumi project's folder" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("platform", "file"),
    [("github", ".github/workflows/deploy.yml"), ("azure", "azure-deploy.yml")],
)
def test_a_project_below_the_root_has_its_pipelines_at_the_root(
    project: pathlib.Path, platform: str, file: str
) -> None:
    below = project / "teams/shop"
    below.mkdir(parents=True)
    (project / ".git").mkdir()
    (below / "Pulumi.yaml").touch()
    (below / "Pulumi.prod.yaml").write_text(
        "config: {shop:delivery: {level: continuous-delivery}}\n"
    )
    assert run(below, "--ci", platform).exit_code == 0
    text = (project / file).read_text()
    assert "teams/shop/approval.json" in text
    if platform == "github":
        found = yaml.safe_load(text)["defaults"]["run"]["working-directory"]
        assert found == "teams/shop"
    else:
        # Seal, deployment and rollback, and the set-up before each.
        assert text.count("cd teams/shop") == 6
    assert run(below, "--ci", platform, "--dry-run").exit_code == 0


@pytest.mark.parametrize(
    "setup", ["[ -f uv.lock ] && uv sync", "'a b' --x", "echo a: b # c", "true", "& x", 'echo "a"']
)
@pytest.mark.parametrize("platform", ["github", "azure"])
def test_a_set_up_is_the_same_command_in_yaml(
    project: pathlib.Path, setup: str, platform: str
) -> None:
    assert run(project, "--ci", platform, "--setup", setup).exit_code == 0
    name = ".github/workflows/preview.yml" if platform == "github" else "azure-pipelines.yml"
    jobs = yaml.safe_load((project / name).read_text())["jobs"]
    job = jobs["preview"] if platform == "github" else jobs[1]
    assert setup in [step.get("run") or step.get("bash") for step in job["steps"]]


def test_a_stack_and_a_branch_are_texts_in_yaml(tmp_path: pathlib.Path) -> None:
    (tmp_path / "Pulumi.yaml").touch()
    for stack in ("null", "yes"):
        (tmp_path / f"Pulumi.{stack}.yaml").touch()
    assert run(tmp_path, "--ci", "github", "--branch", "1.10").exit_code == 0
    deploy = yaml.safe_load((tmp_path / ".github/workflows/deploy.yml").read_text())
    assert list(deploy["jobs"]) == ["null", "yes"]
    assert deploy["jobs"]["yes"]["environment"] == "yes"
    assert deploy[True]["push"]["branches"] == ["1.10"]  # PyYAML reads `on` as true


@pytest.mark.parametrize(
    ("stacks", "words"),
    [
        (["dev", "Dev"], "have one name for both"),
        (["eu-1", "eu_1"], "have one name for both"),
        (["prod", "seal-prod"], "the job that seals another stack has that name"),
        (["a.b"], "expected letters, digits, - and _"),
    ],
)
@pytest.mark.parametrize("platform", ["github", "azure"])
def test_stacks_that_share_a_name_on_the_platform_are_refused(
    tmp_path: pathlib.Path, stacks: list[str], words: str, platform: str
) -> None:
    (tmp_path / "Pulumi.yaml").touch()
    for stack in stacks:
        (tmp_path / f"Pulumi.{stack}.yaml").touch()
    result = run(tmp_path, "--ci", platform)
    assert result.exit_code == 2
    assert words in result.stderr


@pytest.mark.parametrize("branch", ["a..b", "a//b", "a/", "a.lock", "a/.b"])
def test_a_branch_that_git_refuses_is_refused(project: pathlib.Path, branch: str) -> None:
    assert run(project, "--ci", "github", "--branch", branch).exit_code == 2


def test_where_no_file_can_be_nothing_is_written(project: pathlib.Path) -> None:
    (project / ".github/workflows/deploy.yml").mkdir(parents=True)
    result = run(project, "--ci", "github", "--force")
    assert result.exit_code == 1
    assert "deploy.yml can't be used: Is a directory. Nothing was written" in result.stderr
    assert [file.name for file in (project / ".github/workflows").iterdir()] == ["deploy.yml"]


def test_other_line_ends_are_no_difference_and_other_bytes_are_one(project: pathlib.Path) -> None:
    run(project, "--ci", "github")
    file = project / ".github/workflows/deploy.yml"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert run(project, "--ci", "github", "--dry-run").exit_code == 0
    file.write_bytes(b"\xff\xfe")
    (project / ".github/workflows/drift.yml").unlink()
    result = run(project, "--ci", "github")
    assert result.exit_code == 1
    assert "written" not in result.stdout
    assert "new        .github/workflows/drift.yml" in result.stdout
